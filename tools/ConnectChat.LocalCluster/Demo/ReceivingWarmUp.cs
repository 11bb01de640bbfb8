using System.Buffers;
using ConnectChat.Contracts.Hub;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace ConnectChat.LocalCluster.Demo;

/// <summary>Reads a message once as the connections will: MessagePack emits code for each type it meets.</summary>
internal sealed class ReceivingWarmUp : IInvocationBinder
{
    public static void Run()
    {
        var protocol = new MessagePackHubProtocol();
        var sample = new ChatMessage
        {
            GroupId = "-",
            Sequence = 1,
            PreviousSequence = 0,
            MessageId = "-",
            SenderId = "-",
            ClientMessageId = "-",
            Body = "-",
            SentAt = 0,
            MembershipVersion = 1,
        };
        var bytes = new ReadOnlySequence<byte>(protocol.GetMessageBytes(new InvocationMessage(HubContract.MessageReceived, [sample])));
        protocol.TryParseMessage(ref bytes, new ReceivingWarmUp(), out _);
    }

    public Type GetReturnType(string invocationId) => typeof(object);

    public IReadOnlyList<Type> GetParameterTypes(string methodName) => [typeof(ChatMessage)];

    public Type GetStreamItemType(string streamId) => typeof(object);
}
