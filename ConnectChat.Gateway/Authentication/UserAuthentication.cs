using System.Text;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Errors;
using ConnectChat.ServiceDefaults.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace ConnectChat.Gateway.Authentication;

/// <summary>Users by JWT; the subject is the user id. Operators by tokens of an audience of their own, under a policy of their own.</summary>
internal static class UserAuthentication
{
    /// <summary>The policy of endpoints for operators.</summary>
    public const string OperatorsPolicy = "operators";

    private const string OperatorsScheme = "Operators";

    public static void AddUserAuthentication(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<UserAuthenticationOptions>()
            .BindConfiguration(UserAuthenticationOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.AddInternalTokens();
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer().AddJwtBearer(OperatorsScheme);
        builder.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<UserAuthenticationOptions>>((bearer, options) => Configure(bearer, options.Value));
        builder.Services.AddOptions<JwtBearerOptions>(OperatorsScheme)
            .Configure<IOptions<InternalAuthenticationOptions>>((bearer, options) =>
            {
                bearer.TokenValidationParameters = InternalAuthentication.ValidationParameters(options.Value, InternalAuthentication.OperatorsAudience);
                bearer.Events = new JwtBearerEvents { OnChallenge = Challenge, OnForbidden = Forbidden };
            });
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(OperatorsPolicy, new AuthorizationPolicyBuilder(OperatorsScheme).RequireAuthenticatedUser().Build());
    }

    /// <summary>The user id of an authenticated request.</summary>
    public static string UserId(this System.Security.Claims.ClaimsPrincipal user) => user.FindFirst("sub")!.Value;

    private static void Configure(JwtBearerOptions bearer, UserAuthenticationOptions options)
    {
        bearer.MapInboundClaims = false;
        bearer.Authority = string.IsNullOrEmpty(options.Authority) ? null : options.Authority;
        bearer.TokenValidationParameters = new TokenValidationParameters
        {
            ValidIssuer = options.Issuer,
            ValidAudience = options.Audience,
            IssuerSigningKey = string.IsNullOrEmpty(options.Key) ? null : new SymmetricSecurityKey(Encoding.UTF8.GetBytes(options.Key)),
            ValidAlgorithms = string.IsNullOrEmpty(options.Key)
                ? [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSsaPssSha256]
                : [SecurityAlgorithms.HmacSha256],
            RequireExpirationTime = true,
            NameClaimType = "sub",
            ClockSkew = TimeSpan.FromSeconds(5),
        };
        bearer.Events = new JwtBearerEvents
        {
            OnMessageReceived = TokenOfBrowser,
            OnTokenValidated = RequireUserId,
            OnChallenge = Challenge,
            OnForbidden = Forbidden,
        };
    }

    // A browser cannot set headers on a WebSocket; SignalR's clients put the token here, and only the hub takes it from there.
    private static Task TokenOfBrowser(MessageReceivedContext context)
    {
        if (context.Request.Path.StartsWithSegments(HubContract.Path) && context.Request.Query["access_token"] is [{ Length: > 0 } token])
        {
            context.Token = token;
        }

        return Task.CompletedTask;
    }

    private static Task RequireUserId(TokenValidatedContext context)
    {
        if (!Identifier.IsValid(context.Principal?.FindFirst("sub")?.Value))
        {
            context.Fail("The token's subject is no user id.");
        }

        return Task.CompletedTask;
    }

    private static Task Challenge(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        context.Response.Headers.WWWAuthenticate = JwtBearerDefaults.AuthenticationScheme;
        return Problems.WriteAsync(
            context.HttpContext, StatusCodes.Status401Unauthorized, ErrorCodes.Unauthenticated, "A valid, unexpired token for this service is needed.");
    }

    private static Task Forbidden(ForbiddenContext context) =>
        Problems.WriteAsync(context.HttpContext, StatusCodes.Status403Forbidden, ErrorCodes.NotAllowed, "The token does not allow this.");
}
