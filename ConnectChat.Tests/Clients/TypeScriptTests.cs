using System.Diagnostics;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Clients;

/// <summary>The TypeScript client's own tests, so that whoever runs all tests runs those as well.</summary>
public sealed class TypeScriptTests(ITestOutputHelper output)
{
    private static readonly string Folder = Path.Combine(Repository.Folder, "clients", "typescript");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 600_000)]
    public async Task The_typescript_client_installs_in_a_fresh_clone_and_holds_what_its_tests_promise()
    {
        await RunAsync("node", Path.Combine(Repository.Folder, "tools", "install.mjs"), Folder);
        await RunAsync(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", "test");
    }

    private async Task RunAsync(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(Token), process.StandardError.ReadToEndAsync(Token));
            await process.WaitForExitAsync(Token);
            output.WriteLine(string.Concat(said));
            Assert.True(process.ExitCode == 0, string.Concat(said));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
