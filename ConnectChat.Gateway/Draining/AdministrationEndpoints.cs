using ConnectChat.Gateway.Authentication;

namespace ConnectChat.Gateway.Draining;

/// <summary>For operators and the dashboard, with an operator's token and on their port.</summary>
internal static class AdministrationEndpoints
{
    public static void MapAdministration(this IEndpointRouteBuilder routes) => routes
        .MapPost("/admin/drain", (DrainingLifetime lifetime) =>
        {
            _ = lifetime.DrainAndStopAsync();
            return TypedResults.Accepted((string?)null);
        })
        .RequireAuthorization(UserAuthentication.OperatorsPolicy)
        .AddEndpointFilter(OperatorsPort.FilterAsync)
        .WithSummary("Drains this gateway and stops it, as SIGTERM does.")
        .WithTags("Administration")
        .ProducesProblem(StatusCodes.Status401Unauthorized)
        .ProducesProblem(StatusCodes.Status404NotFound);
}
