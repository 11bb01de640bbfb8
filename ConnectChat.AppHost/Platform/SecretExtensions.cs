namespace ConnectChat.AppHost.Platform;

internal static class SecretExtensions
{
    /// <summary>A secret that is generated for a run on this machine and asked of the operator when publishing.</summary>
    public static IResourceBuilder<ParameterResource> AddSecret(this IDistributedApplicationBuilder builder, string name) =>
        builder.ExecutionContext.IsPublishMode
            ? builder.AddParameter(name, secret: true)
            : builder.AddParameter(name, new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true);
}
