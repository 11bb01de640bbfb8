using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ConnectChat.Gateway.Draining;

/// <summary>
/// The listener that only operators reach: the endpoint <c>operators</c> of Kestrel's configuration. What is for them is answered there and
/// nowhere else, whatever token somebody has who reaches the public port. Without that endpoint it is answered nowhere.
/// </summary>
internal sealed class OperatorsPort
{
    private const string Endpoint = "operators";

    private static readonly OperatorsPort Mark = new();

    /// <summary>Marks the connections that come in there. A port number would not do: a test's listener has none before it listens.</summary>
    public static void Configure(WebHostBuilderContext context, KestrelServerOptions kestrel) => kestrel
        .Configure(context.Configuration.GetSection("Kestrel"))
        .Endpoint(Endpoint, endpoint => endpoint.ListenOptions.Use(next => connection =>
        {
            connection.Features.Set(Mark);
            return next(connection);
        }));

    /// <summary>Answers 404 to whoever came in elsewhere.</summary>
    public static ValueTask<object?> FilterAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.Features.Get<OperatorsPort>() is null ? ValueTask.FromResult<object?>(TypedResults.NotFound()) : next(context);
}
