using System.Net;
using System.Net.Sockets;
using ConnectChat.Client;

namespace ConnectChat.Tests.Client;

/// <summary>F4: two gateways behind a balancer that gives every TCP connection to the next one, with no stickiness at all.</summary>
public sealed class BalancerTests : IAsyncLifetime
{
    private const int Connects = 20;
    private const int AtOnce = 5;
    private const string Group = "team";

    private readonly SharedHistory _history = new();
    private FakeGateway _first = null!;
    private FakeGateway _second = null!;
    private RoundRobin _balancer = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _history.Create(Group);
        _history.Append(Group);
        _first = await FakeGateway.StartAsync(_history);
        _second = await FakeGateway.StartAsync(_history);
        _balancer = new RoundRobin(_first.Endpoint.Port, _second.Endpoint.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _balancer.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task F4_the_client_library_connects_twenty_times_out_of_twenty()
    {
        for (var i = 0; i < Connects; i++)
        {
            await using var client = new ChatClient(new ChatClientOptions { Endpoints = [_balancer.Endpoint], TokenProvider = () => Task.FromResult("good") });
            await client.ConnectAsync(Token);
            await foreach (var message in client.ReadMessagesAsync(Token))
            {
                Assert.Equal(1, message.Sequence);
                break;
            }

            // At the first attempt: a second one would have hidden that the first failed.
            Assert.Equal(1, client.Connections);
        }

        Assert.InRange(_balancer.Accepted, Connects, 3 * Connects);
    }

    [Fact(Timeout = 180_000)]
    public async Task F4_the_plain_sample_connects_twenty_times_out_of_twenty()
    {
        for (var connected = 0; connected < Connects; connected += AtOnce)
        {
            var samples = Enumerable.Range(0, AtOnce).Select(_ => PlainClient.Start("good", Group, 0, "json", [_balancer.Endpoint])).ToList();
            try
            {
                // The first word of each: one that could not connect says "failed".
                foreach (var sample in samples)
                {
                    Assert.Equal("connected", (await sample.FirstAsync(Token)).GetProperty("event").GetString());
                }
            }
            finally
            {
                await Task.WhenAll(samples.Select(sample => sample.DisposeAsync().AsTask()));
            }
        }
    }

    private sealed class RoundRobin : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly int[] _targets;
        private readonly Task _accepting;

        public RoundRobin(params int[] targets)
        {
            _targets = targets;
            _listener.Start();
            _accepting = AcceptAsync();
        }

        public Uri Endpoint => new($"http://{_listener.LocalEndpoint}");

        public int Accepted { get; private set; }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _accepting;
            _listener.Dispose();
            _stop.Dispose();
        }

        private async Task AcceptAsync()
        {
            var connections = new List<Task>();
            try
            {
                while (true)
                {
                    var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                    connections.Add(ForwardAsync(client, _targets[Accepted++ % _targets.Length]));
                }
            }
            catch (OperationCanceledException)
            {
                await Task.WhenAll(connections);
            }
        }

        private async Task ForwardAsync(TcpClient client, int target)
        {
            using var near = client;
            using var far = new TcpClient();
            try
            {
                await far.ConnectAsync(IPAddress.Loopback, target, _stop.Token);
                await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream(), _stop.Token), far.GetStream().CopyToAsync(near.GetStream(), _stop.Token));
            }
            catch (Exception ended) when (ended is IOException or SocketException or OperationCanceledException)
            {
                // Either side went away.
            }
        }
    }
}
