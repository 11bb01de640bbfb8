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

    /// <param name="capacity">How many messages may wait for the application.</param>
    /// <param name="onlyKnown">True drops the messages of groups that were not made known.</param>
    public Inbox(int capacity, bool onlyKnown = false)
    {
        _messages = Channel.CreateBounded<ChatMessage>(new BoundedChannelOptions(capacity) { SingleReader = true });
        _onlyKnown = onlyKnown;
        Groups = new KnownGroups(message => _messages.Writer.TryWrite(message));
    }

    /// <summary>The groups, and which of them want a resume.</summary>
    public KnownGroups Groups { get; }

    /// <summary>A message from a connection. Waits while the application has too many to deal with.</summary>
    public async Task AcceptAsync(ChatMessage message, CancellationToken cancellationToken)
    {
        if (_onlyKnown && !Groups.Knows(message.GroupId))
        {
            return;
        }

        await _accepting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Reserve capacity before the cursor moves: a cancelled wait must not mark the message as seen.
            if (await _messages.Writer.WaitToWriteAsync(cancellationToken).ConfigureAwait(false))
            {
                Groups.Receive(message);
            }
        }
        finally
        {
            _accepting.Release();
        }
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

    /// <inheritdoc/>
    public void Dispose() => _accepting.Dispose();
}
