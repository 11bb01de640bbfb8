using Confluent.Kafka;
using ConnectChat.Contracts;

namespace ConnectChat.Tests.Infrastructure;

[UsesGivenKafka]
public sealed class FixtureTests(KafkaFixture kafka, DynamoDbFixture dynamoDb)
{
    [Fact(Timeout = 30_000)]
    public async Task The_bus_and_the_store_answer()
    {
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers }).Build();
        var produced = await producer.ProduceAsync(
            Topics.Outgoing, new Message<string, byte[]> { Key = "fixture", Value = [1] }, TestContext.Current.CancellationToken);
        Assert.Equal(PersistenceStatus.Persisted, produced.Status);

        Assert.NotNull(await dynamoDb.Client.ListTablesAsync(TestContext.Current.CancellationToken));
    }
}
