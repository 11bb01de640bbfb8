using ConnectChat.Contracts.History;
using ConnectChat.Contracts.Records;
using ConnectChat.Tests.Infrastructure;
using Grpc.Core;

namespace ConnectChat.Tests.Messaging;

/// <summary>R6: a read of history ends where the bytes that its caller wants end, and nothing is skipped.</summary>
[UsesGivenKafka]
public sealed class HistoryBytesTests(DynamoDbFixture dynamoDb)
{
    private const int Messages = 70;
    private const int BodyBytes = 1_000;

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Theory(Timeout = 90_000)]
    [InlineData(1)]
    [InlineData(5_000)]
    [InlineData(40_000)]
    [InlineData(1_000_000)]
    public async Task Pages_that_are_bounded_in_bytes_follow_each_other_without_a_gap_in_both_directions(int bytes)
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var host = await world.StartMessagingAsync(Deadline);
        var group = world.Unique("bytes");
        world.Groups.Join(group, "ann");
        await HistoryTests.WriteAsync(host, group, Enumerable.Repeat(1L, Messages), body: new string('x', BodyBytes));

        var ascending = await AllAsync(host, last => new() { GroupId = group, ReaderId = "ann", AfterSequence = last ?? 0, Limit = 500, MaxBytes = bytes });
        var descending = await AllAsync(host, last => new() { GroupId = group, ReaderId = "ann", BeforeSequence = last ?? 0, Limit = 500, MaxBytes = bytes });

        Assert.Equal(Enumerable.Range(1, Messages).Select(sequence => (long)sequence), ascending);
        Assert.Equal(Enumerable.Range(1, Messages).Select(sequence => (long)sequence).Reverse(), descending);
    }

    // Page after page, each within the bytes or of one message.
    private static async Task<List<long>> AllAsync(MessagingHost host, Func<long?, ReadHistoryRequest> next)
    {
        var all = new List<long>();
        for (var end = false; !end;)
        {
            var request = next(all.Count == 0 ? null : all[^1]);
            var page = new List<OutgoingEvent>();
            using var call = host.History().Read(request, cancellationToken: Deadline);
            await foreach (var reply in call.ResponseStream.ReadAllAsync(Deadline))
            {
                page.AddRange(reply.Messages);
                end = reply.EndOfHistory;
            }

            Assert.NotEmpty(page);
            Assert.True(page.Count == 1 || page.Sum(message => message.CalculateSize()) <= request.MaxBytes);
            all.AddRange(page.Select(message => message.Sequence));
        }

        return all;
    }
}
