using ConnectChat.Contracts;
using ConnectChat.Groups.Consent;
using ConnectChat.Groups.Membership;
using ConnectChat.Groups.Recipients;
using ConnectChat.Groups.Storage;
using ConnectChat.Groups.Telemetry;
using ConnectChat.Groups.Users;
using ConnectChat.ServiceDefaults.Authentication;
using ConnectChat.ServiceDefaults.DynamoDb;
using ConnectChat.ServiceDefaults.Readiness;
using ConnectChat.ServiceDefaults.Rpc;

namespace ConnectChat.Groups;

/// <summary>The service, for its own host and for tests that run it in-process.</summary>
public static class GroupsExtensions
{
    /// <summary>Registers the service; its callers need service tokens. Call after <c>AddServiceDefaults</c>.</summary>
    public static void AddGroups(this WebApplicationBuilder builder)
    {
        builder.RequireInternalAuthentication();
        builder.AddDynamoDb();
        builder.AddTable(TableSchema.Groups);
        builder.Services.AddOptions<GroupsOptions>()
            .BindConfiguration(GroupsOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();

        builder.Services.AddSingleton<GroupsTelemetry>();
        builder.Services.AddSingleton<GroupsTable>();
        builder.Services.AddSingleton<TableOrigin>();
        builder.Services.AddKeyedSingleton<ITableInspection>(TableSchema.Groups.Name, (services, _) => services.GetRequiredService<TableOrigin>());
        builder.Services.AddHostedService<TableWatch>();
        builder.Services.AddSingleton<BatchReads>();
        builder.Services.AddSingleton<UserNumberAllocator>();
        builder.Services.AddSingleton<UserDirectory>();
        builder.Services.AddSingleton<GroupStore>();
        builder.Services.AddSingleton<Quotas>();
        builder.Services.AddSingleton<StandingReader>();
        builder.Services.AddSingleton<MembershipWriter>();
        builder.Services.AddSingleton<MembershipChanges>();
        builder.Services.AddSingleton<Recount>();
        builder.Services.AddSingleton<UserPartition>();
        builder.Services.AddSingleton<Invitations>();
        builder.Services.AddSingleton<Blocks>();
        builder.Services.AddSingleton<RecipientCache>();
        builder.Services.AddSingleton<IMembershipListener>(services => services.GetRequiredService<RecipientCache>());
        builder.Services.AddSingleton<RecipientReader>();
        builder.Services.AddSingleton<PageTokens>();
        builder.AddWarmUp<RecipientsWarmUp>();

        builder.Services.AddGrpc(grpc => grpc.Interceptors.Add<FailureInterceptor>());
        builder.Services.AddGrpcHealthChecks();
    }

    /// <summary>Maps the gRPC service, and gRPC health for anyone.</summary>
    public static void MapGroups(this WebApplication app)
    {
        app.MapGrpcService<GroupsService>();
        app.MapGrpcHealthChecksService().AllowAnonymous();
    }
}
