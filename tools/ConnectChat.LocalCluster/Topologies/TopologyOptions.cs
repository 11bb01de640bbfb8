namespace ConnectChat.LocalCluster.Topologies;

/// <summary>What a <see cref="Topology"/> consists of.</summary>
public sealed record TopologyOptions
{
    /// <summary>How many gateways, 1 to 10, default 2.</summary>
    public int Gateways { get; init; } = 2;

    /// <summary>Bootstrap servers of a Kafka that runs already; null starts the embedded broker.</summary>
    public string? Kafka { get; init; }

    /// <summary>Address of a DynamoDB that runs already; null starts the embedded one.</summary>
    public string? DynamoDb { get; init; }

    /// <summary>Keys, data, logs and the state of the run.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The first port of those that are used; 0 takes free ones.</summary>
    public int BasePort { get; init; }

    /// <summary>Starts the Aspire dashboard where its package was restored; on other ports when its own are taken.</summary>
    public bool Dashboard { get; init; }

    /// <summary>How long everything may take until it is healthy. Default 60 s.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>More configuration for every service, as environment variables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Told in one line what happens.</summary>
    public Action<string> Say { get; init; } = _ => { };
}
