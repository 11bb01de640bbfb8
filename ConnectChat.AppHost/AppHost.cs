// The architecture diagram. One message travels:
//
//   client ──▶ gateway-1 ──▶ kafka ──▶ messaging ──▶ groups ──▶ dynamodb      who receives it, at which version
//                              ▲           ├───────────────────▶ dynamodb      history, before anyone sees it
//                              └───────────┘                                   ONE record with ALL recipients
//              every gateway ◀── kafka                                         delivers to its own sockets, ignores the rest
//
// Settings: Containers=auto|true|false, Gateways=N, GatewayPort=5400 (docs/deploy.md, docs/decisions).
using ConnectChat.AppHost.Commands;
using ConnectChat.AppHost.Platform;
using Microsoft.Extensions.Configuration;

var builder = DistributedApplication.CreateBuilder(args);

// Real Kafka and DynamoDB Local in containers, the embedded stand-ins where no container runtime answers, parameters when publishing.
var platform = PlatformKind.Choose(builder);
var kafka = builder.AddBus("kafka", platform);
var dynamodb = builder.AddStore("dynamodb", platform);

// What the services trust each other by, and what users' tokens are signed with.
var internalKey = builder.AddSecret("internal-key");
var tokenKey = builder.AddSecret("token-signing-key");

var groups = builder.AddProject<Projects.ConnectChat_Groups>("groups")
    .WithoutHttps()
    .WithStore(dynamodb)
    .WithEnvironment("InternalAuthentication__Key", internalKey)
    .WithHttpHealthCheck("/health", endpointName: "http");

var messaging = builder.AddProject<Projects.ConnectChat_Messaging>("messaging")
    .WithoutHttps()
    .WithBus(kafka)
    .WithStore(dynamodb)
    .WithReference(groups).WaitFor(groups)
    .WithEnvironment("InternalAuthentication__Key", internalKey)
    .WithHttpHealthCheck("/health", endpointName: "http");

// Two or more gateways, each with an address of its own, so that QA sees on which one a client is.
var gatewayCount = builder.Configuration.GetValue("Gateways", 2);
var gatewayPort = builder.Configuration.GetValue("GatewayPort", 5400);
for (var number = 1; number <= gatewayCount; number++)
{
    builder.AddProject<Projects.ConnectChat_Gateway>("gateway-" + number)
        .WithoutHttps()
        .WithEndpoint("http", endpoint => endpoint.Port = gatewayPort + number - 1, createIfNotExists: false)
        .WithExternalHttpEndpoints()
        .WithBus(kafka)
        .WithReference(groups).WaitFor(groups)
        .WithReference(messaging).WaitFor(messaging)
        .WithEnvironment("Gateway__Id", "gateway-" + number)
        .WithEnvironment("Authentication__Key", tokenKey)
        .WithEnvironment("InternalAuthentication__Key", internalKey)
        .WithHttpHealthCheck("/health")
        .WithUrlForEndpoint("http", url => url.DisplayText = "Gateway")
        .WithUrlForEndpoint("http", endpoint => new() { Url = "/openapi/v1.json", DisplayText = "OpenAPI" })
        .WithSendDemoMessageCommand(tokenKey)
        .WithAddMemberCommand(tokenKey)
        .WithDrainCommand(internalKey)
        .WithKillCommand();
}

builder.Build().Run();
