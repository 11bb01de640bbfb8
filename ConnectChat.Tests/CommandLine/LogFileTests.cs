using System.Diagnostics;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.CommandLine;

/// <summary>F5: a full disk under what is only logged.</summary>
public sealed class LogFileTests : IDisposable
{
    private const string FullDisk = "/dev/full";

    private readonly string _folder = Directory.CreateTempSubdirectory("connectchat-logs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void F5_a_line_that_the_disk_does_not_take_is_a_lost_line_and_nothing_else()
    {
        Assert.SkipUnless(File.Exists(FullDisk), "Only Linux has a device that is always full.");
        using var log = new LogFile(FullDisk);

        log.Write("one");
        log.Write("two");

        Assert.Equal(2, log.Lost);
    }

    [Fact]
    public void F5_lines_that_are_missing_are_counted_in_the_log_once_it_can_be_written_again()
    {
        var path = Path.Combine(_folder, "later", "service.log");
        using var log = new LogFile(path);
        log.Write("one");
        log.Write("two");

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        log.Write("three");
        log.Dispose();
        log.Write("after the end");

        Assert.Equal(["(2 lines before this one could not be written)", "three"], File.ReadAllLines(path));
    }

    [Fact(Timeout = 30_000)]
    public async Task F5_a_service_whose_log_is_on_a_full_disk_goes_on()
    {
        Assert.SkipUnless(File.Exists(FullDisk), "Only Linux has a device that is always full.");
        using var watchdog = new Watchdog();
        await using var service = new ServiceProcess(
            "service",
            "http://127.0.0.1:1",
            FullDisk,
            () => new ProcessStartInfo("sh", ["-c", "echo one; echo two; exec sleep 60"]),
            watchdog,
            _ => { },
            TimeProvider.System);

        await Eventually.TrueAsync(() => service.LostLogLines == 2);

        Assert.NotNull(service.RunningProcessId);
        Assert.Equal(0, service.Restarts);
    }

    [Fact(Timeout = 30_000)]
    public async Task F5_a_program_that_is_missing_for_a_moment_does_not_end_its_supervisor()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The program is a link to sleep.");
        var program = Path.Combine(_folder, "program");
        File.CreateSymbolicLink(program, "/bin/sleep");
        using var watchdog = new Watchdog();
        var said = new List<string>();
        await using var service = new ServiceProcess(
            "service", "http://127.0.0.1:1", Path.Combine(_folder, "log"), () => new ProcessStartInfo(program, ["60"]), watchdog, Say, TimeProvider.System);

        File.Delete(program);
        service.Kill();
        await Eventually.TrueAsync(() => Said().Any(line => line.Contains("cannot be started", StringComparison.Ordinal)));
        File.CreateSymbolicLink(program, "/bin/sleep");

        await Eventually.TrueAsync(() => service.RunningProcessId is not null);

        void Say(string line)
        {
            lock (said)
            {
                said.Add(line);
            }
        }

        List<string> Said()
        {
            lock (said)
            {
                return [.. said];
            }
        }
    }
}
