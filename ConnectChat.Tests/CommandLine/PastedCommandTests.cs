using System.Diagnostics;
using ConnectChat.Cli.Commands;

namespace ConnectChat.Tests.CommandLine;

/// <summary>F15: what <c>run</c> prints to be pasted into a shell is pasted into one.</summary>
public sealed class PastedCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("connectchat-paste-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory(Timeout = 30_000)]
    [InlineData(".connectchat")]
    [InlineData("/home/ann/my chats/data")]
    [InlineData("it's $HOME; echo `id` \"and\" *")]
    [InlineData("~ann")]
    [InlineData("")]
    public async Task F15_the_token_command_means_in_a_shell_the_directory_of_the_run(string data)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The command is for a POSIX shell.");
        await File.WriteAllTextAsync(Path.Combine(_folder, "dev"), "#!/bin/sh\nfor argument; do printf '<%s>' \"$argument\"; done\n", Token);
        using (var chmod = Process.Start("chmod", ["+x", Path.Combine(_folder, "dev")]))
        {
            await chmod.WaitForExitAsync(Token);
        }

        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", RunCommand.TokenLine(data) + "; printf %s \"$TOKEN\""])
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
        })!;

        Assert.Equal($"<token><anna><--data><{data}>", await shell.StandardOutput.ReadToEndAsync(Token));
    }
}
