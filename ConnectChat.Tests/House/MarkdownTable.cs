using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.House;

/// <summary>A table of the documentation, for tests that hold it to the code.</summary>
internal static class MarkdownTable
{
    /// <summary>The cells of the first table below a heading, without its head.</summary>
    public static List<string[]> Below(string file, string heading)
    {
        var lines = File.ReadLines(Path.Combine(Repository.Folder, file))
            .SkipWhile(line => line.TrimStart('#').Trim() != heading || !line.StartsWith('#'))
            .Skip(1)
            .TakeWhile(line => !line.StartsWith('#'))
            .SkipWhile(line => !line.StartsWith('|'))
            .TakeWhile(line => line.StartsWith('|'));
        return [.. lines.Skip(2).Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries))];
    }

    /// <summary>What stands in a cell between backticks.</summary>
    public static IEnumerable<string> Names(string cell) => cell.Split('`').Where((_, index) => index % 2 == 1);
}
