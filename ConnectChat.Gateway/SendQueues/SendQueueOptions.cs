using System.ComponentModel.DataAnnotations;

namespace ConnectChat.Gateway.SendQueues;

/// <summary>Configuration section <c>Gateway</c>: what may wait for one connection, and which way it goes.</summary>
public sealed class SendQueueOptions
{
    /// <summary>Frames that may wait for one connection; with more it is cut off. 16 to 100,000, default 1,000.</summary>
    [Range(16, 100_000)]
    public int SendQueueFrames { get; set; } = 1_000;

    /// <summary>Bytes that may wait for one connection; with more it is cut off. 1 MiB (two frames of the largest body) to 64 MiB, default 1 MiB.</summary>
    [Range(1 << 20, 64 << 20)]
    public int SendQueueBytes { get; set; } = 1 << 20;

    /// <summary>False sends every frame through SignalR's own pipeline, for comparison. Default true.</summary>
    public bool DirectWrites { get; set; } = true;

    /// <summary>Takes the names that these settings had in the first releases, where only those are given.</summary>
    internal void ReadFormerNames(IConfiguration section)
    {
        if (section[nameof(SendQueueFrames)] is null)
        {
            SendQueueFrames = section.GetValue("OutboxFrames", SendQueueFrames);
        }

        if (section[nameof(SendQueueBytes)] is null)
        {
            SendQueueBytes = section.GetValue("OutboxBytes", SendQueueBytes);
        }
    }
}
