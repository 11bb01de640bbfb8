using ConnectChat.Contracts.History;
using ConnectChat.Contracts.Records;
using Grpc.Core;

namespace ConnectChat.Tests.Infrastructure.Fakes;

/// <summary>History of <see cref="FakeState"/>: members read everything.</summary>
internal sealed class FakeHistory(FakeState state) : Contracts.History.History.HistoryBase
{
    public override async Task Read(ReadHistoryRequest request, IServerStreamWriter<ReadHistoryReply> responseStream, ServerCallContext context)
    {
        if (state.BeforeRead is { } before)
        {
            await before(request);
        }

        state.RequireMember(request.GroupId, request.ReaderId);

        OutgoingEvent[] visible;
        var all = state.Messages.GetOrAdd(request.GroupId, _ => []);
        lock (all)
        {
            visible = request.PositionCase == ReadHistoryRequest.PositionOneofCase.AfterSequence
                ? [.. all.Where(message => message.Sequence > request.AfterSequence)]
                : [.. all.Where(message => request.BeforeSequence == 0 || message.Sequence < request.BeforeSequence).Reverse()];
        }

        if (state.AfterRead is { } after)
        {
            await after(request);
        }

        var (sent, bytes) = (0, 0);
        foreach (var message in visible.Take(request.Limit))
        {
            bytes += message.CalculateSize();
            if (sent > 0 && request.MaxBytes > 0 && bytes > request.MaxBytes)
            {
                break;
            }

            sent++;
        }

        foreach (var chunk in visible.Take(sent).Chunk(20))
        {
            await responseStream.WriteAsync(new ReadHistoryReply { Messages = { chunk } });
        }

        await responseStream.WriteAsync(new ReadHistoryReply { EndOfHistory = sent == visible.Length });
    }
}
