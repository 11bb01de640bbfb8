using System.Globalization;
using System.Text;

namespace ConnectChat.Cli.Chat;

/// <summary>Other people's text, made safe to print: it can neither control the terminal nor pretend to be a line of its own.</summary>
internal static class PrintableText
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    /// <summary>
    /// The text on one line: control characters, line and paragraph separators, and invisible format characters (which can turn the
    /// direction of writing) appear as <c>\n</c>, <c>\t</c> or <c>\u{…}</c>. The joiners that emoji and some scripts need stay.
    /// </summary>
    public static string Of(string text)
    {
        var printable = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\n' => printable.Append("\\n"),
                '\r' => printable.Append("\\r"),
                '\t' => printable.Append("\\t"),
                _ when IsHidden(rune) => printable.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}"),
                _ => printable.Append(rune.ToString()),
            };
        }

        return printable.ToString();
    }

    private static bool IsHidden(Rune rune) => rune.Value is not (ZeroWidthJoiner or ZeroWidthNonJoiner) && Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
