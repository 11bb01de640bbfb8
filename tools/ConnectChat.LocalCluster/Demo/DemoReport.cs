using System.Text.Json.Serialization;

namespace ConnectChat.LocalCluster.Demo;

/// <summary>What the demo counted; the line of <c>--json</c>.</summary>
internal sealed record DemoReport
{
    [JsonPropertyName("gateways")]
    public required int Gateways { get; init; }

    [JsonPropertyName("members")]
    public required int Members { get; init; }

    [JsonPropertyName("connected")]
    public required int Connected { get; init; }

    [JsonPropertyName("messages")]
    public required int Messages { get; init; }

    /// <summary>Records of messages on the outgoing topic, counted by a consumer of its own.</summary>
    [JsonPropertyName("outgoing_records")]
    public required long OutgoingRecords { get; init; }

    /// <summary>Size of the recipients header by the recipients in it.</summary>
    [JsonPropertyName("bytes_per_recipient")]
    public required double BytesPerRecipient { get; init; }

    [JsonPropertyName("deliveries_expected")]
    public required long DeliveriesExpected { get; init; }

    [JsonPropertyName("deliveries")]
    public required long Deliveries { get; init; }

    /// <summary>Recipients that gateways passed over, computed from the records: recipients × gateways − deliveries.</summary>
    [JsonPropertyName("ignored")]
    public required long Ignored { get; init; }

    [JsonPropertyName("lost")]
    public required long Lost { get; init; }

    [JsonPropertyName("duplicated")]
    public required long Duplicated { get; init; }

    [JsonPropertyName("reordered")]
    public required long Reordered { get; init; }

    /// <summary>From the call of SendMessage to the client that received, milliseconds.</summary>
    [JsonPropertyName("p50_ms")]
    public required double P50 { get; init; }

    [JsonPropertyName("p99_ms")]
    public required double P99 { get; init; }

    /// <summary>Whether every promise held.</summary>
    [JsonIgnore]
    public bool Kept => Lost == 0 && Duplicated == 0 && Reordered == 0 && OutgoingRecords == Messages;
}
