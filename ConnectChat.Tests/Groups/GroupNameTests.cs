using ConnectChat.Contracts;

namespace ConnectChat.Tests.Groups;

/// <summary>R16: what a group may be called, counted as people in every language count it.</summary>
public sealed class GroupNameTests
{
    private const string Emoji = "\U0001F600";

    [Theory]
    [InlineData("Tea")]
    [InlineData(" Tea ")]
    [InlineData("団体")]
    [InlineData("\U0001F468\u200D\U0001F469\u200D\U0001F467")]
    [InlineData("-")]
    public void R16_a_name_that_can_be_seen_is_taken(string name) => Assert.Null(GroupName.Refusal(name));

    [Fact]
    public void R16_characters_are_counted_and_not_UTF_16_units()
    {
        Assert.Null(GroupName.Refusal(string.Concat(Enumerable.Repeat(Emoji, Limits.GroupNameLength))));
        Assert.Equal(ErrorCodes.MalformedRequest, GroupName.Refusal(string.Concat(Enumerable.Repeat(Emoji, Limits.GroupNameLength + 1))));
        Assert.Equal(ErrorCodes.MalformedRequest, GroupName.Refusal(new string('n', Limits.GroupNameLength + 1)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("\u00A0\u3000")]
    [InlineData("\u200B\u200E\uFEFF")]
    [InlineData("\t")]
    [InlineData("two\nlines")]
    [InlineData("\u0085")]
    public void R16_a_name_that_shows_nothing_or_holds_control_characters_is_refused_with_a_code(string? name) =>
        Assert.Equal(ErrorCodes.MalformedRequest, GroupName.Refusal(name));

    [Fact]
    public void R16_half_a_character_is_no_text() => Assert.Equal(ErrorCodes.InvalidText, GroupName.Refusal($"a{Emoji[0]}b"));
}
