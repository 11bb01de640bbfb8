using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Projects;

namespace ConnectChat.Tests.AppHost;

/// <summary>What the AppHost would run, above all where a container runtime answers: its model, which needs none.</summary>
public sealed class ContainerModelTests
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task With_containers_Kafka_and_DynamoDB_are_containers_with_health_and_endpoints()
    {
        await using var builder = await BuilderAsync();

        foreach (var name in new[] { "kafka", "dynamodb" })
        {
            var container = Assert.IsType<ContainerResource>(Resource(builder, name), exactMatch: false);
            Assert.NotEmpty(container.Annotations.OfType<HealthCheckAnnotation>());
            Assert.NotEmpty(container.Annotations.OfType<EndpointAnnotation>());
            Assert.NotEmpty(container.Annotations.OfType<ContainerImageAnnotation>());
        }

        Assert.IsType<ContainerResource>(Resource(builder, "kafka-ui"), exactMatch: false);
        Assert.Single(builder.Resources, resource => resource.Name.StartsWith("kafka", StringComparison.Ordinal) && resource.Name != "kafka-ui");
    }

    [Fact(Timeout = 120_000)]
    public async Task With_containers_every_service_waits_for_what_it_needs_and_knows_where_it_is()
    {
        await using var builder = await BuilderAsync();

        (string Service, string Needs)[] edges =
            [("groups", "dynamodb"), ("messaging", "dynamodb"), ("messaging", "kafka"), ("gateway-1", "kafka"), ("gateway-2", "kafka")];
        foreach (var (service, needs) in edges)
        {
            var waits = Resource(builder, service).Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource.Name);
            Assert.Contains(needs, waits);
            var variables = await VariablesAsync(builder, service);
            Assert.Contains(needs == "kafka" ? "ConnectionStrings__kafka" : "AWS_ENDPOINT_URL_DYNAMODB", variables);
        }

        foreach (var (service, calls) in new[] { ("messaging", "groups"), ("gateway-1", "groups"), ("gateway-2", "messaging") })
        {
            Assert.Contains($"services__{calls}__grpc__0", await VariablesAsync(builder, service));
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task With_containers_what_hurts_can_be_done_to_them_too()
    {
        await using var builder = await BuilderAsync();

        foreach (var name in new[] { "kafka", "dynamodb" })
        {
            var commands = Resource(builder, name).Annotations.OfType<ResourceCommandAnnotation>().ToDictionary(command => command.Name);
            Assert.NotNull(commands["kill"].ConfirmationMessage);
            Assert.NotNull(commands["pause"].ConfirmationMessage);
            Assert.Contains("resume", commands.Keys);
        }
    }

    [Theory(Timeout = 120_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A4_A5_A6_the_bus_is_one_node_and_every_service_runs_as_Development_on_ports_that_dev_run_does_not_take(bool containers)
    {
        await using var builder = await BuilderAsync(containers);

        Assert.Single(builder.Resources, resource => resource.Name.StartsWith("kafka", StringComparison.Ordinal) && resource.Name != "kafka-ui");
        foreach (var service in new[] { "groups", "messaging", "gateway-1", "gateway-2" })
        {
            Assert.Equal("Development", (await VariablesAsync(builder, service))["ASPNETCORE_ENVIRONMENT"]);
            var ports = Resource(builder, service).Annotations.OfType<EndpointAnnotation>().Select(endpoint => endpoint.Port).ToList();
            Assert.NotEmpty(ports);
            Assert.All(ports, port => Assert.False(port is null or (>= 5300 and < 5400), $"{service} has port {port}"));
        }
    }

    private static Task<IDistributedApplicationTestingBuilder> BuilderAsync(bool containers = true) =>
        DistributedApplicationTestingBuilder.CreateAsync<ConnectChat_AppHost>(
        [$"Containers={containers}", "GatewayPort=15490"], (options, _) => options.DisableDashboard = true, Deadline);

    private static IResource Resource(IDistributedApplicationTestingBuilder builder, string name) =>
        builder.Resources.Single(resource => resource.Name == name);

    // Values of endpoints exist only while containers run.
    private static async Task<IDictionary<string, object>> VariablesAsync(IDistributedApplicationTestingBuilder builder, string service)
    {
        var variables = new Dictionary<string, object>();
        await using var services = builder.Services.BuildServiceProvider();
        var execution = new DistributedApplicationExecutionContext(
            new DistributedApplicationExecutionContextOptions(DistributedApplicationOperation.Run) { Services = services });
        var context = new EnvironmentCallbackContext(execution, Resource(builder, service), variables, Deadline);
        foreach (var callback in Resource(builder, service).Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await callback.Callback(context);
        }

        return variables;
    }
}
