using ConnectChat.Tests.Fuzzing.Targets;

namespace ConnectChat.Tests.Fuzzing;

/// <summary>Every parser that sees outside bytes. A new one is a class and a line here.</summary>
internal static class FuzzTargets
{
    private static readonly Dictionary<string, Func<IFuzzTarget>> All = new()
    {
        ["recipient-set"] = () => new RecipientSetTarget(),
        ["trace-headers"] = () => new TraceHeadersTarget(),
        ["outgoing-record"] = () => new OutgoingRecordTarget(),
        ["fan-out"] = () => new FanOutTarget(),
        ["bus-readers"] = () => new BusReadersTarget(),
        ["incoming-record"] = () => new IncomingRecordTarget(),
        ["history-item"] = () => new HistoryItemTarget(),
        ["hub-json"] = () => new HubProtocolTarget("json"),
        ["hub-messagepack"] = () => new HubProtocolTarget("messagepack"),
        ["new-message"] = () => new NewMessageTarget(),
        ["identifier"] = () => new IdentifierTarget(),
        ["group-name"] = () => new GroupNameTarget(),
        ["page-token"] = () => new PageTokenTarget(),
        ["hub-error"] = () => new HubErrorTarget(),
    };

    public static IReadOnlyCollection<string> Names => All.Keys;

    public static IFuzzTarget Create(string name) => All[name]();
}
