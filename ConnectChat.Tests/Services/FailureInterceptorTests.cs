using System.Net;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.Contracts.History;
using ConnectChat.ServiceDefaults.Rpc;
using ConnectChat.Tests.Infrastructure;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ConnectChat.Tests.Services;

/// <summary>Whatever goes wrong in a call, the caller gets a status and a stable code, and the details stay in the log.</summary>
public sealed class FailureInterceptorTests : IAsyncLifetime
{
    private WebApplication _app = null!;
    private GrpcChannel _channel = null!;
    private CollectedLogs _logs = null!;

    public static TheoryData<string, StatusCode, string> Failures => new()
    {
        { "refusal", StatusCode.PermissionDenied, ErrorCodes.NotAMember },
        { "store", StatusCode.Unavailable, ErrorCodes.Unavailable },
        { "store timeout", StatusCode.Unavailable, ErrorCodes.Unavailable },
        { "network", StatusCode.Unavailable, ErrorCodes.Unavailable },
        { "other service", StatusCode.Unavailable, ErrorCodes.Unavailable },
        { "refused by other service", StatusCode.Internal, ErrorCodes.Internal },
        { "malformed query", StatusCode.Internal, ErrorCodes.Internal },
        { "fault", StatusCode.Internal, ErrorCodes.Internal },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(grpc => grpc.Interceptors.Add<FailureInterceptor>());
        _app = builder.Build();
        _app.MapGrpcService<FailingGroups>();
        _app.MapGrpcService<FailingHistory>();
        await _app.StartAsync(Token);
        _logs = CollectedLogs.Of(_app.Services);
        _channel = GrpcChannel.ForAddress(_app.Urls.Single());
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
    }

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(Failures))]
    public async Task A_unary_call_fails_with_a_status_and_a_code(string failure, StatusCode status, string code)
    {
        var groups = new Contracts.Groups.Groups.GroupsClient(_channel);

        var failed = await Assert.ThrowsAsync<RpcException>(async () =>
            await groups.GetGroupAsync(new GetGroupRequest { GroupId = failure }, cancellationToken: Token));

        AssertDescribed(failed, status, code);
    }

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(Failures))]
    public async Task A_stream_that_breaks_after_its_first_message_fails_with_a_status_and_a_code(
        string failure, StatusCode status, string code)
    {
        using var call = new History.HistoryClient(_channel).Read(new ReadHistoryRequest { GroupId = failure }, cancellationToken: Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));

        var failed = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Token));

        AssertDescribed(failed, status, code);
    }

    private void AssertDescribed(RpcException failed, StatusCode status, string code)
    {
        Assert.Equal((status, code), (failed.StatusCode, failed.Trailers.GetValue(ErrorCodes.Trailer)));
        Assert.DoesNotContain("secret", failed.Status.Detail, StringComparison.Ordinal);
        var logged = _logs.Failures().Where(entry => entry.Category == typeof(FailureInterceptor).FullName);
        if (status == StatusCode.PermissionDenied)
        {
            Assert.Empty(logged);
        }
        else
        {
            var entry = Assert.Single(logged);
            Assert.Equal(status == StatusCode.Internal ? LogLevel.Error : LogLevel.Warning, entry.Level);
            Assert.Contains("secret", entry.Exception?.ToString(), StringComparison.Ordinal);
        }
    }

    private static Exception Of(string failure) => failure switch
    {
        "refusal" => RpcErrors.Create(StatusCode.PermissionDenied, ErrorCodes.NotAMember, "not a member"),
        "store" => new AmazonDynamoDBException("secret", ErrorType.Sender, "ThrottlingException", "", HttpStatusCode.BadRequest),
        "store timeout" => new TimeoutException("secret"),
        "network" => new HttpRequestException("secret"),
        "other service" => new RpcException(new Status(StatusCode.DeadlineExceeded, "secret")),
        "refused by other service" => new RpcException(
            new Status(StatusCode.InvalidArgument, "secret"), new Metadata { { ErrorCodes.Trailer, ErrorCodes.MalformedRequest } }),
        "malformed query" => new AmazonDynamoDBException("secret", ErrorType.Sender, "ValidationException", "", HttpStatusCode.BadRequest),
        _ => new InvalidOperationException("secret"),
    };

    private sealed class FailingGroups : Contracts.Groups.Groups.GroupsBase
    {
        public override Task<Group> GetGroup(GetGroupRequest request, ServerCallContext context) => throw Of(request.GroupId);
    }

    private sealed class FailingHistory : History.HistoryBase
    {
        public override async Task Read(
            ReadHistoryRequest request, IServerStreamWriter<ReadHistoryReply> responseStream, ServerCallContext context)
        {
            await responseStream.WriteAsync(new ReadHistoryReply(), context.CancellationToken);
            throw Of(request.GroupId);
        }
    }
}
