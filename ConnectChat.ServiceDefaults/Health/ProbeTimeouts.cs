namespace ConnectChat.ServiceDefaults.Health;

/// <summary>
/// How long the probe of a dependency may take. Each is longer than those of what the dependency asks itself: a service that only waits
/// for a store that hangs has said so before its callers take the service itself for hanging.
/// </summary>
public static class ProbeTimeouts
{
    /// <summary>Kafka and DynamoDB: 2 s.</summary>
    public static readonly TimeSpan Store = TimeSpan.FromSeconds(2);

    /// <summary>Groups, which asks a store: 2.5 s.</summary>
    public static readonly TimeSpan Groups = TimeSpan.FromSeconds(2.5);

    /// <summary>Messaging, which asks Groups: 3 s.</summary>
    public static readonly TimeSpan Messaging = TimeSpan.FromSeconds(3);
}
