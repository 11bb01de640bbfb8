using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;

namespace ConnectChat.Checker.Load;

/// <summary>A device that follows docs/protocol.md with code of its own: shares none with the client library.</summary>
/// <param name="observer">Writes what it sees.</param>
/// <param name="gateways">Addresses of gateways.</param>
/// <param name="token">Gives a token that is valid now.</param>
/// <param name="rest">Tells the user's groups.</param>
internal sealed class RawDevice(Observer observer, IReadOnlyList<Uri> gateways, Func<string> token, RestClient rest) : IDevice
{
    private const int MostInVain = 5;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, RawGroup> _groups = [];

    // Groups that a resume of this connection was complete for, since which nothing was told as missed.
    private readonly HashSet<string> _upToDate = [];
    private CancellationTokenSource? _stay;
    private Task _running = Task.CompletedTask;
    private TaskCompletionSource<RawSocket> _socket = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource? _notReading;
    private TimeSpan _pause;
    private volatile bool _leaving;
    private int _gateway = Random.Shared.Next(gateways.Count);

    public Observer Observer => observer;

    public bool IsHere => _stay is not null;

    public bool IsConnected => _socket.Task.IsCompletedSuccessfully;

    /// <summary>Stops reading its socket, until the result is disposed of.</summary>
    public IDisposable StopReading()
    {
        _notReading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new Reading(this);
    }

    public async Task ComeAsync(CancellationToken cancellationToken)
    {
        _leaving = false;
        _stay = new CancellationTokenSource();
        _running = Task.Run(() => RunAsync(_stay.Token), CancellationToken.None);
        await _socket.Task.WaitAsync(cancellationToken);
    }

    public async Task LeaveAsync()
    {
        if (Interlocked.Exchange(ref _stay, null) is not { } stay)
        {
            return;
        }

        _leaving = true;
        await stay.CancelAsync();
        await _running;
        stay.Dispose();
    }

    public async Task SendAsync(string group, string clientId, string body, CancellationToken cancellationToken)
    {
        observer.Begins(group, clientId, body);
        while (true)
        {
            try
            {
                var socket = await _socket.Task.WaitAsync(cancellationToken);
                await socket.CallAsync("SendMessage", cancellationToken, group, clientId, body);
                observer.IsAccepted(group, clientId);
                return;
            }
            catch (CallRefusedException refused) when (!refused.IsTransient)
            {
                observer.IsRefused(group, clientId, refused.Code);
                return;
            }
            catch (Exception failed) when (failed is CallRefusedException or IOException && !cancellationToken.IsCancellationRequested)
            {
                // The same id again: it is the same message, whether or not the gateway took the first attempt.
                await PauseAsync(LongestPause, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                observer.GivesUp(group, clientId);
                return;
            }
        }
    }

    public async ValueTask DisposeAsync() => await LeaveAsync();

    private async Task RunAsync(CancellationToken stay)
    {
        while (!stay.IsCancellationRequested)
        {
            _pause = LongestPause;
            await using var socket = new RawSocket();
            try
            {
                var gateway = gateways[_gateway++ % gateways.Count];
                await socket.OpenAsync(gateway, token(), stay);
                observer.Connected($"{gateway.Port}");
                await ServeAsync(socket, stay);
            }
            catch (Exception refused) when (refused is WebSocketException or OperationCanceledException or IOException)
            {
                // The next gateway, after a pause.
            }

            await PauseAsync(_pause, stay);
        }
    }

    private async Task ServeAsync(RawSocket socket, CancellationToken stay)
    {
        var wanted = Channel.CreateUnbounded<string>();
        lock (_lock)
        {
            _upToDate.Clear();
        }

        _socket.SetResult(socket);
        var resuming = ResumeAsync(socket, wanted, stay);
        try
        {
            await socket.ReadAsync(
                (target, arguments) => Receive(socket, wanted.Writer, target, arguments), () => _notReading?.Task ?? Task.CompletedTask, stay);
        }
        finally
        {
            _socket = new TaskCompletionSource<RawSocket>(TaskCreationOptions.RunContinuationsAsynchronously);
            observer.Disconnected(_leaving);
            await resuming;
        }
    }

    private void Receive(RawSocket socket, ChannelWriter<string> wanted, string target, JsonElement arguments)
    {
        var first = arguments[0];
        switch (target)
        {
            case "MessageReceived":
                lock (_lock)
                {
                    var group = GroupOf(first.GetProperty("groupId").GetString()!);
                    var message = RestClient.FactsOf(first);
                    if (group.Receive(first.GetProperty("previousSequence").GetInt64(), message))
                    {
                        if (_upToDate.Remove(group.Id))
                        {
                            observer.SeesGap(group.Id, group.Last, message.Sequence);
                        }

                        wanted.TryWrite(group.Id);
                    }
                }

                break;
            case "MessageRejected":
                observer.IsRejected(
                    first.GetProperty("groupId").GetString()!, first.GetProperty("clientMessageId").GetString()!, first.GetProperty("code").GetString()!);
                break;
            case "MessagesMissed":
                Missed(first.GetString(), wanted);
                break;
            case "Draining":
                _pause = TimeSpan.FromMilliseconds(first.GetInt64());
                socket.Abort();
                break;
        }
    }

    private void Missed(string? group, ChannelWriter<string> wanted)
    {
        lock (_lock)
        {
            foreach (var each in group is null ? _groups.Keys.ToList() : [group])
            {
                _upToDate.Remove(each);
                wanted.TryWrite(each);
            }
        }
    }

    // Everything that wants a resume at the same time is one call, and one call is made after the other.
    private async Task ResumeAsync(RawSocket socket, Channel<string> wanted, CancellationToken stay)
    {
        try
        {
            // Known ones first: which others there are may take its time to be told.
            Want(observer.Positions().Keys, wanted.Writer);
            _ = DiscoverAsync(socket, wanted.Writer);
            while (await wanted.Reader.WaitToReadAsync(socket.Ended))
            {
                var groups = new HashSet<string>();
                while (groups.Count < 1_000 && wanted.Reader.TryRead(out var group))
                {
                    groups.Add(group);
                }

                await ResumeAsync(socket, groups, wanted.Writer, stay);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException)
        {
            // The next connection starts over from the same positions.
            socket.Abort();
        }
    }

    private async Task DiscoverAsync(RawSocket socket, ChannelWriter<string> wanted)
    {
        try
        {
            Want((await rest.GroupsAsync(socket.Ended)).Except(observer.Positions().Keys), wanted);
        }
        catch (OperationCanceledException)
        {
            // The connection is over.
        }
    }

    private static void Want(IEnumerable<string> groups, ChannelWriter<string> wanted)
    {
        foreach (var group in groups)
        {
            wanted.TryWrite(group);
        }
    }

    private async Task ResumeAsync(RawSocket socket, IReadOnlyCollection<string> groups, ChannelWriter<string> wanted, CancellationToken stay)
    {
        object[] positions;
        lock (_lock)
        {
            positions = [.. groups.Select(group => new { groupId = group, lastSequence = GroupOf(group).Last })];
        }

        try
        {
            var results = await socket.CallAsync("Resume", stay, positions.Length == 0 ? [] : [positions]);
            foreach (var result in results.EnumerateArray())
            {
                Judge(socket, result, wanted);
            }
        }
        catch (CallRefusedException refused) when (refused.IsTransient)
        {
            await PauseAsync(LongestPause, stay);
            groups.ToList().ForEach(group => wanted.TryWrite(group));
        }
    }

    private void Judge(RawSocket socket, JsonElement result, ChannelWriter<string> wanted)
    {
        lock (_lock)
        {
            var group = GroupOf(result.GetProperty("groupId").GetString()!);
            var code = result.TryGetProperty("code", out var text) ? text.GetString() : null;
            observer.IsResumed(group.Id, code is null && !group.HasAhead);
            switch (code)
            {
                case null when group.HasAhead && ++group.InVain >= MostInVain:
                    group.GiveUp("not_replayed");
                    break;
                case null when group.HasAhead:
                case "more_to_replay":
                    wanted.TryWrite(group.Id);
                    break;
                case null:
                    group.InVain = 0;
                    _upToDate.Add(group.Id);
                    break;
                case "not_a_member":
                    group.GiveUp(code);
                    break;
                case "position_beyond_newest":
                    group.StartAgain(code);
                    wanted.TryWrite(group.Id);
                    break;
                default:
                    _ = WantLaterAsync(socket, group.Id, wanted);
                    break;
            }
        }
    }

    private static async Task WantLaterAsync(RawSocket socket, string group, ChannelWriter<string> wanted)
    {
        await PauseAsync(LongestPause, socket.Ended);
        wanted.TryWrite(group);
    }

    private RawGroup GroupOf(string id)
    {
        if (!_groups.TryGetValue(id, out var group))
        {
            _groups[id] = group = new RawGroup(id, observer.LastOf(id), observer);
        }

        return group;
    }

    private static async Task PauseAsync(TimeSpan most, CancellationToken cancellationToken) => await Task
        .Delay(Random.Shared.NextDouble() * most, TimeProvider.System, cancellationToken)
        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private sealed class Reading(RawDevice device) : IDisposable
    {
        public void Dispose()
        {
            var notReading = device._notReading;
            device._notReading = null;
            notReading?.TrySetResult();
        }
    }
}
