using System.Diagnostics.Metrics;
using System.Threading.Channels;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway.Deliveries.Kinds;
using ConnectChat.Messaging.Events;
using ConnectChat.Records;
using ConnectChat.Tests.Infrastructure;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Tests.Events;

/// <summary>
/// A kind that only tests have goes the whole way, in one file on each side (<see cref="PollRule"/>, <see cref="PollKind"/>) and without a
/// change in the spine.
/// </summary>
public sealed class EventKindTests(DynamoDbFixture dynamoDb) : IAsyncLifetime
{
    private const string Ann = "ann";
    private const string Ben = "ben";

    private MessagingWorld _world = null!;
    private GatewayHost _gateway = null!;
    private string _group = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _world = await MessagingWorld.CreateAsync(dynamoDb.ServiceUrl, Token, embedded: true);
        _group = _world.Unique("team");
        _world.Groups.Join(_group, Ann, Ben);
        var messaging = await _world.StartMessagingAsync(
            services => services.AddSingleton<EventRule, PollRule>().AddSingleton<EventRule, WaveRule>(), Token);
        _gateway = await GatewayHost.LaunchAsync(
            _world.BootstrapServers,
            services => services.AddSingleton<DeliveryKind, PollKind>().AddSingleton<DeliveryKind, WaveKind>(),
            ("InternalAuthentication:Key", MessagingHost.Key),
            ("services:groups:grpc:0", _world.Services.Address),
            ("services:messaging:grpc:0", messaging.GrpcAddress));
        using var http = _gateway.Http(token: null);
        await Eventually.ReadyAsync(http);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task A_durable_kind_takes_its_sequence_among_the_messages_is_published_once_and_reaches_members_live()
    {
        await using var ben = await ConnectAsync(Ben);

        await _world.SendAsync(_group, Ann, "one", Token);
        await SendAsync("poll", Poll.Asking("tea or coffee?"));
        await _world.SendAsync(_group, Ann, "two", Token);

        Assert.Equal(1, (await ben.NextMessageAsync()).Sequence);
        Assert.Equal((_group, 2L, 1L, "tea or coffee?"), await ben.NextPollAsync());
        Assert.Equal((3L, 2L), await ben.NextMessageAsync() is var last ? (last.Sequence, last.PreviousSequence) : default);
        var records = await _world.Outgoing.WaitAsync(_group, found => found.Count >= 3, Token);
        Assert.Equal([null, Poll.Kind, null], records.Select(record => TopicReader.Header(record, RecordHeaders.Kind)));
        Assert.Equal(["1", "2", "3"], records.Select(record => TopicReader.Header(record, RecordHeaders.Sequence)));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_durable_kind_is_replayed_from_history_between_the_messages()
    {
        await _world.SendAsync(_group, Ann, "one", Token);
        await SendAsync("poll", Poll.Asking("tea or coffee?"));
        await _world.SendAsync(_group, Ann, "two", Token);
        await _world.Outgoing.WaitAsync(_group, found => found.Count >= 3, Token);
        await using var ben = await ConnectAsync(Ben);

        var resumed = Assert.Single(await ben.Hub.InvokeAsync<IReadOnlyList<ResumeResult>>(
            HubContract.Resume, new[] { new ResumePosition { GroupId = _group, LastSequence = 0 } }, Token));

        Assert.Equal((true, 3, 3L), (resumed.Complete, resumed.Replayed, resumed.LastSequence));
        Assert.Equal(1, (await ben.NextMessageAsync()).Sequence);
        Assert.Equal((_group, 2L, 1L, "tea or coffee?"), await ben.NextPollAsync());
        Assert.Equal(3, (await ben.NextMessageAsync()).Sequence);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_retry_of_a_durable_kind_is_the_same_event()
    {
        await SendAsync("poll", Poll.Asking("tea or coffee?"));
        await SendAsync("poll", Poll.Asking("tea or coffee?"));
        await _world.SendAsync(_group, Ann, "after", Token);

        var records = await _world.Outgoing.WaitAsync(_group, found => found.Any(TopicReader.IsMessage), Token);
        Assert.Equal(["1", "2"], records.Select(record => TopicReader.Header(record, RecordHeaders.Sequence)));
    }

    [Fact(Timeout = 120_000)]
    public async Task An_ephemeral_kind_reaches_members_and_has_neither_a_sequence_nor_a_place_in_history()
    {
        await using var ben = await ConnectAsync(Ben);

        await SendAsync("wave", Wave.Now);
        await _world.SendAsync(_group, Ann, "one", Token);

        Assert.Equal(Ann, await ben.NextWaveAsync());
        Assert.Equal(1, (await ben.NextMessageAsync()).Sequence);
        var records = await _world.Outgoing.WaitAsync(_group, found => found.Count >= 2, Token);
        Assert.Equal([Wave.Kind, null], records.Select(record => TopicReader.Header(record, RecordHeaders.Kind)));
        Assert.Null(TopicReader.Header(records[0], RecordHeaders.Sequence));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_kind_that_only_a_newer_version_knows_is_counted_and_skipped()
    {
        var unknown = 0L;
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "connectchat.records.unknown_kind"
                    && ReferenceEquals(instrument.Meter.Scope, _gateway.App.Services.GetRequiredService<IMeterFactory>()))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meters.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref unknown, value));
        meters.Start();
        await using var ben = await ConnectAsync(Ben);
        var newer = OutgoingRecordCodec.Durable(
            new OutgoingEvent
            {
                GroupId = _group,
                Sequence = 1,
                MessageId = "m",
                SenderId = Ann,
                ClientMessageId = "c",
                Extension = Any.Pack(new Int32Value()),
            },
            ConnectChat.Contracts.Recipients.RecipientSet.Encode([_world.Groups.Number(Ben)]),
            recipientCount: 1);

        await _gateway.PublishAsync(newer.Key, newer.Value, newer.Headers);
        await _world.SendAsync(_group, Ann, "one", Token);

        Assert.Equal("hello", (await ben.NextMessageAsync()).Body);
        Assert.Equal(1, Volatile.Read(ref unknown));
    }

    [Fact(Timeout = 120_000)]
    public async Task An_event_that_nobody_has_a_rule_for_is_kept_as_a_dead_letter()
    {
        await SendAsync("newer", Any.Pack(new Int32Value()));

        var kept = await _world.DeadLetters.WaitAsync(_group, found => found.Count >= 1, Token);
        Assert.Equal(ErrorCodes.UnknownKind, TopicReader.Header(kept[0], RecordHeaders.DeadLetterReason));
    }

    private async Task SendAsync(string clientMessageId, Any extension) => await _world.ProduceAsync(
        _group,
        new IncomingEvent
        {
            GroupId = _group,
            SenderId = Ann,
            SenderNumber = _world.Groups.Number(Ann),
            ClientMessageId = clientMessageId,
            Extension = extension,
            AcceptedAtUnixMs = 1_700_000_000_000,
        }.ToByteArray(),
        Token);

    private async Task<Device> ConnectAsync(string user)
    {
        var device = new Device(_gateway, user);
        await device.Hub.StartAsync(Token);
        await Eventually.TrueAsync(() => _gateway.Connections.Of(_world.Groups.Number(user)).Length > 0);
        return device;
    }

    /// <summary>A client that knows the kinds of these tests.</summary>
    private sealed class Device : IAsyncDisposable
    {
        private readonly Channel<ChatMessage> _messages = Channel.CreateUnbounded<ChatMessage>();
        private readonly Channel<(string, long, long, string)> _polls = Channel.CreateUnbounded<(string, long, long, string)>();
        private readonly Channel<string> _waves = Channel.CreateUnbounded<string>();

        public Device(GatewayHost gateway, string user)
        {
            Hub = new HubConnectionBuilder()
                .WithUrl(gateway.Address + HubContract.Path, options => options.AccessTokenProvider = () => Task.FromResult<string?>(GatewayHost.Token(user)))
                .Build();
            Hub.On<ChatMessage>(HubContract.MessageReceived, message => _messages.Writer.TryWrite(message));
            Hub.On<string, long, long, string>(
                Poll.Opened, (group, sequence, previous, question) => _polls.Writer.TryWrite((group, sequence, previous, question)));
            Hub.On<string>(Wave.Waved, who => _waves.Writer.TryWrite(who));
        }

        public HubConnection Hub { get; }

        public Task<ChatMessage> NextMessageAsync() => NextAsync(_messages);

        public Task<(string Group, long Sequence, long Previous, string Question)> NextPollAsync() => NextAsync(_polls);

        public Task<string> NextWaveAsync() => NextAsync(_waves);

        public ValueTask DisposeAsync() => Hub.DisposeAsync();

        private static Task<T> NextAsync<T>(Channel<T> channel) => channel.Reader.ReadAsync(Token).AsTask().WaitAsync(Eventually.Deadline, Token);
    }
}
