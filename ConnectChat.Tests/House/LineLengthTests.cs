using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.House;

/// <summary>The <c>max_line_length</c> of <c>.editorconfig</c>, which no tool of .NET looks at.</summary>
public sealed partial class LineLengthTests
{
    [Fact(Timeout = 30_000)]
    public async Task No_line_of_code_is_longer_than_the_editor_is_told()
    {
        var settings = await File.ReadAllTextAsync(Path.Combine(Repository.Folder, ".editorconfig"), TestContext.Current.CancellationToken);
        var most = int.Parse(Setting().Match(settings).Groups[1].Value, CultureInfo.InvariantCulture);

        var tooLong = (await CodeAsync()).SelectMany(file => File.ReadLines(Path.Combine(Repository.Folder, file))
            .Select((line, index) => (line.Length, Place: $"{file}:{index + 1}"))
            .Where(line => line.Length > most)
            .Select(line => $"{line.Place} has {line.Length}")).ToList();

        Assert.True(tooLong.Count == 0, string.Join(Environment.NewLine, tooLong));
    }

    // What git knows, and what is new and not ignored: generated files are neither.
    private static async Task<IReadOnlyList<string>> CodeAsync()
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.cs", "*.csproj"])
        {
            WorkingDirectory = Repository.Folder,
            RedirectStandardOutput = true,
        })!;
        var files = await git.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await git.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, git.ExitCode);
        Assert.NotEmpty(files);
        return [.. files.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Path.Combine(Repository.Folder, file)))];
    }

    [GeneratedRegex(@"^max_line_length = (\d+)", RegexOptions.Multiline)]
    private static partial Regex Setting();
}
