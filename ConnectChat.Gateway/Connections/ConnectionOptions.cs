using System.ComponentModel.DataAnnotations;

namespace ConnectChat.Gateway.Connections;

/// <summary>Configuration section <c>Gateway</c>: how many connections this gateway takes, and what it remembers of their users.</summary>
public sealed class ConnectionOptions
{
    /// <summary>Connections admitted at once; more get 503 with Retry-After. 1 to 1,000,000, default 15,000.</summary>
    [Range(1, 1_000_000)]
    public int MaximumConnections { get; set; } = 15_000;

    /// <summary>Connections of one user to this gateway; more get 429. 1 to 1,000,000, default 20.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerUser { get; set; } = 20;

    /// <summary>Refused calls in a row, without one that succeeds, after which a connection is closed. 1 to 1,000,000, default 1,000.</summary>
    [Range(1, 1_000_000)]
    public int RefusalsInARow { get; set; } = 1_000;

    /// <summary>Users whose number is remembered. 16 to 10,000,000, default 200,000: about 30 MB.</summary>
    [Range(16, 10_000_000)]
    public int RememberedUsers { get; set; } = 200_000;
}
