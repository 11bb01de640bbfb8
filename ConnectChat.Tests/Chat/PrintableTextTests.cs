using ConnectChat.Cli.Chat;

namespace ConnectChat.Tests.Chat;

public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("plain ⚡ 界 é [bold]", "plain ⚡ 界 é [bold]")]
    [InlineData("two\nlines\r\n\tand a tab", "two\\nlines\\r\\n\\tand a tab")]
    [InlineData("\u001b[2J\u001b]0;title\a", "\\u{1b}[2J\\u{1b}]0;title\\u{7}")]
    [InlineData("\u009b31m and \u007f", "\\u{9b}31m and \\u{7f}")]
    [InlineData("a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c")]
    [InlineData("right\u202eto left\u2066", "right\\u{202e}to left\\u{2066}")]
    [InlineData("👩\u200d💻 می\u200cخواهم", "👩\u200d💻 می\u200cخواهم")]
    public void Nothing_that_controls_a_terminal_or_hides_is_printed_as_it_is(string text, string printed) => Assert.Equal(printed, PrintableText.Of(text));

    [Fact]
    public void Half_a_surrogate_pair_is_replaced() => Assert.Equal("a\ufffdb", PrintableText.Of("a\ud83db"));
}
