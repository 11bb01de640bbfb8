using System.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Contracts.Records;
using ConnectChat.Records;
using ConnectChat.Tests.Infrastructure;
using Google.Protobuf;
using Microsoft.AspNetCore.Http.Connections;

namespace ConnectChat.Tests.Gateway;

/// <summary>What every way of writing to a connection must do; each way inherits it.</summary>
public abstract class DeliverySpecification(KafkaFixture kafka, bool direct)
{
    private protected Task<GatewayHost> StartAsync(params (string, string)[] settings) =>
        GatewayHost.StartAsync(kafka, [("Gateway:DirectWrites", $"{direct}"), .. settings]);

    private protected static string NewId(string name) => $"{name}-{Guid.NewGuid():N}";

    [Theory(Timeout = 60_000)]
    [InlineData(false, HttpTransportType.WebSockets)]
    [InlineData(true, HttpTransportType.WebSockets)]
    [InlineData(false, HttpTransportType.LongPolling)]
    [InlineData(false, HttpTransportType.ServerSentEvents)]
    public async Task A_message_reaches_every_device_of_its_recipients_here_and_nobody_else(bool messagePack, HttpTransportType transport)
    {
        await using var gateway = await StartAsync();
        var (group, other) = (NewId("g"), NewId("g"));
        gateway.State.Join(group, "ann", "ben", "not-connected");
        gateway.State.Join(other, "cid");
        await using var ann1 = await gateway.ConnectAsync("ann", messagePack, transport);
        await using var ann2 = await gateway.ConnectAsync("ann", messagePack, transport);
        await using var ben = await gateway.ConnectAsync("ben", messagePack, transport);
        await using var cid = await gateway.ConnectAsync("cid", messagePack, transport);

        var said = await gateway.SayAsync(group, "Grüße, 世界 👋 <b>");
        foreach (var client in new[] { ann1, ann2, ben })
        {
            var received = await client.NextAsync();
            Assert.Equal(
                new ChatMessage
                {
                    GroupId = group,
                    Sequence = 1,
                    PreviousSequence = 0,
                    MessageId = said.MessageId,
                    SenderId = said.SenderId,
                    ClientMessageId = said.ClientMessageId,
                    Body = "Grüße, 世界 👋 <b>",
                    SentAt = said.SentAtUnixMs,
                    MembershipVersion = 1,
                },
                received);
        }

        await gateway.SayAsync(other);
        Assert.Equal(other, (await cid.NextAsync()).GroupId);
        Assert.Equal(0, ann1.Waiting + ann2.Waiting + ben.Waiting);
    }

    [Fact(Timeout = 120_000)]
    public async Task Two_thousand_messages_reach_fifty_sockets_in_order_while_replies_leave_on_them_too()
    {
        await using var gateway = await StartAsync(
            ("Gateway:ReadsPerSecond", "100000"), ("Gateway:ReadBurst", "100000"), ("Gateway:OutboxFrames", "100000"), ("Gateway:OutboxBytes", "67108864"));
        var group = NewId("g");
        var archive = NewId("archive");
        var users = Enumerable.Range(0, 50).Select(user => $"u{user}").ToArray();
        gateway.State.Join(group, users);
        gateway.State.Join(archive, users);
        for (var i = 0; i < 40; i++)
        {
            gateway.State.Write(archive, new string((char)('a' + (i % 26)), 2_000));
        }

        var clients = new List<TestClient>();
        foreach (var user in users)
        {
            clients.Add(await gateway.ConnectAsync(user, messagePack: clients.Count % 2 == 1));
        }

        using var enough = new CancellationTokenSource();
        var calls = clients.Take(10).Select(async client =>
        {
            var answered = 0;
            while (!enough.IsCancellationRequested)
            {
                // Replies of 80 KB leave SignalR in several segments, as fragments of one message.
                var page = await client.CallAsync<HistoryPage>(HubContract.GetHistory, archive, new HistoryPosition { After = 0 }, 40);
                Assert.Equal(40, page.Messages.Count);
                answered++;
            }

            return answered;
        }).ToList();
        for (var i = 0; i < 2_000; i++)
        {
            gateway.Publish(gateway.State.Write(group, $"message {i}"));
        }

        foreach (var client in clients)
        {
            var messages = await client.NextAsync(2_000);
            Assert.Equal(Enumerable.Range(1, 2_000).Select(sequence => (long)sequence), messages.Select(message => message.Sequence));
        }

        await enough.CancelAsync();
        Assert.All(await Task.WhenAll(calls), answered => Assert.True(answered > 0));
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_rejection_reaches_its_sender_alone()
    {
        await using var gateway = await StartAsync();
        await using var ann = await gateway.ConnectAsync("ann");
        var headers = new Headers
        {
            { RecordHeaders.Recipients, RecipientSet.Encode([gateway.State.Number("ann")]) },
            { RecordHeaders.Kind, Encoding.ASCII.GetBytes(EventKind.Rejection) },
        };
        await gateway.PublishAsync("g", new Rejection { GroupId = "g", ClientMessageId = "c", Code = ErrorCodes.NotAMember }.ToByteArray(), headers);
        var rejection = await ann.RejectedAsync();
        Assert.Equal(new MessageRejection { GroupId = "g", ClientMessageId = "c", Code = ErrorCodes.NotAMember }, rejection);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_republish_is_recognised_and_garbage_does_not_stop_deliveries()
    {
        await using var gateway = await StartAsync();
        var group = NewId("g");
        gateway.State.Join(group, "ann");
        await using var ann = await gateway.ConnectAsync("ann");
        var first = await gateway.SayAsync(group);
        await gateway.PublishAsync(first);
        await gateway.PublishAsync(group, [1, 2, 3], []);
        await gateway.PublishAsync(group, null, new Headers { { RecordHeaders.Recipients, [9, 9, 9] }, { RecordHeaders.Sequence, "1"u8.ToArray() } });
        await gateway.PublishAsync(group, [0xff, 0xff], gateway.Headers(NewId("empty"), 2));
        var broken = gateway.State.Write(group);
        await gateway.PublishAsync(group, [0xff, 0xff], gateway.Headers(group, broken.Sequence));
        await gateway.PublishAsync(null, null, []);
        var last = await gateway.SayAsync(group, "still here");

        var received = await ann.NextAsync(2);
        Assert.Equal([first.Sequence, last.Sequence], received.Select(message => message.Sequence));
        Assert.Equal(0, ann.Waiting);
    }
}

[UsesGivenKafka]
public sealed class DirectDeliveryTests(KafkaFixture kafka) : DeliverySpecification(kafka, direct: true);

[UsesGivenKafka]
public sealed class HubDeliveryTests(KafkaFixture kafka) : DeliverySpecification(kafka, direct: false);
