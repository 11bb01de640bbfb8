using System.Collections.Concurrent;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.Contracts.History;
using ConnectChat.Contracts.Records;
using ConnectChat.ServiceDefaults.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using GroupsBase = ConnectChat.Contracts.Groups.Groups.GroupsBase;
using History = ConnectChat.Contracts.History.History;

namespace ConnectChat.Tests.Gateway;

/// <summary>Groups and History in memory, over a real socket.</summary>
internal sealed class FakeServices : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeServices(WebApplication app, FakeState state)
    {
        _app = app;
        State = state;
    }

    public FakeState State { get; }

    public string Address => _app.Urls.Single();

    /// <summary>How often somebody asked for their health.</summary>
    public int HealthProbes => State.HealthProbes;

    public static async Task<FakeServices> StartAsync()
    {
        var state = new FakeState();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddGrpcHealthChecks().AddCheck("self", () =>
        {
            state.CountHealthProbe();
            return HealthCheckResult.Healthy();
        });
        builder.Services.AddSingleton(state);
        var app = builder.Build();
        app.MapGrpcService<FakeGroups>();
        app.MapGrpcService<FakeHistory>();
        app.MapGrpcHealthChecksService();
        await app.StartAsync();
        return new FakeServices(app, state);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}

internal sealed class FakeState
{
    // Of all instances together, and far from those that Groups gives: on a shared bus nobody may get what is meant for another.
    private static int _lastNumber = Random.Shared.Next(1 << 20, 1 << 30);

    private int _healthProbes;
    private int _memberQuestions;

    public int HealthProbes => Volatile.Read(ref _healthProbes);

    public ConcurrentDictionary<string, uint> Numbers { get; } = new();

    public ConcurrentDictionary<string, ConcurrentDictionary<string, Role>> Members { get; } = new();

    public ConcurrentDictionary<string, List<OutgoingEvent>> Messages { get; } = new();

    /// <summary>Awaited before a user's number is given.</summary>
    public Func<Task>? BeforeResolve { get; set; }

    /// <summary>Awaited at the beginning of every history read.</summary>
    public Func<ReadHistoryRequest, Task>? BeforeRead { get; set; }

    /// <summary>Awaited at the end of every history read: what it returns is read already, and not sent yet.</summary>
    public Func<ReadHistoryRequest, Task>? AfterRead { get; set; }

    /// <summary>How often somebody asked whether a user is a member.</summary>
    public int MemberQuestions => Volatile.Read(ref _memberQuestions);

    public void CountMemberQuestion() => Interlocked.Increment(ref _memberQuestions);

    public void CountHealthProbe() => Interlocked.Increment(ref _healthProbes);

    public uint Number(string user) => Numbers.GetOrAdd(user, _ => (uint)Interlocked.Increment(ref _lastNumber));

    public void Join(string group, params string[] users)
    {
        foreach (var user in users)
        {
            Members.GetOrAdd(group, _ => new())[user] = Role.Member;
        }
    }

    /// <summary>What Messaging does before it publishes.</summary>
    public OutgoingEvent Write(string group, string body = "hello", string sender = "sender")
    {
        var messages = Messages.GetOrAdd(group, _ => []);
        lock (messages)
        {
            var message = new OutgoingEvent
            {
                GroupId = group,
                Sequence = messages.Count + 1,
                MessageId = $"{group}-{messages.Count + 1}",
                SenderId = sender,
                ClientMessageId = $"c{messages.Count + 1}",
                Body = body,
                SentAtUnixMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
                MembershipVersion = 1,
            };
            messages.Add(message);
            return message;
        }
    }
}

internal sealed class FakeGroups(FakeState state) : GroupsBase
{
    public override async Task<ResolveUsersReply> ResolveUsers(ResolveUsersRequest request, ServerCallContext context)
    {
        if (state.BeforeResolve is { } before)
        {
            await before();
        }

        return new ResolveUsersReply { UserNumbers = { request.UserIds.Select(state.Number) } };
    }

    public override Task<GetMemberReply> GetMember(GetMemberRequest request, ServerCallContext context)
    {
        state.CountMemberQuestion();
        return Task.FromResult(new GetMemberReply
        {
            IsMember = state.Members.TryGetValue(request.GroupId, out var members) && members.ContainsKey(request.UserId),
        });
    }

    public override Task<Group> CreateGroup(CreateGroupRequest request, ServerCallContext context)
    {
        var id = request.GroupId.Length > 0 ? request.GroupId : Guid.NewGuid().ToString();
        state.Members.GetOrAdd(id, _ => new())[request.ActorId] = Role.Owner;
        return Task.FromResult(new Group { GroupId = id, Name = request.Name, OwnerId = request.ActorId, Version = 1, MemberCount = 1 });
    }

    public override Task<Group> GetGroup(GetGroupRequest request, ServerCallContext context)
    {
        Require(request.GroupId, request.ActorId);
        return Task.FromResult(new Group { GroupId = request.GroupId, Name = "name", OwnerId = "owner", Version = 1, MemberCount = state.Members[request.GroupId].Count });
    }

    public override Task<ChangeMembersReply> AddMembers(ChangeMembersRequest request, ServerCallContext context)
    {
        Require(request.GroupId, request.ActorId);
        state.Join(request.GroupId, [.. request.UserIds]);
        return Task.FromResult(new ChangeMembersReply { Version = 2, Changed = request.UserIds.Count, MemberCount = state.Members[request.GroupId].Count });
    }

    public override Task<ChangeMembersReply> RemoveMembers(ChangeMembersRequest request, ServerCallContext context)
    {
        Require(request.GroupId, request.ActorId);
        var changed = request.UserIds.Count(user => state.Members[request.GroupId].TryRemove(user, out _));
        return Task.FromResult(new ChangeMembersReply { Version = 3, Changed = changed, MemberCount = state.Members[request.GroupId].Count });
    }

    public override Task<ListMembersReply> ListMembers(ListMembersRequest request, ServerCallContext context)
    {
        Require(request.GroupId, request.ActorId);
        return Task.FromResult(new ListMembersReply
        {
            Members = { state.Members[request.GroupId].Select(member => new Member { UserId = member.Key, UserNumber = state.Number(member.Key), Role = member.Value, JoinedVersion = 1 }) },
        });
    }

    public override Task<ListGroupsOfUserReply> ListGroupsOfUser(ListGroupsOfUserRequest request, ServerCallContext context) => Task.FromResult(new ListGroupsOfUserReply
    {
        Groups = { state.Members.Where(group => group.Value.ContainsKey(request.UserId)).Select(group => new MemberOf { GroupId = group.Key, Name = "name", Role = Role.Member, JoinedVersion = 1 }) },
    });

    private void Require(string group, string user)
    {
        if (!state.Members.TryGetValue(group, out var members) || !members.ContainsKey(user))
        {
            throw RpcErrors.Create(StatusCode.PermissionDenied, ErrorCodes.NotAMember, "not a member");
        }
    }
}

internal sealed class FakeHistory(FakeState state) : History.HistoryBase
{
    public override async Task Read(ReadHistoryRequest request, IServerStreamWriter<ReadHistoryReply> responseStream, ServerCallContext context)
    {
        if (state.BeforeRead is { } before)
        {
            await before(request);
        }

        if (!state.Members.TryGetValue(request.GroupId, out var members) || !members.ContainsKey(request.ReaderId))
        {
            throw RpcErrors.Create(StatusCode.PermissionDenied, ErrorCodes.NotAMember, "not a member");
        }

        OutgoingEvent[] visible;
        var all = state.Messages.GetOrAdd(request.GroupId, _ => []);
        lock (all)
        {
            visible = request.PositionCase == ReadHistoryRequest.PositionOneofCase.AfterSequence
                ? [.. all.Where(message => message.Sequence > request.AfterSequence)]
                : [.. all.Where(message => request.BeforeSequence == 0 || message.Sequence < request.BeforeSequence).Reverse()];
        }

        if (state.AfterRead is { } after)
        {
            await after(request);
        }

        var (sent, bytes) = (0, 0);
        foreach (var message in visible.Take(request.Limit))
        {
            bytes += message.CalculateSize();
            if (sent > 0 && request.MaxBytes > 0 && bytes > request.MaxBytes)
            {
                break;
            }

            sent++;
        }

        foreach (var chunk in visible.Take(sent).Chunk(20))
        {
            await responseStream.WriteAsync(new ReadHistoryReply { Messages = { chunk } });
        }

        await responseStream.WriteAsync(new ReadHistoryReply { EndOfHistory = sent == visible.Length });
    }
}
