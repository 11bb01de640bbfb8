using ConnectChat.Contracts;

namespace ConnectChat.Gateway.SendQueues;

/// <summary>
/// The frames that wait for one connection. Bounded: a connection whose client does not keep up is cut off and counted, and its client
/// resumes from history. Nothing here ever waits for a socket, except where it says so.
/// </summary>
/// <remarks>
/// Frames leave in the order they were queued, each at most once, whole, and never inside a message of the hub. What is queued when the
/// connection ends is lost to it. Safe for any thread.
/// </remarks>
internal interface ISendQueue
{
    /// <summary>Queues a message. False when the connection is closing or gone, or when this message went over its bound and cut it off.</summary>
    /// <param name="message">The message.</param>
    /// <param name="gathering">More may follow at once: the frame may wait until this one sends. Null: it leaves now.</param>
    bool TryEnqueue(OutboundMessage message, FrameGathering? gathering = null);

    /// <summary>Waits until less than half the bound is in use. Returns at once when the connection is gone.</summary>
    ValueTask WaitForRoomAsync(CancellationToken cancellationToken);

    /// <summary>Waits until whatever the hub writes from now on leaves after everything queued so far.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Closes the connection after what is queued; later frames are refused. A peer that does not answer is cut off soon after.</summary>
    void Close(CloseCode code);

    /// <summary>Ends the connection now, for the named cause.</summary>
    void CutOff(CloseCode code);
}
