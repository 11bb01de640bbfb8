using ConnectChat.Cli.Chat;
using ConnectChat.Contracts.Hub;
using Microsoft.Extensions.Time.Testing;
using Spectre.Console;

namespace ConnectChat.Tests.Chat;

public sealed class ChatScreenTests : IDisposable
{
    private readonly StringWriter _written = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));

    public void Dispose() => _written.Dispose();

    [Fact]
    public void A_message_says_when_where_and_who_and_a_body_of_any_length_stays_one_line()
    {
        var body = string.Concat(Enumerable.Repeat("long \u001b ", 9_000));
        Screen(ansi: false).Message(Message("ben", body));
        var line = Assert.Single(_written.ToString().TrimEnd().Split('\n'));
        Assert.StartsWith("11:59:00 #7 ben: long \\u{1b} long", line, StringComparison.Ordinal);
        Assert.EndsWith("long \\u{1b}", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_of_another_day_says_which()
    {
        _clock.Advance(TimeSpan.FromDays(2));
        Screen(ansi: false).Message(Message("ben", "hello") with { SentAt = _clock.GetUtcNow().AddDays(-2).ToUnixTimeMilliseconds() });
        Assert.Equal("2026-11-25 12:00:00 #7 ben: hello", _written.ToString().TrimEnd());
    }

    [Fact]
    public void What_is_being_typed_stays_below_what_is_printed()
    {
        var screen = Screen(ansi: true);
        var typed = new LineBuffer();
        typed.Accept(new ConsoleKeyInfo('h', ConsoleKey.H, shift: false, alt: false, control: false));
        screen.Show(typed);
        screen.Note("a note");
        Assert.Equal($"> h\r\u001b[2K· a note{Environment.NewLine}> h", _written.ToString());
        screen.ClosePrompt();
        Assert.EndsWith("> h\r\u001b[2K", _written.ToString(), StringComparison.Ordinal);
        screen.Note("later");
        Assert.EndsWith($"\u001b[2K· later{Environment.NewLine}", _written.ToString(), StringComparison.Ordinal);
    }

    private ChatScreen Screen(bool ansi) => new(
        AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = ansi ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(_written),
        }),
        _clock,
        "ann");

    private ChatMessage Message(string sender, string body) => new()
    {
        GroupId = "team",
        Sequence = 7,
        PreviousSequence = 6,
        MessageId = "m",
        SenderId = sender,
        ClientMessageId = "c",
        Body = body,
        SentAt = _clock.GetUtcNow().AddMinutes(-1).ToUnixTimeMilliseconds(),
        MembershipVersion = 1,
    };
}
