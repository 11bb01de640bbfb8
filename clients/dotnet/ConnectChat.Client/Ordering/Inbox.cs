using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ConnectChat.Contracts.Hub;

namespace ConnectChat.Client.Ordering;

/// <summary>
/// Everything that arrives, on whichever connection, becomes one stream for the application: per group in order, each message once.
/// </summary>
/// <remarks>Thread-safe. Judging a message and queueing it is one step, or a slow old connection could overtake a new one.</remarks>
internal sealed class Inbox : IDisposable
{
    private readonly Channel<ChatMessage> _messages;
    private readonly SemaphoreSlim _accepting = new(1);
    private readonly bool _onlyKnown;
    private readonly Action<ChatMessage>? _arrived;

    /// <param name="capacity">How many messages may wait for the application.</param>
    /// <param name="onlyKnown">True drops the messages of groups that were not made known.</param>
    /// <param name="arrived">Hears of every message, before it is judged.</param>
    public Inbox(int capacity, bool onlyKnown = false, Action<ChatMessage>? arrived = null)
    {
        _arrived = arrived;
        _messages = Channel.CreateBounded<ChatMessage>(new BoundedChannelOptions(capacity) { SingleReader = true });
        _onlyKnown = onlyKnown;
        Groups = new KnownGroups(message => _messages.Writer.TryWrite(message));
    }

    /// <summary>The groups, and which of them want a resume.</summary>
    public KnownGroups Groups { get; }

    /// <summary>A message from a connection. Waits while the application has too many to deal with.</summary>
    public async Task AcceptAsync(ChatMessage message, CancellationToken cancellationToken)
    {
        _arrived?.Invoke(message);
        if (_onlyKnown && !Groups.Knows(message.GroupId))
        {
            return;
        }

        await RoomAsync(
            () =>
            {
                Groups.Receive(message);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Gives up what is missing before the messages that came ahead of a gap, and delivers them up to the next gap. False when there are none.
    /// </summary>
    public async Task<bool> DeliverAheadAsync(string groupId, CancellationToken cancellationToken)
    {
        var delivered = false;
        while (await RoomAsync(() => Groups.DeliverAhead(groupId, acrossGap: !delivered), cancellationToken).ConfigureAwait(false))
        {
            delivered = true;
        }

        return delivered;
    }

    /// <summary>The gateway missed something for this group, or for whichever when null.</summary>
    public void Missed(string? groupId)
    {
        if (groupId is null)
        {
            Groups.WantAllAgain();
        }
        else if (!_onlyKnown || Groups.Knows(groupId))
        {
            Groups.Want(groupId);
        }
    }

    /// <summary>The stream for the application. Asking for the next message says that the one before is dealt with.</summary>
    public async IAsyncEnumerable<ChatMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var message in _messages.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return message;
            Groups.DealtWith(message);
        }
    }

    /// <summary>No more messages; readers end after those that are queued, with the error if there is one.</summary>
    public void Complete(Exception? error) => _messages.Writer.TryComplete(error);

    // Reserves capacity before a cursor moves: a cancelled wait must not mark a message as seen.
    private async Task<bool> RoomAsync(Func<bool> deliver, CancellationToken cancellationToken)
    {
        await _accepting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _messages.Writer.WaitToWriteAsync(cancellationToken).ConfigureAwait(false) && deliver();
        }
        finally
        {
            _accepting.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _accepting.Dispose();
}
