using System.Globalization;
using System.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.Deliveries;
using ConnectChat.ServiceDefaults;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ConnectChat.Tests.Infrastructure.Hosts;

/// <summary>A gateway in this process on a real socket, with Groups and History in memory and the run's bus.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    public const string UserKey = "a-key-for-tests-of-32-characters-or-more";
    public const string InternalKey = "another-key-for-tests-of-32-characters-or-more";

    private readonly WebApplication _app;
    private readonly IProducer<string, byte[]> _producer;

    private GatewayHost(WebApplication app, FakeServices services, IProducer<string, byte[]> producer)
    {
        _app = app;
        Services = services;
        _producer = producer;
    }

    public FakeServices Services { get; }

    public FakeState State => Services.State;

    public WebApplication App => _app;

    public string Address => _app.Urls.Single();

    public LocalConnections Connections => _app.Services.GetRequiredService<LocalConnections>();

    /// <summary>Starts one and waits until it reads the bus.</summary>
    public static async Task<GatewayHost> StartAsync(KafkaFixture kafka, params (string Key, string Value)[] settings)
    {
        var host = await LaunchAsync(kafka, settings);
        await host.PositionedAsync();
        return host;
    }

    /// <summary>Waits until it reads the bus.</summary>
    public Task PositionedAsync() => Eventually.TrueAsync(() => App.Services.GetRequiredService<OutgoingConsumer>().Positioned);

    /// <summary>Starts one, ready or not.</summary>
    public static Task<GatewayHost> LaunchAsync(KafkaFixture kafka, params (string Key, string Value)[] settings) =>
        LaunchAsync(kafka.BootstrapServers, null, settings);

    /// <summary>Starts one, ready or not, with some of its services replaced.</summary>
    public static Task<GatewayHost> LaunchAsync(KafkaFixture kafka, Action<IServiceCollection> replace, params (string Key, string Value)[] settings) =>
        LaunchAsync(kafka.BootstrapServers, replace, settings);

    /// <summary>Starts one on any bus, with more services registered.</summary>
    public static async Task<GatewayHost> LaunchAsync(
        string bootstrapServers, Action<IServiceCollection>? configure, params (string Key, string Value)[] settings)
    {
        var services = await FakeServices.StartAsync();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        if (Environment.GetEnvironmentVariable("TEST_LOG") is { Length: > 0 })
        {
            builder.Logging.AddConsole().SetMinimumLevel(LogLevel.Debug);
        }

        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:kafka"] = bootstrapServers,
            ["Authentication:Key"] = UserKey,
            ["InternalAuthentication:Key"] = InternalKey,
            ["services:groups:grpc:0"] = services.Address,
            ["services:messaging:grpc:0"] = services.Address,
            ["Gateway:DrainWindow"] = "00:00:00",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults();
        builder.AddGateway();
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGateway();
        await app.StartAsync();
        var producer =
            new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = bootstrapServers, LingerMs = 0, EnableIdempotence = true }).Build();
        return new GatewayHost(app, services, producer);
    }

    public static string Token(
        string user, string key = UserKey, string issuer = "connectchat", string audience = "connectchat", TimeSpan? lifetime = null)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            NotBefore = now.AddHours(-1),
            IssuedAt = now.AddHours(-1),
            Expires = now + (lifetime ?? TimeSpan.FromHours(1)),
            Claims = new Dictionary<string, object> { ["sub"] = user },
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key)), SecurityAlgorithms.HmacSha256),
        });
    }

    public HttpClient Http(string? token)
    {
        var http = new HttpClient { BaseAddress = new Uri(Address) };
        if (token is not null)
        {
            http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        }

        return http;
    }

    /// <summary>A connected client that records what it gets.</summary>
    public async Task<TestClient> ConnectAsync(
        string user, bool messagePack = false, HttpTransportType transport = HttpTransportType.WebSockets, string? token = null)
    {
        var builder = new HubConnectionBuilder().WithUrl(Address + HubContract.Path, transport, options =>
        {
            options.AccessTokenProvider = () => Task.FromResult<string?>(token ?? Token(user));
            options.SkipNegotiation = transport == HttpTransportType.WebSockets;
        });
        if (messagePack)
        {
            builder.AddMessagePackProtocol();
        }

        var client = new TestClient(builder.Build());
        var before = Connections.Of(State.Number(user)).Length;
        await client.Hub.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => Connections.Of(State.Number(user)).Length > before);
        return client;
    }

    /// <summary>Writes a message to history and publishes it to all members of the group, as Messaging does.</summary>
    public async Task<OutgoingEvent> SayAsync(string group, string body = "hello")
    {
        var message = State.Write(group, body);
        await PublishAsync(message);
        return message;
    }

    public Task PublishAsync(OutgoingEvent message) => PublishAsync(message.GroupId, message.ToByteArray(), Headers(message.GroupId, message.Sequence));

    public Headers Headers(string group, long sequence)
    {
        var numbers = State.Find(group)?.Members.Keys.Select(State.Number).Order().ToArray() ?? [];
        return new Headers
        {
            { RecordHeaders.Recipients, RecipientSet.Encode(numbers) },
            { RecordHeaders.RecipientCount, Encoding.ASCII.GetBytes(numbers.Length.ToString(CultureInfo.InvariantCulture)) },
            { RecordHeaders.Sequence, Encoding.ASCII.GetBytes(sequence.ToString(CultureInfo.InvariantCulture)) },
        };
    }

    public Task PublishAsync(string? key, byte[]? value, Headers headers) =>
        _producer.ProduceAsync(
            Topics.Outgoing, new Message<string, byte[]> { Key = key!, Value = value!, Headers = headers }, TestContext.Current.CancellationToken);

    /// <summary>As fast as possible, in order, without awaiting each.</summary>
    public void Publish(OutgoingEvent message) =>
        _producer.Produce(
            Topics.Outgoing,
            new Message<string, byte[]> { Key = message.GroupId, Value = message.ToByteArray(), Headers = Headers(message.GroupId, message.Sequence) });

    public async ValueTask DisposeAsync()
    {
        // Disposing alone would free the Kafka client under the thread that polls it.
        await _app.StopAsync(TestContext.Current.CancellationToken);
        await _app.DisposeAsync();
        await Services.DisposeAsync();
        _producer.Dispose();
    }
}
