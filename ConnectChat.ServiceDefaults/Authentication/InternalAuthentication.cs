using System.Text;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace ConnectChat.ServiceDefaults.Authentication;

/// <summary>
/// Authentication between services: every gRPC call carries a JWT of one minute for the one service that it calls, signed with the key that the
/// services share. A call without one is refused, so a client that reaches a service directly gets nothing, and a token that was overheard on
/// the way to one service opens no other.
/// </summary>
public static class InternalAuthentication
{
    /// <summary>The audience of service tokens; users' tokens have another.</summary>
    public const string Audience = "connectchat-internal";

    /// <summary>The audience of operators' tokens, which open what an operator does to a service and nothing else.</summary>
    public const string OperatorsAudience = "connectchat-operators";

    /// <summary>The claim with the full name of the gRPC service that a token is for.</summary>
    public const string ScopeClaim = "scope";

    // Clocks of machines differ by less; the default of five minutes would make every token live that much longer.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    /// <summary>For a service that calls others: adds the interceptor to its gRPC clients.</summary>
    public static IHttpClientBuilder AddInternalAuthentication(this IHttpClientBuilder client) =>
        client.AddInterceptor<InternalTokenInterceptor>();

    /// <summary>Registers the key and the interceptor that signs calls.</summary>
    public static void AddInternalTokens(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<InternalAuthenticationOptions>()
            .BindConfiguration(InternalAuthenticationOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<InternalTokenInterceptor>();
    }

    /// <summary>For a service that is called: every endpoint needs a service token unless it says otherwise.</summary>
    public static void RequireInternalAuthentication(this IHostApplicationBuilder builder)
    {
        builder.AddInternalTokens();
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        builder.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<InternalAuthenticationOptions>>((bearer, options) => bearer.TokenValidationParameters = ValidationParameters(options.Value));
        builder.Services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireAssertion(IsForThisService).Build());
    }

    /// <summary>What makes a service token good; for a service whose other endpoints know other tokens.</summary>
    public static TokenValidationParameters ValidationParameters(InternalAuthenticationOptions options, string audience = Audience) => new()
    {
        ValidateIssuer = false,
        ValidAudience = audience,
        ClockSkew = ClockSkew,
        IssuerSigningKey = SigningKey(options),
        ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
        RequireExpirationTime = true,
    };

    // The path of a gRPC call is /service/method.
    private static bool IsForThisService(AuthorizationHandlerContext context) =>
        context.User.FindFirst(ScopeClaim)?.Value is { Length: > 0 } service
        && context.Resource is HttpContext http
        && http.Request.Path.StartsWithSegments($"/{service}", StringComparison.Ordinal);

    internal static SymmetricSecurityKey SigningKey(InternalAuthenticationOptions options) => new(Encoding.UTF8.GetBytes(options.Key));
}
