using System.Buffers;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Hub;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Tests.Fuzzing.Targets;

/// <summary>
/// What a client writes into its socket, as the gateway's protocols read it: messages, the wish for more bytes, or
/// <see cref="InvalidDataException"/>, at which SignalR closes the connection.
/// </summary>
internal sealed class HubProtocolTarget(string name) : IFuzzTarget, IInvocationBinder
{
    private static readonly Dictionary<string, Type[]> Methods = new()
    {
        [HubContract.SendMessage] = [typeof(string), typeof(string), typeof(string)],
        [HubContract.Resume] = [typeof(IReadOnlyList<ResumePosition>)],
        [HubContract.GetHistory] = [typeof(string), typeof(HistoryPosition), typeof(int)],
        [HubContract.GetOutcomes] = [typeof(string), typeof(IReadOnlyList<string>)],
    };

    private readonly IHubProtocol _protocol = Protocol(name);

    /// <summary>A protocol as the gateway registers it.</summary>
    public static IHubProtocol Protocol(string name)
    {
        var services = new ServiceCollection().AddLogging();
        services.AddSignalR().AddStrictProtocols();
        return services.BuildServiceProvider().GetRequiredService<IHubProtocolResolver>().GetProtocol(name, null)!;
    }

    public IEnumerable<byte[]> Samples() => new HubMessage[]
    {
        new InvocationMessage("1", HubContract.SendMessage, ["group-1", "c1", "Grüße \U0001F44B"]),
        new InvocationMessage(HubContract.Resume, [new[] { new ResumePosition { GroupId = "group-1", LastSequence = 7 } }]),
        new InvocationMessage("2", HubContract.GetHistory, ["group-1", new HistoryPosition { After = 7 }, 100]),
        new InvocationMessage("3", HubContract.GetOutcomes, ["group-1", new[] { "c1", "c2" }]) { Headers = new Dictionary<string, string> { ["a"] = "b" } },
        new InvocationMessage("4", "Nothing", []),
        new StreamInvocationMessage("5", HubContract.Resume, [Array.Empty<ResumePosition>()], ["stream-1"]),
        new StreamItemMessage("stream-1", "item"),
        CompletionMessage.WithResult("6", "result"),
        CompletionMessage.WithError("7", "error"),
        new CancelInvocationMessage("8"),
        PingMessage.Instance,
        new CloseMessage("error", allowReconnect: true),
        new AckMessage(3),
        new SequenceMessage(4),
    }.Select(message => _protocol.GetMessageBytes(message).ToArray()).Append(Deep());

    public void Parse(byte[] input)
    {
        var left = new ReadOnlySequence<byte>(input);
        try
        {
            for (var before = left.Length; _protocol.TryParseMessage(ref left, this, out var message); before = left.Length)
            {
                Assert.NotNull(message);
                Assert.True(left.Length < before, "a message without a byte is there for ever");
                Assert.True(message is not InvocationBindingFailureMessage { BindingFailure.SourceException: not HubException });
            }
        }
        catch (InvalidDataException)
        {
            // As it says.
        }
    }

    public IReadOnlyList<Type> GetParameterTypes(string methodName) =>
        Methods.TryGetValue(methodName, out var types) ? types : throw new HubException("There is no such method.");

    public Type GetReturnType(string invocationId) => throw new InvalidOperationException("Nothing is asked of clients.");

    public Type GetStreamItemType(string streamId) => throw new KeyNotFoundException("Nothing streams.");

    public string? GetTarget(ReadOnlySpan<byte> utf8Bytes) => null;

    // Ten thousand arrays, each within the other, as the argument of a call.
    private byte[] Deep()
    {
        const int Depth = 10_000;
        return name == "json"
            ? [.. "{\"type\":1,\"target\":\"Resume\",\"arguments\":"u8, .. Enumerable.Repeat((byte)'[', Depth), 0x1e]
            : [0x90, 0x4e, .. Enumerable.Repeat((byte)0x91, Depth)];
    }
}
