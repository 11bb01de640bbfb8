using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ConnectChat.ServiceDefaults.Authentication;

/// <summary>Puts a token for the called service on every outgoing gRPC call. A token serves half of its minute.</summary>
internal sealed class InternalTokenInterceptor(IOptions<InternalAuthenticationOptions> options, IHostEnvironment host, TimeProvider clock) : Interceptor
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Reuse = TimeSpan.FromSeconds(30);
    private static readonly JsonWebTokenHandler Handler = new();

    // By the called service. Two calls that renew at once both get a good token.
    private readonly ConcurrentDictionary<string, Token> _tokens = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, Signed(context));

    /// <inheritdoc/>
    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, Signed(context));

    private ClientInterceptorContext<TRequest, TResponse> Signed<TRequest, TResponse>(ClientInterceptorContext<TRequest, TResponse> context)
        where TRequest : class
        where TResponse : class
    {
        var headers = context.Options.Headers ?? [];
        headers.Add("authorization", $"Bearer {Current(context.Method.ServiceName)}");
        return new ClientInterceptorContext<TRequest, TResponse>(context.Method, context.Host, context.Options.WithHeaders(headers));
    }

    private string Current(string service)
    {
        var now = clock.GetUtcNow();
        if (_tokens.TryGetValue(service, out var token) && token.RenewAt > now)
        {
            return token.Value;
        }

        var value = Handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = host.ApplicationName,
            Audience = InternalAuthentication.Audience,
            NotBefore = (now - Lifetime).UtcDateTime,
            Claims = new Dictionary<string, object> { [InternalAuthentication.ScopeClaim] = service },
            Expires = (now + Lifetime).UtcDateTime,
            SigningCredentials = new SigningCredentials(InternalAuthentication.SigningKey(options.Value), SecurityAlgorithms.HmacSha256),
        });
        _tokens[service] = new Token(value, now + Reuse);
        return value;
    }

    private sealed record Token(string Value, DateTimeOffset RenewAt);
}
