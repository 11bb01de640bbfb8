using ConnectChat.Contracts;
using ConnectChat.Contracts.History;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway.RateLimits;
using ConnectChat.ServiceDefaults.Rpc;
using Grpc.Core;
using HistoryClient = ConnectChat.Contracts.History.History.HistoryClient;

namespace ConnectChat.Gateway.History;

/// <summary>
/// One page of history from Messaging, which checks membership and what the reader may see. So many are read at the same time, for each
/// user and for all; further ones wait for their turn.
/// </summary>
internal sealed class HistoryReader(HistoryClient history, UserRateLimits limits)
{
    /// <summary>
    /// Reads a page of at most <see cref="ReadHistoryRequest.MaxBytes"/>, and no further even when more is sent. Everything published before the
    /// call is included.
    /// </summary>
    /// <exception cref="RpcException">With a code in its trailer.</exception>
    public async Task<HistoryRead> ReadAsync(ReadHistoryRequest request, CancellationToken cancellationToken)
    {
        using var place = await limits.EnterHistoryReadAsync(request.ReaderId, cancellationToken);
        if (!place.IsAcquired)
        {
            throw RpcErrors.Create(StatusCode.ResourceExhausted, ErrorCodes.Overloaded, "Too many reads of history wait already; pause before the next.");
        }

        var messages = new List<OutgoingEvent>();
        var end = false;
        long? newest = null;
        long bytes = 0;
        using var call = history.Read(request, cancellationToken: cancellationToken);
        await foreach (var reply in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            foreach (var message in reply.Messages)
            {
                bytes += message.CalculateSize();
                if (bytes > request.MaxBytes && messages.Count > 0)
                {
                    // Ends the call, whatever is still on its way.
                    return new HistoryRead(messages, EndOfHistory: false, newest);
                }

                messages.Add(message);
            }

            end = reply.EndOfHistory;
            newest = reply.HasNewestSequence ? reply.NewestSequence : null;
        }

        return new HistoryRead(messages, end, newest);
    }
}

/// <summary>A page of history.</summary>
/// <param name="Messages">In the order asked for.</param>
/// <param name="EndOfHistory">Nothing that the reader may see lies beyond them.</param>
/// <param name="NewestSequence">The group's newest, when the position asked for lies beyond it.</param>
internal sealed record HistoryRead(List<OutgoingEvent> Messages, bool EndOfHistory, long? NewestSequence);
