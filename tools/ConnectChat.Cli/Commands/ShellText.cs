using System.Text.RegularExpressions;

namespace ConnectChat.Cli.Commands;

/// <summary>Text for a shell: what is printed to be pasted must mean there what it says.</summary>
internal static partial class ShellText
{
    /// <summary>One word for a POSIX shell, in single quotes when it holds anything that a shell might take for its own.</summary>
    public static string Quote(string text) => Plain().IsMatch(text) ? text : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"\A[A-Za-z0-9_./:=@%+,-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();
}
