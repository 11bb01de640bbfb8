using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;

namespace ConnectChat.Tests.Infrastructure.Clients;

/// <summary><c>tools/clients/plain-signalr.mjs</c> in Node: the SignalR package of browsers and the documented protocol, nothing of ours.</summary>
internal sealed class PlainClient : IAsyncDisposable
{
    private readonly Process _node;
    private readonly Channel<JsonElement> _events = Channel.CreateUnbounded<JsonElement>();

    private PlainClient(Process node)
    {
        _node = node;
        node.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                _events.Writer.TryComplete();
                return;
            }

            _events.Writer.TryWrite(JsonElement.Parse(line.Data));
        };
        node.BeginOutputReadLine();
    }

    public static PlainClient Start(string token, string group, long last, string protocol, IEnumerable<Uri> gateways)
    {
        var start = new ProcessStartInfo("node",
        [
            Path.Combine(Repository.Folder, "tools", "clients", "plain-signalr.mjs"),
            "--token", token, "--group", group, "--last", $"{last}", "--protocol", protocol,
            .. gateways.Select(gateway => gateway.OriginalString),
        ])
        {
            RedirectStandardOutput = true,
        };
        return new PlainClient(Process.Start(start)!);
    }

    /// <summary>The first event, whatever it is.</summary>
    public async Task<JsonElement> FirstAsync(CancellationToken cancellationToken) => await _events.Reader.ReadAsync(cancellationToken);

    /// <summary>The next event of this name; others before it are dropped, messages are not.</summary>
    public async Task<JsonElement> NextAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = await _events.Reader.ReadAsync(cancellationToken);
            var found = next.GetProperty("event").GetString();
            if (found == name)
            {
                return next;
            }

            Assert.NotEqual("message", found);
            Assert.NotEqual("gap", found);
        }
    }

    /// <summary>The next messages.</summary>
    public async Task<List<(long Sequence, string Body)>> TakeAsync(int count, CancellationToken cancellationToken)
    {
        var taken = new List<(long, string)>();
        while (taken.Count < count)
        {
            var message = await NextAsync("message", cancellationToken);
            taken.Add((message.GetProperty("sequence").GetInt64(), message.GetProperty("body").GetString()!));
        }

        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        _node.Kill();
        await _node.WaitForExitAsync(CancellationToken.None);
        _node.Dispose();
    }
}
