using System.Collections.Concurrent;
using ConnectChat.Contracts.Hub;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Tests.Infrastructure.Fakes;

/// <summary>A gateway on real Kestrel that a test tells how to misbehave. Its history is what the client must end up with.</summary>
internal sealed class FakeGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, HubCallerContext> _connections = [];

    private FakeGateway(WebApplication app) => _app = app;

    public Uri Endpoint => new(_app.Urls.Single());

    public SharedHistory History { get; private init; } = null!;

    public ConcurrentQueue<ResumePosition> Resumes { get; } = [];

    public ConcurrentQueue<string> Sends { get; } = [];

    /// <summary>What a Resume answers instead of replaying; null replays.</summary>
    public Func<ResumePosition, string?> ResumeCode { get; set; } = _ => null;

    public Func<string, Exception?> SendFailure { get; set; } = _ => null;

    /// <summary>Sends that were refused afterwards, as GetOutcomes says it.</summary>
    public ConcurrentDictionary<string, string> RefusedSends { get; } = [];

    public int MostPerResume { get; set; } = 500;

    public Func<string, bool> Admits { get; set; } = _ => true;

    /// <summary>The status that a request for a WebSocket is refused with; null lets it in.</summary>
    public Func<int?> Refusal { get; set; } = () => null;

    public int Connected => _connections.Count;

    public static async Task<FakeGateway> StartAsync(SharedHistory history)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRouting();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSignalR().AddMessagePackProtocol();
        builder.Services.AddSingleton<Holder>();
        var app = builder.Build();
        var gateway = new FakeGateway(app) { History = history };
        app.Services.GetRequiredService<Holder>().Gateway = gateway;
        app.UseWebSockets();
        app.Use(async (context, next) =>
        {
            if (!gateway.Admits(context.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal)))
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return;
            }

            if (context.WebSockets.IsWebSocketRequest && gateway.Refusal() is { } status)
            {
                context.Response.StatusCode = status;
                return;
            }

            await next(context);
        });
        app.MapGet("/groups", () => new { groups = history.Groups.Select(group => new { groupId = group }), nextPageToken = (string?)null });
        app.MapHub<Hub>(HubContract.Path);
        await app.StartAsync();
        return gateway;
    }

    public Task LiveAsync(ChatMessage message) => All.SendAsync(HubContract.MessageReceived, message);

    public Task RejectAsync(MessageRejection rejection) => All.SendAsync(HubContract.MessageRejected, rejection);

    public Task DrainAsync(long retryAfter) => All.SendAsync(HubContract.Draining, retryAfter);

    public void CutAll()
    {
        foreach (var connection in _connections.Values)
        {
            connection.Abort();
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private IClientProxy All => _app.Services.GetRequiredService<IHubContext<Hub>>().Clients.All;

    internal sealed class Holder
    {
        public FakeGateway Gateway { get; set; } = null!;
    }

    internal sealed class Hub(Holder holder) : Microsoft.AspNetCore.SignalR.Hub
    {
        public override Task OnConnectedAsync()
        {
            holder.Gateway._connections[Context.ConnectionId] = Context;
            return Task.CompletedTask;
        }

        public override Task OnDisconnectedAsync(Exception? exception)
        {
            holder.Gateway._connections.TryRemove(Context.ConnectionId, out _);
            return Task.CompletedTask;
        }

        public SendReceipt SendMessage(string groupId, string clientMessageId, string body)
        {
            holder.Gateway.Sends.Enqueue(clientMessageId);
            return holder.Gateway.SendFailure(clientMessageId) is { } failure
                ? throw failure
                : new SendReceipt { ClientMessageId = clientMessageId, AcceptedAt = body.Length };
        }

        public SendOutcome[] GetOutcomes(string groupId, string[] clientMessageIds) =>
            [.. clientMessageIds.Select(id => holder.Gateway.RefusedSends.TryGetValue(id, out var code)
                ? new SendOutcome { ClientMessageId = id, Outcome = SendOutcomes.Rejected, Code = code }
                : new SendOutcome { ClientMessageId = id, Outcome = SendOutcomes.Unknown })];

        public async Task<ResumeResult[]> Resume(ResumePosition[] positions)
        {
            var gateway = holder.Gateway;
            var results = new List<ResumeResult>();
            foreach (var position in positions)
            {
                gateway.Resumes.Enqueue(position);
                var code = gateway.ResumeCode(position);
                var missed = code is null ? gateway.History.After(position.GroupId, position.LastSequence) : [];
                var last = position.LastSequence;
                foreach (var message in missed.Take(gateway.MostPerResume))
                {
                    await Clients.Caller.SendAsync(HubContract.MessageReceived, message with { PreviousSequence = last });
                    last = message.Sequence;
                }

                code ??= missed.Count > gateway.MostPerResume ? ResumeCodes.MoreToReplay : null;
                results.Add(new ResumeResult
                {
                    GroupId = position.GroupId,
                    Complete = code is null,
                    Replayed = Math.Min(missed.Count, gateway.MostPerResume),
                    LastSequence = last,
                    Code = code,
                });
            }

            return [.. results];
        }
    }
}
