using System.Diagnostics;

namespace ConnectChat.Tests.Infrastructure.Hosts;

/// <summary>A gateway in a process of its own, as it runs in production.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private GatewayProcess(Process process, string address)
    {
        Process = process;
        Address = address;
    }

    public Process Process { get; }

    public string Address { get; }

    /// <summary>Starts the gateway from this build, or the one that <c>CONNECTCHAT_GATEWAY_DLL</c> names, and waits until it is ready.</summary>
    public static async Task<GatewayProcess> StartAsync(KafkaFixture kafka, FakeServices services, int port, params (string Key, string Value)[] settings)
    {
        var dll = Environment.GetEnvironmentVariable("CONNECTCHAT_GATEWAY_DLL") ?? Path.Combine(AppContext.BaseDirectory, "ConnectChat.Gateway.dll");
        var start = new ProcessStartInfo("dotnet") { ArgumentList = { dll }, RedirectStandardOutput = true };
        foreach (var (key, value) in new[]
        {
            ("ConnectionStrings__kafka", kafka.BootstrapServers),
            ("Authentication__Key", GatewayHost.UserKey),
            ("InternalAuthentication__Key", GatewayHost.InternalKey),
            ("services__groups__grpc__0", services.Address),
            ("services__messaging__grpc__0", services.Address),
            ("Logging__LogLevel__Default", "Warning"),
            ("ASPNETCORE_URLS", $"http://127.0.0.1:{port}"),
        }.Concat(settings))
        {
            start.Environment[key] = value;
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        var gateway = new GatewayProcess(process, $"http://127.0.0.1:{port}");
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Address) };
        try
        {
            await Eventually.ReadyAsync(http);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Does something to it, and says how many bytes of memory it had before and at most meanwhile.</summary>
    public async Task<(T Result, long Before, long Most)> MemoryWhileAsync<T>(Func<Task<T>> load)
    {
        var before = Memory();
        var most = before;
        var loading = load();
        do
        {
            most = Math.Max(most, Memory());
        }
        while (await Task.WhenAny(loading, Task.Delay(20, TestContext.Current.CancellationToken)) != loading);

        return (await loading, before, most);
    }

    private long Memory()
    {
        Process.Refresh();
        return Process.WorkingSet64;
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
            await Process.WaitForExitAsync();
        }

        Process.Dispose();
    }
}
