using System.Net;
using System.Reflection;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Deliveries;
using ConnectChat.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Tests.Gateway;

/// <summary>M3: a Kafka client that carries an assignment out later than it was told to, as librdkafka may; and a broker that takes its time.</summary>
[UsesGivenKafka]
public sealed class LatePositionTests(KafkaFixture kafka)
{
    [Fact(Timeout = 60_000)]
    public async Task M3_what_is_published_once_a_gateway_says_that_it_is_positioned_is_delivered_however_late_its_client_looks()
    {
        var client = new LateConsumer.Release();
        await using var gateway = await GatewayHost.LaunchAsync(kafka.BootstrapServers, services => LateConsumer.Replace(services, client));
        await gateway.PositionedAsync();
        var group = $"g-{Guid.NewGuid():N}";
        gateway.State.Join(group, "ann");
        await using var ann = await gateway.ConnectAsync("ann");

        var message = await gateway.SayAsync(group);
        client.Now = true;

        Assert.Equal(message.Sequence, (await ann.NextAsync()).Sequence);
    }

    [Fact(Timeout = 60_000)]
    public async Task M3_a_gateway_that_has_not_learned_yet_where_every_partition_ends_is_not_positioned_and_admits_nobody()
    {
        using var answers = new ManualResetEventSlim();
        var client = new LateConsumer.Release { Now = true, Answers = answers };
        await using var gateway = await GatewayHost.LaunchAsync(kafka.BootstrapServers, services => LateConsumer.Replace(services, client));
        try
        {
            await client.Asked.Task.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);

            Assert.False(gateway.App.Services.GetRequiredService<OutgoingConsumer>().Positioned);
            using var http = gateway.Http(GatewayHost.Token("ann"));
            using var refused = await http.PostAsync($"{HubContract.Path}/negotiate?negotiateVersion=1", null, TestContext.Current.CancellationToken);
            await RefusalTests.AssertProblemAsync(refused, HttpStatusCode.ServiceUnavailable, ErrorCodes.Unavailable);
        }
        finally
        {
            answers.Set();
        }

        await gateway.PositionedAsync();
        var group = $"g-{Guid.NewGuid():N}";
        gateway.State.Join(group, "ann");
        await using var ann = await gateway.ConnectAsync("ann");
        Assert.Equal((await gateway.SayAsync(group)).Sequence, (await ann.NextAsync()).Sequence);
    }
}

/// <summary>The real consumer, but partitions are assigned to it, and their ends told by it, only when a test says so.</summary>
public class LateConsumer : DispatchProxy
{
    private readonly Queue<Action> _late = new();
    private IConsumer<string, byte[]> _consumer = null!;
    private Release _release = null!;

    /// <summary>When it may go on.</summary>
    public sealed class Release
    {
        private volatile bool _now;

        /// <summary>Whether partitions are assigned.</summary>
        public bool Now
        {
            get => _now;
            set => _now = value;
        }

        /// <summary>Until then nobody is told where a partition ends; null to tell at once.</summary>
        public ManualResetEventSlim? Answers { get; init; }

        /// <summary>Somebody asked where a partition ends.</summary>
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Takes the place of a host's consumer.</summary>
    public static void Replace(IServiceCollection services, Release release)
    {
        var real = services.Single(service => service.ServiceType == typeof(IConsumer<string, byte[]>));
        services.Remove(real);
        services.AddSingleton(provider =>
        {
            var late = Create<IConsumer<string, byte[]>, LateConsumer>();
            ((LateConsumer)(object)late)._consumer = (IConsumer<string, byte[]>)real.ImplementationFactory!(provider);
            ((LateConsumer)(object)late)._release = release;
            return late;
        });
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        // All on the thread that polls.
        if (targetMethod!.Name == nameof(IConsumer<string, byte[]>.IncrementalAssign))
        {
            _late.Enqueue(() => targetMethod.Invoke(_consumer, args));
            return null;
        }

        if (targetMethod.Name == nameof(IConsumer<string, byte[]>.QueryWatermarkOffsets))
        {
            _release.Asked.TrySetResult();
            _release.Answers?.Wait(Eventually.Deadline);
        }

        while (targetMethod.Name == nameof(IConsumer<string, byte[]>.Consume) && _release.Now && _late.TryDequeue(out var assign))
        {
            assign();
        }

        try
        {
            return targetMethod.Invoke(_consumer, args);
        }
        catch (TargetInvocationException failed)
        {
            throw failed.InnerException!;
        }
    }
}
