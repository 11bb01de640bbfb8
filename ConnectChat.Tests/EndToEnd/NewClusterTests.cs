using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.Tests.Infrastructure;
using Google.Protobuf;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>
/// The bus comes back as another cluster (the embedded broker was restarted, or a cluster was made anew at the same address). A reader's
/// old position may happen to exist there and mean something else, so positions say nothing any more.
/// </summary>
public sealed class NewClusterTests(DynamoDbFixture dynamoDb)
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 90_000)]
    public async Task Messaging_processes_what_a_new_cluster_holds_below_its_old_position()
    {
        await using var kafka = await ReplaceableKafka.StartAsync();
        await using var services = await FakeServices.StartAsync(Deadline);
        services.State.Join("g", "ann");
        await using var host = await MessagingHost.StartAsync(
            [
                new("ConnectionStrings:kafka", kafka.BootstrapServers),
                new("AWS_ENDPOINT_URL_DYNAMODB", dynamoDb.ServiceUrl),
                new("DynamoDb:TablePrefix", $"t{Guid.NewGuid():N}-"),
                new("services:groups:grpc:0", services.Address),
            ],
            Deadline);
        using (var outgoing = new TopicReader(kafka.BootstrapServers, Topics.Outgoing))
        {
            await ProduceAsync(kafka.BootstrapServers, Topics.Incoming, Incoming("first", services.State), new Headers());
            await outgoing.WaitAsync("g", found => found.Count == 1, Deadline);
        }

        await kafka.ReplaceAsync(address => ProduceAsync(address, Topics.Incoming, Incoming("second", services.State), new Headers()));

        using var renewed = new TopicReader(kafka.BootstrapServers, Topics.Outgoing, fromBeginning: true);
        var records = await renewed.WaitAsync("g", found => found.Count >= 1, Deadline);
        Assert.Equal((2, "second"), (TopicReader.Message(records[0]).Sequence, TopicReader.Message(records[0]).ClientMessageId));
    }

    [Fact(Timeout = 90_000)]
    public async Task A_gateway_delivers_what_a_new_cluster_holds_below_its_old_position()
    {
        await using var kafka = await ReplaceableKafka.StartAsync();
        await using var gateway = await GatewayHost.LaunchAsync(kafka.BootstrapServers, null);
        await gateway.PositionedAsync();
        gateway.State.Join("g", "ann");
        await using var ann = await gateway.ConnectAsync("ann");
        await PublishAsync(kafka.BootstrapServers);
        await ann.NextAsync();

        await kafka.ReplaceAsync(PublishAsync);

        Assert.Equal(2, (await ann.NextAsync()).Sequence);

        Task PublishAsync(string address)
        {
            var message = gateway.State.Write("g", "hello");
            return ProduceAsync(address, Topics.Outgoing, message.ToByteArray(), gateway.Headers("g", message.Sequence));
        }
    }

    private static byte[] Incoming(string clientMessageId, FakeState groups) => new IncomingEvent
    {
        GroupId = "g",
        SenderId = "ann",
        SenderNumber = groups.Number("ann"),
        ClientMessageId = clientMessageId,
        Body = "hello",
    }.ToByteArray();

    private static async Task ProduceAsync(string address, string topic, byte[] value, Headers headers)
    {
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = address }).Build();
        await producer.ProduceAsync(topic, new Message<string, byte[]> { Key = "g", Value = value, Headers = headers }, Deadline);
    }
}
