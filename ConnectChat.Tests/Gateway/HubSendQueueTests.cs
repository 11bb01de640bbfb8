using System.IO.Pipelines;
using ConnectChat.Contracts;
using ConnectChat.Gateway.SendQueues;
using ConnectChat.Gateway.Telemetry;
using ConnectChat.Tests.Infrastructure;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace ConnectChat.Tests.Gateway;

/// <summary>The send queue over SignalR's own pipeline, on a connection whose client reads nothing.</summary>
public sealed class HubSendQueueTests : IDisposable
{
    private const int Frames = 50;

    private readonly GatewayTelemetry _telemetry = TestTelemetry.Gateway();
    private readonly Lifetime _lifetime = new();
    private readonly HubSendQueue _queue;

    // The pipe to the client takes one byte, so that the first frame waits for ever.
    public HubSendQueueTests() => _queue = Queue(pipeBytes: 1, TimeProvider.System);

    public void Dispose() => _telemetry.Dispose();

    [Fact(Timeout = 30_000)]
    public void M2_what_waits_for_a_client_that_does_not_read_is_bounded_in_frames()
    {
        var queued = Enumerable.Range(0, 10 * Frames).TakeWhile(_ => _queue.TryEnqueue(Message("short"))).Count();

        // One may be on its way into the pipe already.
        Assert.InRange(queued, Frames, Frames + 1);
    }

    [Fact(Timeout = 30_000)]
    public void M2_what_waits_for_a_client_that_does_not_read_is_bounded_in_bytes()
    {
        var queued = Enumerable.Range(0, Frames).TakeWhile(_ => _queue.TryEnqueue(Message(new string('x', 100_000)))).Count();

        Assert.InRange(queued, 10, 11);
    }

    [Fact(Timeout = 30_000)]
    public async Task R16_a_connection_that_was_cut_off_is_aborted_once_however_many_messages_follow()
    {
        while (_queue.TryEnqueue(Message("short")))
        {
        }

        for (var i = 0; i < 1_000; i++)
        {
            Assert.False(_queue.TryEnqueue(Message("late")));
            _queue.CutOff(CloseCodes.TooSlow);
        }

        // Aborts are queued to the thread pool, whose queue is served in its order: they have begun when work queued after them has.
        await _lifetime.Aborted.Task.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        var later = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(static done => done.SetResult(), later, preferLocal: false);
        await later.Task.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);

        // Once by the cut-off, once by the pump that ends because of it.
        Assert.InRange(_lifetime.Aborts, 1, 2);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_client_that_does_not_end_a_closed_connection_is_waited_for_two_seconds()
    {
        var clock = new ImpatientClock();
        var queue = Queue(pipeBytes: 1 << 16, clock);

        queue.Close(CloseCodes.Draining);

        await _lifetime.Aborted.Task.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        Assert.Equal([TimeSpan.FromSeconds(2)], clock.Pauses);
    }

    private static OutboundMessage Message(string text) => new("Told", text);

    private HubSendQueue Queue(int pipeBytes, TimeProvider clock)
    {
        var toClient = new Pipe(new PipeOptions(pauseWriterThreshold: pipeBytes, resumeWriterThreshold: pipeBytes));
        var transport = new DefaultConnectionContext("silent") { Transport = new Duplex(new Pipe().Reader, toClient.Writer) };
        transport.Features.Set<IConnectionLifetimeFeature>(_lifetime);
        var connection = new HubConnectionContext(
            transport, new HubConnectionContextOptions { KeepAliveInterval = TimeSpan.FromMinutes(1) }, NullLoggerFactory.Instance)
        {
            Protocol = new JsonHubProtocol(),
        };
        return new HubSendQueue(connection, new SendQueueBounds(Frames, 1 << 20), _telemetry, clock);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Lifetime : IConnectionLifetimeFeature
    {
        private int _aborts;

        public CancellationToken ConnectionClosed { get; set; }

        public TaskCompletionSource Aborted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Aborts => Volatile.Read(ref _aborts);

        public void Abort()
        {
            Interlocked.Increment(ref _aborts);
            Aborted.TrySetResult();
        }
    }
}
