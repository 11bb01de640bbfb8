using ConnectChat.Contracts.History;
using ConnectChat.Contracts.Records;
using Grpc.Core;
using HistoryClient = ConnectChat.Contracts.History.History.HistoryClient;

namespace ConnectChat.Gateway.History;

/// <summary>One page of history from Messaging, which checks membership and what the reader may see.</summary>
internal sealed class HistoryReader(HistoryClient history)
{
    /// <summary>Reads a page. Everything published before the call is included.</summary>
    /// <exception cref="RpcException">With a code in its trailer.</exception>
    public async Task<(List<OutgoingEvent> Messages, bool EndOfHistory)> ReadAsync(ReadHistoryRequest request, CancellationToken cancellationToken)
    {
        var messages = new List<OutgoingEvent>();
        var end = false;
        using var call = history.Read(request, cancellationToken: cancellationToken);
        await foreach (var reply in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            messages.AddRange(reply.Messages);
            end = reply.EndOfHistory;
        }

        return (messages, end);
    }
}
