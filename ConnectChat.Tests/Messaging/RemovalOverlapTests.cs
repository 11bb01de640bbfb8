using System.Diagnostics;
using ConnectChat.Contracts;
using ConnectChat.Contracts.History;
using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.History;
using ConnectChat.ServiceDefaults.Rpc;
using ConnectChat.Tests.Infrastructure;
using Grpc.Core;

namespace ConnectChat.Tests.Messaging;

/// <summary>R4 in numbers: reads that a removal overtakes, at whichever question for the membership it does.</summary>
[UsesGivenKafka]
public sealed class RemovalOverlapTests(DynamoDbFixture dynamoDb)
{
    private const int Removals = 100;
    private const int ReadsPerRemoval = 5;

    /// <summary>Two chunks of a reply: such a read asks for the membership three times.</summary>
    private const int Messages = 40;

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task R4_none_of_five_hundred_reads_that_overlap_a_hundred_removals_returns_a_later_message()
    {
        await using var world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Deadline);
        var host = await world.StartMessagingAsync(Deadline);
        await host.TableExistsAsync(Deadline);
        var (history, log, began, complete, refused) = (host.History(), host.Get<HistoryLog>(), Stopwatch.GetTimestamp(), 0, 0);
        for (var removal = 0; removal < Removals; removal++)
        {
            var group = world.Unique($"overlap-{removal}");
            world.Groups.Join(group, "ann", "ben");
            await WriteAsync(log, group, from: 1, Messages, version: 1, "for ben");

            // None finishes before three of its questions are answered, and no more than two are until the removal: all overlap it.
            var held = Hold(world.Groups, after: removal % 3, out var release);
            var reads = Enumerable.Range(0, ReadsPerRemoval).Select(number => ReadAsync(history, group, ascending: number % 2 == 0)).ToList();
            await held.WaitAsync(Deadline);
            Assert.DoesNotContain(reads, read => read.IsCompleted);
            world.Groups.Leave(group, "ben");
            await WriteAsync(log, group, Messages + 1, count: 3, version: 2, "later");
            if (removal % 4 == 3)
            {
                world.Groups.Join(group, "ben");
                await WriteAsync(log, group, Messages + 4, count: 1, version: 3, "for ben");
            }

            release.SetResult();
            foreach (var read in await Task.WhenAll(reads))
            {
                Assert.DoesNotContain(read ?? [], message => message.Body == "later");
                (complete, refused) = read is null ? (complete, refused + 1) : (complete + 1, refused);
            }
        }

        TestContext.Current.SendDiagnosticMessage(
            $"{complete} reads were answered and {refused} refused, in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s");
        Assert.Equal(Removals * ReadsPerRemoval, complete + refused);
    }

    // Answers some questions for a member; the others have looked, and wait. Completes when so many wait as there are reads.
    private static Task Hold(FakeState groups, int after, out TaskCompletionSource release)
    {
        var (asked, held, gate) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource());
        groups.AfterMember = AnswerAsync;
        release = gate;
        return held.Task;

        Task AnswerAsync()
        {
            groups.AfterMember = AnswerAsync;
            var number = Interlocked.Increment(ref asked);
            if (number == after + ReadsPerRemoval)
            {
                held.SetResult();
            }

            return number <= after ? Task.CompletedTask : gate.Task;
        }
    }

    private static async Task WriteAsync(HistoryLog log, string group, long from, int count, long version, string body)
    {
        var events = Enumerable.Range(0, count).Select(number => new SourcedEvent(
            new OutgoingEvent
            {
                GroupId = group,
                Sequence = from + number,
                MessageId = $"id-{from + number}",
                SenderId = "ann",
                ClientMessageId = $"c{from + number}",
                Body = body,
                MembershipVersion = version,
            },
            new Source(0, from + number)));
        Assert.Equal(WriteOutcome.Written, await log.WriteBatchAsync(await log.LoadAsync(group, capacity: 1, Deadline), [.. events], Deadline));
    }

    // Null when the reader is told that it is no member.
    private static async Task<List<OutgoingEvent>?> ReadAsync(History.HistoryClient history, string group, bool ascending)
    {
        var request = ascending
            ? new ReadHistoryRequest { GroupId = group, ReaderId = "ben", Limit = 100, AfterSequence = 0 }
            : new ReadHistoryRequest { GroupId = group, ReaderId = "ben", Limit = 100, BeforeSequence = 0 };
        try
        {
            using var call = history.Read(request, cancellationToken: Deadline);
            return [.. (await call.ResponseStream.ReadAllAsync(Deadline).ToListAsync(Deadline)).SelectMany(reply => reply.Messages)];
        }
        catch (RpcException refused) when (RpcErrors.CodeOf(refused) == ErrorCodes.NotAMember)
        {
            return null;
        }
    }
}
