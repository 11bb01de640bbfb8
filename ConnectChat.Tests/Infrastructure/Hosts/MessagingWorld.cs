using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Records;
using ConnectChat.LocalCluster.Clients;
using ConnectChat.LocalCluster.Embedded;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Tests.Infrastructure.Hosts;

/// <summary>
/// Everything around Messaging for one test: a bus (an own embedded one, unless <c>CONNECTCHAT_KAFKA</c> names a real one), a stand-in
/// for Groups, a table prefix and a consumer group of its own.
/// </summary>
public sealed class MessagingWorld : IAsyncDisposable
{
    private readonly string _id = Guid.NewGuid().ToString("N")[..12];
    private readonly string _dynamoDbUrl;
    private readonly EmbeddedKafka? _kafka;
    private readonly IProducer<string, byte[]> _producer;
    private readonly List<IAsyncDisposable> _hosts = [];
    private readonly List<TopicPartitionOffset> _start = [];

    private MessagingWorld(string dynamoDbUrl, bool embedded)
    {
        _dynamoDbUrl = dynamoDbUrl;
        if (!embedded && Environment.GetEnvironmentVariable("CONNECTCHAT_KAFKA") is { Length: > 0 } given)
        {
            BootstrapServers = given;
            _start.AddRange(EndOf(Topics.Incoming));
        }
        else
        {
            _kafka = EmbeddedKafka.Start();
            BootstrapServers = _kafka.BootstrapServers;
        }

        _producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = BootstrapServers, LingerMs = 0 }).Build();
        Outgoing = new TopicReader(BootstrapServers, Topics.Outgoing);
        DeadLetters = new TopicReader(BootstrapServers, Topics.DeadLetter);
    }

    public string BootstrapServers { get; }

    public string TablePrefix => $"t{_id}-";

    /// <summary>The services that Messaging calls.</summary>
    public FakeServices Services { get; private set; } = null!;

    /// <summary>Membership as a test sets it.</summary>
    public FakeState Groups => Services.State;

    public TopicReader Outgoing { get; }

    public TopicReader DeadLetters { get; }

    /// <param name="dynamoDbUrl">The store.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    /// <param name="embedded">True when the bus itself must be made to fail, which only the embedded one can.</param>
    public static async Task<MessagingWorld> CreateAsync(string dynamoDbUrl, CancellationToken cancellationToken, bool embedded = false)
    {
        var world = new MessagingWorld(dynamoDbUrl, embedded);
        world.Services = await FakeServices.StartAsync(cancellationToken);
        return world;
    }

    /// <summary>The embedded bus refuses the next records, whoever sends them.</summary>
    public void RefuseProduces(int count, ErrorCode error) => _kafka!.RefuseProduces([.. Enumerable.Repeat(error, count)]);

    /// <summary>A name that no other test has.</summary>
    public string Unique(string name) => $"{name}-{_id}";

    public async Task<MessagingHost> StartMessagingAsync(
        CancellationToken cancellationToken, string consumerGroup = "messaging", params KeyValuePair<string, string?>[] configuration) =>
        await StartMessagingAsync(null, cancellationToken, consumerGroup, configuration);

    /// <summary>The same, with more services registered.</summary>
    public async Task<MessagingHost> StartMessagingAsync(
        Action<IServiceCollection>? configure, CancellationToken cancellationToken, string consumerGroup =
            "messaging", params KeyValuePair<string, string?>[] configuration)
    {
        StartFromHere(Unique(consumerGroup));
        var host = await MessagingHost.StartAsync(
            [
                new("ConnectionStrings:kafka", BootstrapServers),
                new("AWS_ENDPOINT_URL_DYNAMODB", _dynamoDbUrl),
                new("DynamoDb:TablePrefix", TablePrefix),
                new("services:groups:grpc:0", Services.Address),
                new("Messaging:ConsumerGroup", Unique(consumerGroup)),
                new("Aspire:Confluent:Kafka:Consumer:Config:SessionTimeoutMs", "6000"),
                .. configuration,
            ],
            cancellationToken,
            configure);
        _hosts.Add(host);
        return host;
    }

    // On a shared bus other tests wrote before this one; what they left is not this world's to process.
    private void StartFromHere(string consumerGroup)
    {
        if (_start.Count == 0)
        {
            return;
        }

        using var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = BootstrapServers, GroupId = consumerGroup }).Build();
        if (consumer.Committed(_start.Select(start => start.TopicPartition), TimeSpan.FromSeconds(10)).All(committed => committed.Offset == Offset.Unset))
        {
            consumer.Commit(_start);
        }
    }

    /// <summary>
    /// Another consumer group goes on where one is. For tests that restart often: on the embedded broker a member waits five seconds for those
    /// who left its group.
    /// </summary>
    public void GoOn(string consumerGroup, string successor)
    {
        using var before = new ConsumerBuilder<Ignore, Ignore>(
            new ConsumerConfig { BootstrapServers = BootstrapServers, GroupId = Unique(consumerGroup) }).Build();
        using var after = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = BootstrapServers, GroupId = Unique(successor) }).Build();
        after.Commit(before.Committed(EndOf(Topics.Incoming).ConvertAll(end => end.TopicPartition), TimeSpan.FromSeconds(10))
            .Where(committed => committed.Offset != Offset.Unset));
    }

    private List<TopicPartitionOffset> EndOf(string topic)
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = BootstrapServers, GroupId = "unused" }).Build();
        return consumer.EndsOf(topic);
    }

    /// <summary>What a gateway does with a message that it accepted.</summary>
    public Task<DeliveryResult<string, byte[]>> SendAsync(
        string groupId, string senderId, string clientMessageId, CancellationToken cancellationToken, string body = "hello") => ProduceAsync(
        groupId,
        new IncomingEvent
        {
            GroupId = groupId,
            SenderId = senderId,
            SenderNumber = Groups.Number(senderId),
            ClientMessageId = clientMessageId,
            Body = body,
            AcceptedAtUnixMs = 1_700_000_000_000,
        }.ToByteArray(),
        cancellationToken);

    public Task<DeliveryResult<string, byte[]>> ProduceAsync(string key, byte[] value, CancellationToken cancellationToken, Headers? headers = null) =>
        _producer.ProduceAsync(
            Topics.Incoming,
            new Message<string, byte[]> { Key = key, Value = value, Headers = headers ?? new Headers { { "test", [7] } } },
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        Outgoing.Dispose();
        DeadLetters.Dispose();
        _producer.Dispose();
        await Services.DisposeAsync();
        if (_kafka is not null)
        {
            await _kafka.DisposeAsync();
        }
    }
}
