using ConnectChat.Contracts;
using ConnectChat.Groups;
using ConnectChat.ServiceDefaults;
using ConnectChat.ServiceDefaults.Authentication;
using ConnectChat.ServiceDefaults.DynamoDb;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using GroupsClient = ConnectChat.Contracts.Groups.Groups.GroupsClient;

namespace ConnectChat.Tests.Infrastructure.Hosts;

/// <summary>The Groups service in this process, on real Kestrel (HTTP/2 without TLS), with a client that signs its calls.</summary>
public sealed class GroupsHost : IAsyncDisposable
{
    /// <summary>The key that services of a test share.</summary>
    public const string InternalKey = "a key of the tests, of thirty-two characters or more";

    private readonly WebApplication _service;
    private readonly IHost _caller;

    private GroupsHost(WebApplication service, IHost caller, Uri address)
    {
        (_service, _caller, Address) = (service, caller, address);
        Client = caller.Services.GetRequiredService<GroupsClient>();
    }

    public Uri Address { get; }

    public GroupsClient Client { get; }

    /// <summary>The service's own container.</summary>
    public IServiceProvider Services => _service.Services;

    /// <summary>Starts the service and waits until its table is there. With <paramref name="target"/>, the client calls another address than its own.</summary>
    public static async Task<GroupsHost> StartAsync(
        string serviceUrl,
        string tablePrefix,
        IEnumerable<KeyValuePair<string, string?>>? configuration = null,
        string internalKey = InternalKey,
        bool waitForTable = true,
        Uri? target = null,
        Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection(
        [
            new("AWS_ENDPOINT_URL_DYNAMODB", serviceUrl),
            new("DynamoDb:TablePrefix", tablePrefix),
            new("InternalAuthentication:Key", internalKey),
            .. configuration ?? [],
        ]);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.AddServiceDefaults();
        builder.AddGroups();
        configure?.Invoke(builder.Services);
        var service = builder.Build();
        service.MapDefaultEndpoints();
        service.MapGroups();
        await service.StartAsync();
        var address = new Uri(service.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        if (waitForTable)
        {
            var table = service.Services.GetRequiredKeyedService<TableProvisioning>(TableSchema.Groups.Name);
            await table.Ready.WaitAsync(TimeSpan.FromSeconds(30));
        }

        return new GroupsHost(service, Caller(target ?? address, internalKey), address);
    }

    public async ValueTask DisposeAsync()
    {
        _caller.Dispose();
        await _service.DisposeAsync();
    }

    private static IHost Caller(Uri address, string internalKey)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "tests" });
        builder.Configuration.AddInMemoryCollection([new("InternalAuthentication:Key", internalKey)]);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddInternalTokens();
        builder.Services.AddGrpcClient<GroupsClient>(options => options.Address = address).AddInternalAuthentication();
        return builder.Build();
    }
}
