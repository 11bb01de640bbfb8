using System.Globalization;
using System.Text;

namespace ConnectChat.Contracts;

/// <summary>
/// What a group may be called: 1 to <see cref="Limits.GroupNameLength"/> characters, at least one of them visible, none of them a control
/// character.
/// </summary>
/// <remarks>
/// A character is a Unicode scalar value, as <c>[...name].length</c> counts in JavaScript and <c>len(name)</c> in Python: the same number
/// everywhere and for ever, which neither UTF-16 units (an emoji is two) nor the letters that a reader sees (new versions of Unicode join
/// them anew) are. Names are kept as they come: neither trimmed nor normalised.
/// </remarks>
public static class GroupName
{
    /// <summary>What must be said about a name that is refused.</summary>
    public static readonly string Rule =
        $"A name has 1 to {Limits.GroupNameLength} characters (Unicode scalar values), at least one that can be seen, and no control characters.";

    /// <summary>Null for a good name, otherwise why it is refused: <see cref="ErrorCodes.InvalidText"/> or <see cref="ErrorCodes.MalformedRequest"/>.</summary>
    public static string? Refusal(string? name)
    {
        if (name is null)
        {
            return ErrorCodes.MalformedRequest;
        }

        var (characters, visible) = (0, false);
        for (var rest = name.AsSpan(); rest.Length > 0;)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var units) != System.Buffers.OperationStatus.Done)
            {
                return ErrorCodes.InvalidText;
            }

            rest = rest[units..];
            characters++;
            visible |= IsVisible(rune);
            if (characters > Limits.GroupNameLength || Rune.IsControl(rune))
            {
                return ErrorCodes.MalformedRequest;
            }
        }

        return visible ? null : ErrorCodes.MalformedRequest;
    }

    // Format characters (a zero-width space, a direction mark) and unassigned ones show nothing by themselves.
    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned);
}
