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
using ConnectChat.AppHost.Publishing;

var builder = DistributedApplication.CreateBuilder(args);

// Real Kafka and DynamoDB Local in containers, the embedded stand-ins where no container runtime answers, parameters when publishing.
var platform = PlatformChoice.Of(builder);
var kafka = builder.AddBus("kafka", platform);
var dynamodb = builder.AddStore("dynamodb", platform);

// What the services trust each other by, and what users' tokens are signed with.
var internalKey = builder.AddSecret("internal-key");
var tokenKey = builder.AddSecret("token-signing-key");

var groups = builder.AddProject<Projects.ConnectChat_Groups>("groups")
    .AsService()
    .WithStore(dynamodb)
    .WithEnvironment("InternalAuthentication__Key", internalKey);

var messaging = builder.AddProject<Projects.ConnectChat_Messaging>("messaging")
    .AsService()
    .WithBus(kafka)
    .WithStore(dynamodb)
    .WithReference(groups)
    .WithEnvironment("InternalAuthentication__Key", internalKey);

// Here two or more gateways, each with an address of its own, so that QA sees on which one a client is; published, one that scales.
var gateways = builder.AddGateways(name => builder.AddProject<Projects.ConnectChat_Gateway>(name)
    .AsService()
    .WithBus(kafka)
    .WithReference(groups)
    .WithReference(messaging)
    .WithEnvironment("Authentication__Key", tokenKey)
    .WithEnvironment("InternalAuthentication__Key", internalKey)
    .WithLandingPage());

// What QA does from the dashboard: a message to look at, members, and everything that may happen to a process.
builder.AddDemo(gateways, kafka, tokenKey);
foreach (var gateway in gateways)
{
    gateway.WithDemoCommands().WithTokenCommand(tokenKey).WithDrainCommand(internalKey).WithProcessCommands("Clients resume elsewhere; nothing is lost.");
}

messaging.WithProcessCommands("Accepted messages wait on the bus until it is back; nothing is lost.");
groups.WithProcessCommands("Messages wait until it is back; nothing is lost.");
kafka.WithProcessCommands(platform);
dynamodb.WithProcessCommands(platform);

builder.AddDescription();
builder.AddPipelineSteps();
builder.AskHealthOften();
builder.Build().Run();
