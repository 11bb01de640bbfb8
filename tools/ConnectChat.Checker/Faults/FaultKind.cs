namespace ConnectChat.Checker.Faults;

/// <summary>What can be done to a running product.</summary>
internal static class FaultKind
{
    /// <summary>SIGKILL of a service, which its supervisor starts again.</summary>
    public const string Kill = "kill";

    /// <summary>SIGSTOP of a service, and SIGCONT later: it holds its connections and answers nothing.</summary>
    public const string Pause = "pause";

    /// <summary>SIGTERM of a service as operators do it, and a start afterwards.</summary>
    public const string Term = "term";

    /// <summary>SIGKILL of everything at once.</summary>
    public const string KillAll = "kill-all";

    /// <summary>SIGKILL of a broker, which is started again on its own data.</summary>
    public const string BrokerKill = "broker-kill";

    /// <summary>SIGSTOP of a broker.</summary>
    public const string BrokerPause = "broker-pause";

    /// <summary>SIGTERM of a broker, which is started again.</summary>
    public const string BrokerTerm = "broker-term";

    /// <summary>All TCP connections between some clients and the gateways are cut.</summary>
    public const string Cut = "cut";

    /// <summary>Nothing passes on the TCP connections between some clients and the gateways, which stay open.</summary>
    public const string Stall = "stall";

    /// <summary>Some clients do not read.</summary>
    public const string SlowReader = "slow-reader";

    /// <summary>Those that a topology of the checker's own can have.</summary>
    public static IReadOnlyList<string> OfServices { get; } = [Kill, Pause, Term, KillAll, Cut, Stall, SlowReader];

    /// <summary>Those that need brokers which the checker started.</summary>
    public static IReadOnlyList<string> OfBrokers { get; } = [BrokerKill, BrokerPause, BrokerTerm];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [.. OfServices, .. OfBrokers];
}
