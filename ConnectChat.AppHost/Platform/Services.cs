using System.Globalization;
using System.Net.Sockets;
using ConnectChat.LocalCluster.Embedded;

namespace ConnectChat.AppHost.Platform;

/// <summary>What the three services have in common, and how many gateways there are.</summary>
internal static class Services
{
    private const int FirstGatewayPort = 5400;

    /// <summary>
    /// Health, Development on this machine, and no https: TLS ends in front of the services. Its ports are below the range that systems
    /// take ports from by themselves: the orchestrator's own choice, from within it, was once another program's on the other loopback.
    /// </summary>
    public static IResourceBuilder<ProjectResource> AsService(this IResourceBuilder<ProjectResource> service)
    {
        var publishing = service.ApplicationBuilder.ExecutionContext.IsPublishMode;
        foreach (var endpoint in service.Resource.Annotations.OfType<EndpointAnnotation>().ToList())
        {
            if (endpoint.UriScheme == "https")
            {
                service.Resource.Annotations.Remove(endpoint);
            }
            else if (!publishing)
            {
                ListensOn(endpoint, FreePort.Next());
            }
        }

        if (publishing)
        {
            return service.WithEnvironment("Health__ReadyPath", Health.ReadyPath).WithEnvironment("Health__LivePath", Health.LivePath);
        }

        return service
            .WithEnvironment("ASPNETCORE_ENVIRONMENT", "Development")
            .WithHttpHealthCheck(Health.ReadyPath, endpointName: "http")
            .WithUrls(context => context.Urls.ForEach(Describe));
    }

    /// <summary>Lets a gateway's page lead to the dashboard for a token: the key is this run's own, which <c>./dev token</c> does not know.</summary>
    public static IResourceBuilder<ProjectResource> WithLandingPage(this IResourceBuilder<ProjectResource> gateway) =>
        gateway.ApplicationBuilder.ExecutionContext.IsRunMode ? gateway.WithEnvironment("Landing__Tokens", "dashboard") : gateway;

    /// <summary>
    /// On this machine <c>gateway-1</c>, <c>gateway-2</c> … with a fixed address each, <c>Gateways=N</c> of them from <c>GatewayPort</c> on;
    /// published, one <c>gateway</c> that scales and gives itself an id.
    /// </summary>
    /// <exception cref="DistributedApplicationException">A setting is out of range, or a port is taken.</exception>
    public static IReadOnlyList<IResourceBuilder<ProjectResource>> AddGateways(
        this IDistributedApplicationBuilder builder, Func<string, IResourceBuilder<ProjectResource>> add)
    {
        if (builder.ExecutionContext.IsPublishMode)
        {
            return [Public(add("gateway"))];
        }

        var count = Setting(builder, "Gateways", 2, 1, 10);
        var port = Setting(builder, "GatewayPort", FirstGatewayPort, 1_024, 65_525);
        var gateways = Enumerable.Range(0, count).Select(index => (Name: $"gateway-{index + 1}", Port: Free(port + index)));
        return [.. gateways.Select(gateway => Public(add(gateway.Name))
            .WithEnvironment("Gateway__Id", gateway.Name)
            .WithEndpoint("http", endpoint => ListensOn(endpoint, gateway.Port), createIfNotExists: false))];
    }

    // What operators do to a gateway is not for everybody who reaches its clients' port.
    private static IResourceBuilder<ProjectResource> Public(IResourceBuilder<ProjectResource> gateway) =>
        gateway.WithEndpoint("http", endpoint => endpoint.IsExternal = true, createIfNotExists: false);

    // Without a proxy between: the one instance listens there itself.
    private static void ListensOn(EndpointAnnotation endpoint, int port) => (endpoint.Port, endpoint.TargetPort, endpoint.IsProxied) = (port, port, false);

    private static int Setting(IDistributedApplicationBuilder builder, string name, int otherwise, int least, int most)
    {
        var said = builder.Configuration[name];
        var value = otherwise;
        return string.IsNullOrEmpty(said)
            || (int.TryParse(said, NumberStyles.Integer, CultureInfo.InvariantCulture, out value) && value >= least && value <= most)
            ? value
            : throw new DistributedApplicationException($"{name} is '{said}'; it must be {least} to {most}.");
    }

    // The orchestrator would wait for a port that another process has, without a word.
    private static int Free(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port));
            return port;
        }
        catch (SocketException)
        {
            throw new DistributedApplicationException($"Port {port} is in use by another process. Stop it, or choose others: GatewayPort=5500.");
        }
    }

    private static void Describe(ResourceUrlAnnotation url)
    {
        switch (url.Endpoint?.EndpointName)
        {
            case "http":
                url.DisplayText = "Start page";
                break;
            case "grpc":
                // A browser cannot speak to it.
                url.DisplayLocation = UrlDisplayLocation.DetailsOnly;
                break;
        }
    }
}
