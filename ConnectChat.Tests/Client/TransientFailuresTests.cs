using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Text.Json;
using ConnectChat.Client;
using ConnectChat.Client.Retrying;
using ConnectChat.Contracts;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Tests.Client;

public sealed class TransientFailuresTests
{
    private static readonly SocketException Refused = new((int)SocketError.ConnectionRefused);

    private static readonly AuthenticationException NotTrusted = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_network_that_breaks_a_service_that_is_busy_and_a_timeout_pass() => Assert.All(
        new Exception[]
        {
            Refused,
            new IOException("reset"),
            new TimeoutException(),
            new TaskCanceledException("HttpClient's", new TimeoutException()),
            new HttpRequestException(HttpRequestError.ConnectionError, "refused", Refused),
            new HttpRequestException(HttpRequestError.NameResolutionError),
            new HttpRequestException("busy", null, HttpStatusCode.ServiceUnavailable),
            new HttpRequestException("slow down", null, HttpStatusCode.TooManyRequests),
            new WebSocketException(WebSocketError.ConnectionClosedPrematurely),
            new WebSocketException(WebSocketError.Faulted, "no connection", new HttpRequestException("refused", Refused)),
            new HubException($"{ErrorCodes.Unavailable}: no bus"),
            new HubException($"{ErrorCodes.Overloaded}: full"),
            new HubException($"{ErrorCodes.RateLimited}: 50 per second"),
            new HubException("An unexpected error occurred."),
        },
        failure => Assert.True(TransientFailures.Contains(failure), failure.ToString()));

    [Fact]
    public void Everything_else_does_not() => Assert.All(
        new Exception[]
        {
            new InvalidOperationException(),
            new ArgumentNullException(),
            new JsonException(),
            new OperationCanceledException(),
            new FileNotFoundException(),
            new HttpRequestException("who are you", null, HttpStatusCode.Unauthorized),
            new HttpRequestException("no gateway", null, HttpStatusCode.NotFound),
            new HttpRequestException("something else"),
            new WebSocketException(WebSocketError.UnsupportedProtocol),
            new WebSocketException(WebSocketError.Faulted, "no connection", new HttpRequestException("TLS", NotTrusted)),
            new HubException($"{ErrorCodes.NotAMember}: of team"),
            new ChatException(ErrorCodes.Unauthenticated, "refused"),
        },
        failure => Assert.False(TransientFailures.Contains(failure), failure.ToString()));

    [Fact(Timeout = 30_000)]
    public async Task A_call_is_repeated_after_what_passes_and_only_then()
    {
        var attempts = 0;
        Assert.Equal(3, await RunAsync(() => ++attempts < 3 ? throw new TimeoutException() : Task.FromResult(attempts)));

        var fault = new InvalidOperationException("a fault of the program");
        Assert.Same(fault, await Assert.ThrowsAsync<InvalidOperationException>(
            () => RunAsync(() => ++attempts > 4 ? Task.FromResult(attempts) : throw fault)));
        Assert.Equal(4, attempts);
    }

    private static Task<int> RunAsync(Func<Task<int>> attempt) => RepeatedCall.RunAsync(attempt, TimeProvider.System, Token);
}
