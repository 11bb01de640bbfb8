namespace ConnectChat.Gateway.SendQueues;

/// <summary>What may wait for one connection.</summary>
/// <param name="Frames">Most frames.</param>
/// <param name="Bytes">Most bytes.</param>
internal sealed record SendQueueBounds(int Frames, int Bytes)
{
    public bool AreExceededBy(int frames, long bytes) => frames > Frames || bytes > Bytes;

    public bool HaveRoom(int frames, long bytes) => frames <= Frames / 2 && bytes <= Bytes / 2;
}
