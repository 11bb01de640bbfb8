namespace ConnectChat.Checker.Load;

/// <summary>A device of a user: shows what it gets and sends what it is told, and writes both to the history.</summary>
/// <remarks>Keeps its connection by itself; what it missed it gets by resume. Thread-safe.</remarks>
internal interface IDevice : IAsyncDisposable
{
    /// <summary>What it saw.</summary>
    Observer Observer { get; }

    /// <summary>Whether it is there: connected, or about to be again.</summary>
    bool IsHere { get; }

    /// <summary>Whether it has a connection now.</summary>
    bool IsConnected { get; }

    /// <summary>Connects, and returns once it has a connection for the first time.</summary>
    Task ComeAsync(CancellationToken cancellationToken);

    /// <summary>Disconnects until it comes again. What it knows stays.</summary>
    Task LeaveAsync();

    /// <summary>Sends, as often as it takes, under one client message id. It is answered, refused for good or given up when this returns.</summary>
    Task SendAsync(string group, string clientId, string body, CancellationToken cancellationToken);
}
