using System.Text.RegularExpressions;

namespace ConnectChat.Contracts;

/// <summary>
/// The one form of group, user and client message ids: 1 to 64 characters, letters, digits and <c>. _ : @ -</c>, starting with a
/// letter or digit. UUIDs and e-mail addresses fit; the separators of storage keys (<c>#</c>) and paths (<c>/</c>) do not.
/// </summary>
public static partial class Identifier
{
    /// <summary>True for a well-formed identifier; false for null, empty, too long or any other character.</summary>
    public static bool IsValid(string? value) => value is not null && value.Length <= Limits.IdentifierLength && Pattern().IsMatch(value);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
