using Confluent.Kafka;
using ConnectChat.Client;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.Tests.Infrastructure;
using Google.Protobuf;

namespace ConnectChat.Tests.Gateway;

/// <summary>R7: a record that a gateway could not read is in history, and who was to get it knows of it although the group stays silent.</summary>
[UsesGivenKafka]
public sealed class MissedRecordTests(KafkaFixture kafka)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("a damaged value")]
    [InlineData("damaged recipients")]
    [InlineData("no headers")]
    [InlineData("too large for a record")]
    public async Task R7_a_connected_member_gets_a_message_whose_record_cannot_be_read_although_nobody_says_another_word(string damage)
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        var group = $"g-{Guid.NewGuid():N}";
        gateway.State.Join(group, "ann");
        await using var ann = new ChatClient(new ChatClientOptions
        {
            Endpoints = [new Uri(gateway.Address)],
            TokenProvider = () => Task.FromResult(GatewayHost.Token("ann")),
            Positions = new Dictionary<string, long> { [group] = 0 },
            OnlyPositions = true,
        });
        await ann.ConnectAsync(Token);
        await using var messages = ann.ReadMessagesAsync(Token).GetAsyncEnumerator(Token);
        await gateway.SayAsync(group, "first");
        Assert.True(await messages.MoveNextAsync());

        var missed = gateway.State.Write(group, "missed");
        var headers = gateway.Headers(group, missed.Sequence);
        await (damage switch
        {
            "a damaged value" => gateway.PublishAsync(group, [0xff, 0xff], headers),
            "damaged recipients" =>
                gateway.PublishAsync(group, [1], new Headers { { RecordHeaders.Recipients, [9, 9, 9] }, { RecordHeaders.Sequence, "2"u8.ToArray() } }),
            "no headers" => gateway.PublishAsync(group, [1], []),
            _ => gateway.PublishAsync(group, new Missed { GroupId = group }.ToByteArray(), new Headers
            {
                { RecordHeaders.Kind, "missed"u8.ToArray() }, { RecordHeaders.Recipients, headers.GetLastBytes(RecordHeaders.Recipients) },
            }),
        });

        Assert.True(await messages.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token));
        Assert.Equal((2, "missed"), (messages.Current.Sequence, messages.Current.Body));
    }
}
