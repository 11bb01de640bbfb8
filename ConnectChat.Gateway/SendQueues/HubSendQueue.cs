using System.Threading.Channels;
using ConnectChat.Contracts;
using ConnectChat.Gateway.Telemetry;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace ConnectChat.Gateway.SendQueues;

/// <summary>The ordinary path through SignalR's pipeline: long polling, server-sent events, TLS in this process, HTTP/2.</summary>
internal sealed class HubSendQueue : ISendQueue
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(2);

    private readonly Channel<Item> _queue = Channel.CreateUnbounded<Item>(new UnboundedChannelOptions { SingleReader = true });
    private readonly HubConnectionContext _connection;
    private readonly SendQueueBounds _bounds;
    private readonly GatewayTelemetry _telemetry;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private int _frames;
    private long _bytes;
    private TaskCompletionSource? _room;
    private bool _cutOff;

    public HubSendQueue(HubConnectionContext connection, SendQueueBounds bounds, GatewayTelemetry telemetry, TimeProvider clock)
    {
        _connection = connection;
        _bounds = bounds;
        _telemetry = telemetry;
        _clock = clock;
        _ = PumpAsync();
    }

    /// <inheritdoc/>
    public bool TryEnqueue(OutboundMessage message, FrameGathering? gathering = null)
    {
        var serialized = message.ForHub;
        var bytes = serialized.GetSerializedMessage(_connection.Protocol).Length;
        lock (_lock)
        {
            if (_cutOff)
            {
                return false;
            }

            if (_bounds.AreExceededBy(_frames + 1, _bytes + bytes))
            {
                CutOff(CloseCodes.TooSlow);
                return false;
            }

            if (!_queue.Writer.TryWrite(new Item(serialized, bytes, null)))
            {
                return false;
            }

            _frames++;
            _bytes += bytes;
            return true;
        }
    }

    /// <inheritdoc/>
    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (!_connection.ConnectionAborted.IsCancellationRequested)
        {
            Task room;
            lock (_lock)
            {
                if (_bounds.HaveRoom(_frames, _bytes))
                {
                    return;
                }

                room = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await room.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_queue.Writer.TryWrite(new Item(null, 0, reached)))
        {
            await reached.Task.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Close(CloseCode code)
    {
        // SignalR closes the WebSocket itself, with 1000: the message before it says whether to come back.
        if (_queue.Writer.TryWrite(new Item(new SerializedHubMessage(new CloseMessage(null, code.Reconnect)), 0, null)))
        {
            _queue.Writer.TryComplete();
        }
    }

    /// <inheritdoc/>
    public void CutOff(CloseCode code)
    {
        lock (_lock)
        {
            if (_cutOff)
            {
                return;
            }

            _cutOff = true;
        }

        _queue.Writer.TryComplete();
        _telemetry.CutOff(code.Name);

        // Off this thread: it holds locks of the fan-out.
        ThreadPool.UnsafeQueueUserWorkItem(static connection => Abort(connection), _connection, preferLocal: false);
    }

    private static void Abort(HubConnectionContext connection)
    {
        connection.Abort();
        connection.Features.Get<IConnectionLifetimeFeature>()?.Abort();
    }

    private async Task PumpAsync()
    {
        var ended = _connection.ConnectionAborted;
        try
        {
            await foreach (var item in _queue.Reader.ReadAllAsync(ended))
            {
                if (item.Message is not null)
                {
                    await _connection.WriteAsync(item.Message, ended);
                }

                item.Reached?.TrySetResult();
                Left(item);
            }

            await Task.Delay(Linger, _clock, ended);
        }
        catch (OperationCanceledException)
        {
            // The connection ended; what was queued is the business of a resume.
        }
        finally
        {
            _queue.Writer.TryComplete();
            while (_queue.Reader.TryRead(out var item))
            {
                item.Reached?.TrySetResult();
            }

            Interlocked.Exchange(ref _room, null)?.TrySetResult();
            Abort(_connection);
        }
    }

    private void Left(Item item)
    {
        lock (_lock)
        {
            _frames -= item.Bytes > 0 ? 1 : 0;
            _bytes -= item.Bytes;
            if (_room is not null && _bounds.HaveRoom(_frames, _bytes))
            {
                _room.TrySetResult();
                _room = null;
            }
        }
    }

    private readonly record struct Item(SerializedHubMessage? Message, int Bytes, TaskCompletionSource? Reached);
}
