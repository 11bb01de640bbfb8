using System.Diagnostics;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.CommandLine;

/// <summary>F13: a checkout whose git turns line ends into CRLF, as git on Windows does, still has scripts that a shell can run.</summary>
public sealed class CheckoutTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("connectchat-checkout-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact(Timeout = 60_000)]
    public async Task F13_scripts_keep_their_line_ends_in_a_checkout_with_crlf()
    {
        var repository = Repository.Folder;
        Assert.SkipUnless(Path.Exists(Path.Combine(repository, ".git")), "This is no checkout.");

        // The last is C# that holds a shell script as a string.
        var scripts = new[] { "dev", ".ci/run", ".gitattributes", "tools/ConnectChat.LocalCluster/Topologies/Watchdog.cs" };
        foreach (var script in scripts)
        {
            var copy = Path.Combine(_folder, script);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(repository, script), copy);
        }

        await GitAsync("init", "--quiet");
        await GitAsync("add", ".");
        scripts.ToList().ForEach(script => File.Delete(Path.Combine(_folder, script)));
        await GitAsync("-c", "core.autocrlf=true", "checkout", "--quiet", "--", ".");

        foreach (var script in scripts)
        {
            Assert.DoesNotContain('\r', await File.ReadAllTextAsync(Path.Combine(_folder, script), Token));
        }
    }

    private async Task GitAsync(params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = _folder, RedirectStandardError = true })!;
        var errors = await git.StandardError.ReadToEndAsync(Token);
        await git.WaitForExitAsync(Token);
        Assert.True(git.ExitCode == 0, errors);
    }
}
