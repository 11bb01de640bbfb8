using System.Net;
using System.Net.WebSockets;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Connections;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.Tests.Infrastructure;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Tests.Gateway;

/// <summary>R3: whoever is told that they have everything gets everything from then on, however late the bus is.</summary>
public sealed class LateBusTests
{
    private const int Rounds = 4;
    private const int AtOnce = 5;

    private static readonly TimeSpan Late = TimeSpan.FromSeconds(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 180_000)]
    public async Task R3_a_gateway_that_is_restarted_while_the_bus_is_late_tells_nobody_that_they_have_everything_and_keeps_something_back()
    {
        for (var round = 0; round < Rounds; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => RestartAsync()));
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task R3_nobody_is_admitted_while_the_bus_is_silent_and_a_replay_is_not_called_complete()
    {
        var kafka = await ReplaceableKafka.StartAsync();
        await using var gateway = await GatewayHost.LaunchAsync(kafka.BootstrapServers, null, ("Gateway:BusSilence", "00:00:01"));
        await gateway.PositionedAsync();
        gateway.State.Join("g", "ann");
        gateway.State.Write("g");
        await using var ann = await gateway.ConnectAsync("ann");
        Assert.True(Assert.Single(await ann.ResumeAsync(("g", 0))).Complete);
        using var ben = gateway.Http(GatewayHost.Token("ben"));

        await kafka.DisposeAsync();
        await Eventually.TrueAsync(() => !gateway.App.Services.GetRequiredService<AdmissionGate>().IsReading);

        using var refused = await ben.PostAsync($"{HubContract.Path}/negotiate?negotiateVersion=1", null, Token);
        await RefusalTests.AssertProblemAsync(refused, HttpStatusCode.ServiceUnavailable, ErrorCodes.Unavailable);
        Assert.NotNull(refused.Headers.RetryAfter);
        var result = Assert.Single(await ann.ResumeAsync(("g", 0)));
        Assert.Equal((false, ErrorCodes.Unavailable, 1L), (result.Complete, result.Code, result.LastSequence));
    }

    // Messages are published until somebody was told that they have everything, and none afterwards that would betray a gap.
    private static async Task RestartAsync()
    {
        var port = FreePort.Next();
        using var broker = new MockBroker();
        Array.ForEach([Topics.Incoming, Topics.Outgoing, Topics.DeadLetter], topic => broker.CreateTopic(topic, 2));
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = broker.BootstrapServers, LingerMs = 0 }).Build();
        await using var gateway = await GatewayHost.LaunchAsync($"127.0.0.1:{port}", null);
        var group = $"g-{Guid.NewGuid():N}";
        gateway.State.Join(group, "ann");
        await PublishAsync(producer, gateway, group);
        var connecting = ConnectAsync(gateway, group);

        LoopbackForwarder? door = null;
        for (var begun = TimeProvider.System.GetTimestamp(); door is null || !connecting.IsCompleted;)
        {
            await PublishAsync(producer, gateway, group);
            await Task.Delay(50, Token);
            if (door is null && TimeProvider.System.GetElapsedTime(begun) >= Late)
            {
                broker.Advertise("127.0.0.1", port);
                door = LoopbackForwarder.Start(port, broker.BootstrapServers);
            }
        }

        await using var ann = await connecting;
        var last = gateway.State.Messages[group].Count;
        for (var seen = 0L; seen < last; seen = (await ann.NextAsync()).Sequence)
        {
        }

        await door.DisposeAsync();
    }

    // A client that is told it has everything.
    private static async Task<TestClient> ConnectAsync(GatewayHost gateway, string group)
    {
        while (true)
        {
            try
            {
                var client = await gateway.ConnectAsync("ann");
                while (!Assert.Single(await client.ResumeAsync((group, 0))).Complete)
                {
                    await Task.Delay(100, Token);
                }

                return client;
            }
            catch (Exception refused) when (refused is HttpRequestException or WebSocketException)
            {
                await Task.Delay(100, Token);
            }
        }
    }

    private static async Task PublishAsync(IProducer<string, byte[]> producer, GatewayHost gateway, string group)
    {
        var message = gateway.State.Write(group);
        await producer.ProduceAsync(
            Topics.Outgoing,
            new Message<string, byte[]> { Key = group, Value = message.ToByteArray(), Headers = gateway.Headers(group, message.Sequence) },
            Token);
    }
}
