using System.Buffers;
using System.Net.Sockets;
using ConnectChat.Contracts;
using ConnectChat.Gateway.Telemetry;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace ConnectChat.Gateway.SendQueues;

/// <summary>
/// Frames straight to the socket under a WebSocket: at once and without waiting while the socket takes them, gathered when it does not.
/// What SignalR writes (replies, pings, closes) comes through the same lock by <see cref="FrameStream"/>, so that the two never mix
/// within a frame or a message. Why: <c>docs/decisions/0008-direct-writes.md</c>.
/// </summary>
/// <remarks>
/// The state machine, under one lock: <em>idle</em> (nothing queued: a frame is tried on the socket) → <em>draining</em> (one task sends
/// what is queued) → idle; <em>gathering</em> (idle, but frames are queued until the fan-out has no more, or something else leaves);
/// <em>held</em> while a message of the hub is open (its fragments must not be interrupted, and before the first one nothing may overtake
/// SignalR's handshake answer); <em>closing</em> once a close frame is queued, which also waits for the end of an open message;
/// <em>gone</em>.
/// </remarks>
internal sealed class DirectSendQueue : ISendQueue
{
    private const int BatchBytes = 64 * 1024;
    private const int MostGathered = BatchBytes / 2;
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly Socket _socket;
    private readonly Action _abort;
    private readonly SendQueueBounds _bounds;
    private readonly GatewayTelemetry _telemetry;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private readonly Queue<Piece> _queue = new();
    private readonly Queue<Piece> _held = new();
    private IHubProtocol? _protocol;
    private bool _messageOpen = true;
    private bool _draining;
    private bool _gathering;
    private bool _closing;
    private bool _gone;
    private int _frames;
    private long _bytes;
    private TaskCompletionSource? _room;

    /// <param name="socket">The connection's socket. Receiving stays with the server.</param>
    /// <param name="abort">Ends the connection; called off any lock.</param>
    /// <param name="bounds">What may wait.</param>
    /// <param name="telemetry">Counts cut-offs.</param>
    /// <param name="clock">Measures how long a close frame goes unanswered.</param>
    public DirectSendQueue(Socket socket, Action abort, SendQueueBounds bounds, GatewayTelemetry telemetry, TimeProvider clock)
    {
        _socket = socket;
        _abort = abort;
        _bounds = bounds;
        _telemetry = telemetry;
        _clock = clock;

        // Makes Send return instead of wait; the server's own asynchronous calls do not look at it.
        socket.Blocking = false;
    }

    /// <summary>The protocol that the handshake agreed on. Called before the first <see cref="TryEnqueue"/>.</summary>
    public void Use(IHubProtocol protocol) => _protocol = protocol;

    /// <inheritdoc/>
    public bool TryEnqueue(OutboundMessage message, FrameGathering? gathering = null)
    {
        var frame = message.FrameFor(_protocol!);
        lock (_lock)
        {
            if (_closing || _gone)
            {
                return false;
            }

            var piece = new Piece(frame, frame.Length, null, null);
            if (gathering is null || _messageOpen || _draining || frame.Length > MostGathered)
            {
                return SendWhatIsGathered() && Send(piece, hold: _messageOpen);
            }

            // What waits for a moment stays far from the bound of what may wait for a slow client.
            if (_gathering && !_bounds.HaveRoom(_frames + 1, _bytes + frame.Length))
            {
                return SendWhatIsGathered() && Send(piece, hold: false);
            }

            _frames++;
            _bytes += frame.Length;
            _queue.Enqueue(piece);
            if (!_gathering)
            {
                _gathering = true;
                gathering.Add(this);
            }

            return _bytes < MostGathered || SendWhatIsGathered();
        }
    }

    /// <summary>Sends what the fan-out held back.</summary>
    public void SendGathered()
    {
        lock (_lock)
        {
            SendWhatIsGathered();
        }
    }

    /// <inheritdoc/>
    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            lock (_lock)
            {
                if (_gone || _closing || _bounds.HaveRoom(_frames, _bytes))
                {
                    return;
                }

                room = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await room.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public void Close(CloseCode code)
    {
        lock (_lock)
        {
            if (_closing || _gone)
            {
                return;
            }

            var frame = WebSocketFrame.ForClose(code);
            SendWhatIsGathered();
            Send(new Piece(frame, frame.Length, null, null), hold: _messageOpen);
            _closing = true;
        }

        _ = AbortLaterAsync();
    }

    /// <inheritdoc/>
    public void CutOff(CloseCode code)
    {
        lock (_lock)
        {
            if (_gone)
            {
                return;
            }

            _telemetry.CutOff(code.Name);
            Fail();
        }
    }

    /// <summary>
    /// One whole frame of the WebSocket, which calls this one at a time. Completes once the socket has it, so that a client that does
    /// not read slows its own replies and SignalR's send timeout ends it.
    /// </summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        var first = frame.Span[0];
        TaskCompletionSource? sent = null;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_gone, this);
            if (_closing && !_messageOpen)
            {
                // A close frame of ours is on its way, and nothing may follow one.
                return ValueTask.CompletedTask;
            }

            if (_closing && WebSocketFrame.IsClose(first))
            {
                // The open message will not be ended; the close frame that waits for its end says more than this one.
                _messageOpen = false;
                ReleaseHeld();
                return ValueTask.CompletedTask;
            }

            var taken = !SendWhatIsGathered() ? -1 : _draining ? 0 : TrySend(frame.Span);
            if (taken < 0)
            {
                Fail();
                throw new IOException("The connection is gone.");
            }

            if (taken < frame.Length)
            {
                // Copied: the WebSocket may use its buffer again when the call is cancelled.
                var rest = frame[taken..];
                var rented = ArrayPool<byte>.Shared.Rent(rest.Length);
                rest.CopyTo(rented);
                sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _queue.Enqueue(new Piece(rented.AsMemory(0, rest.Length), 0, rented, sent));
                StartDraining();
            }

            if (WebSocketFrame.IsClose(first))
            {
                _closing = true;
            }
            else if (!WebSocketFrame.IsControl(first))
            {
                _messageOpen = !WebSocketFrame.IsFinal(first);
                ReleaseHeld();
            }
        }

        return sent is null ? ValueTask.CompletedTask : new ValueTask(sent.Task.WaitAsync(cancellationToken));
    }

    /// <summary>The WebSocket let go of its stream.</summary>
    public void Gone()
    {
        lock (_lock)
        {
            Drop();
        }
    }

    // Under the lock. False when the socket is broken.
    private bool SendWhatIsGathered()
    {
        if (!_gathering || _gone)
        {
            return !_gone;
        }

        // While frames are gathered nothing is being sent and no message of the hub is open: whatever changes that comes here first.
        _gathering = false;
        var buffer = ArrayPool<byte>.Shared.Rent(BatchBytes);
        var length = 0;
        foreach (var piece in _queue)
        {
            piece.Bytes.CopyTo(buffer.AsMemory(length));
            length += piece.Bytes.Length;
        }

        var taken = TrySend(buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        if (taken < 0)
        {
            Fail();
            return false;
        }

        while (taken > 0)
        {
            var piece = _queue.Dequeue();
            if (piece.Bytes.Length > taken)
            {
                // Its rest goes out before anything else.
                Requeue(piece with { Bytes = piece.Bytes[taken..] });
                break;
            }

            taken -= piece.Bytes.Length;
            _frames--;
            _bytes -= piece.Counted;
        }

        if (_queue.Count > 0)
        {
            StartDraining();
        }

        return true;
    }

    private void Requeue(Piece first)
    {
        var others = _queue.ToArray();
        _queue.Clear();
        _queue.Enqueue(first);
        Array.ForEach(others, _queue.Enqueue);
    }

    // Under the lock. False when the frame went over the bound or the socket is broken.
    private bool Send(Piece piece, bool hold)
    {
        if (!hold && !_draining)
        {
            var taken = TrySend(piece.Bytes.Span);
            if (taken == piece.Bytes.Length)
            {
                return true;
            }

            if (taken < 0)
            {
                Fail();
                return false;
            }

            // The rest of a frame that has begun goes out before anything else.
            piece = piece with { Bytes = piece.Bytes[taken..] };
        }

        _frames++;
        _bytes += piece.Counted;
        if (_bounds.AreExceededBy(_frames, _bytes))
        {
            _telemetry.CutOff(CloseCodes.TooSlow.Name);
            Fail();
            return false;
        }

        (hold ? _held : _queue).Enqueue(piece);
        if (!hold)
        {
            StartDraining();
        }

        return true;
    }

    // Bytes that the socket took without waiting; -1 when it is broken.
    private int TrySend(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var taken = _socket.Send(bytes, SocketFlags.None, out var error);
            return error switch
            {
                SocketError.Success => taken,
                SocketError.WouldBlock => 0,
                _ => -1,
            };
        }
        catch (ObjectDisposedException)
        {
            return -1;
        }
    }

    private void ReleaseHeld()
    {
        if (_messageOpen || _held.Count == 0)
        {
            return;
        }

        while (_held.TryDequeue(out var piece))
        {
            _queue.Enqueue(piece);
        }

        StartDraining();
    }

    private void StartDraining()
    {
        if (!_draining)
        {
            _draining = true;
            _ = Task.Run(DrainAsync);
        }
    }

    private async Task DrainAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BatchBytes);
        var batch = new List<Piece>();
        try
        {
            while (TryTake(buffer, batch, out var bytes))
            {
                for (var sent = 0; sent < bytes.Length;)
                {
                    sent += await _socket.SendAsync(bytes[sent..], SocketFlags.None);
                }

                Sent(batch);
            }
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            lock (_lock)
            {
                Fail();
            }
        }
        finally
        {
            batch.ForEach(piece => piece.End());
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Gathers whole pieces into the buffer; one that alone is larger goes by itself, uncopied.
    private bool TryTake(byte[] buffer, List<Piece> batch, out ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
        {
            bytes = default;
            if (_gone || !_queue.TryPeek(out var next))
            {
                _draining = false;
                return false;
            }

            if (next.Bytes.Length > buffer.Length)
            {
                batch.Add(_queue.Dequeue());
                bytes = next.Bytes;
                return true;
            }

            var length = 0;
            while (_queue.TryPeek(out next) && next.Bytes.Length <= buffer.Length - length)
            {
                next.Bytes.CopyTo(buffer.AsMemory(length));
                length += next.Bytes.Length;
                batch.Add(_queue.Dequeue());
            }

            bytes = buffer.AsMemory(0, length);
            return true;
        }
    }

    private void Sent(List<Piece> batch)
    {
        lock (_lock)
        {
            foreach (var piece in batch)
            {
                piece.End();
                _frames -= piece.Counted > 0 ? 1 : 0;
                _bytes -= piece.Counted;
            }

            batch.Clear();
            if (_room is not null && _bounds.HaveRoom(_frames, _bytes))
            {
                _room.TrySetResult();
                _room = null;
            }
        }
    }

    // Under the lock.
    private void Fail()
    {
        if (_gone)
        {
            return;
        }

        Drop();
        ThreadPool.UnsafeQueueUserWorkItem(static abort => abort(), _abort, preferLocal: false);
    }

    private void Drop()
    {
        _gone = true;
        while (_queue.TryDequeue(out var piece) || _held.TryDequeue(out piece))
        {
            piece.End();
        }

        _room?.TrySetResult();
        _room = null;
    }

    private async Task AbortLaterAsync()
    {
        // A peer that does not answer a close frame is not waited for.
        await Task.Delay(CloseTimeout, _clock);
        lock (_lock)
        {
            Fail();
        }
    }

    /// <summary>Bytes to send, what they count against the bound, and the rented buffer and waiting writer behind them, if any.</summary>
    private readonly record struct Piece(ReadOnlyMemory<byte> Bytes, int Counted, byte[]? Rented, TaskCompletionSource? Written)
    {
        public void End()
        {
            if (Rented is not null)
            {
                ArrayPool<byte>.Shared.Return(Rented);
            }

            Written?.TrySetResult();
        }
    }
}
