using System.Collections.Concurrent;
using ConnectChat.Contracts.Groups;
using ConnectChat.Contracts.Recipients;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using GroupsBase = ConnectChat.Contracts.Groups.Groups.GroupsBase;

namespace ConnectChat.Tests.Messaging;

/// <summary>A Groups server in memory on a real socket, whose membership and faults a test controls.</summary>
public sealed class GroupsStandIn : IAsyncDisposable
{
    private readonly Membership _membership = new();
    private WebApplication? _app;
    private int _port;

    public string Address => $"http://127.0.0.1:{_port}";

    /// <summary>Calls of GetRecipients wait for it before they answer.</summary>
    public Task Gate
    {
        set => _membership.Gate = value;
    }

    /// <summary>Calls of GetRecipients for these groups are not answered at all.</summary>
    public void Hang(params string[] groupIds) => Array.ForEach(groupIds, group => _membership.Hanging[group] = true);

    /// <summary>What happens after the next GetMember has looked, and before it answers.</summary>
    public Func<Task>? AfterMember
    {
        set => _membership.AfterMember = value;
    }

    /// <summary>So many calls of GetRecipients are answered, and then none.</summary>
    public int AnswersLeft
    {
        set => _membership.AnswersLeft = value;
    }

    /// <summary>How many calls of GetRecipients came.</summary>
    public int Calls => _membership.Calls;

    /// <summary>How many answers carried no set.</summary>
    public int NotModified => _membership.NotModified;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = Path.GetTempPath() });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhostPort(_port));
        builder.Services.AddSingleton(_membership);
        builder.Services.AddGrpc();
        builder.Services.AddGrpcHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy());
        _app = builder.Build();
        _app.MapGrpcService<Service>();
        _app.MapGrpcHealthChecksService();
        await _app.StartAsync(cancellationToken);
        _port = new Uri(_app.Urls.First()).Port;
    }

    /// <summary>Gone until the next start, which listens on the same port.</summary>
    public async Task StopAsync()
    {
        await _app!.DisposeAsync();
        _app = null;
    }

    public void Add(string groupId, params string[] userIds) => _membership.Change(groupId, userIds, add: true);

    public void Remove(string groupId, params string[] userIds) => _membership.Change(groupId, userIds, add: false);

    /// <summary>The table was restored: the version goes back.</summary>
    public void Restore(string groupId, long version) => _membership.Restore(groupId, version);

    public uint NumberOf(string userId) => _membership.NumberOf(userId);

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await StopAsync();
        }
    }

    private sealed record Group(long Version, IReadOnlyDictionary<string, long> JoinedVersions);

    private sealed class Membership
    {
        private readonly ConcurrentDictionary<string, Group> _groups = [];
        private readonly ConcurrentDictionary<string, uint> _numbers = [];
        private uint _lastNumber;

        public volatile Task Gate = Task.CompletedTask;
        public int NotModified;
        public int Calls;
        public int AnswersLeft = int.MaxValue;
        public Func<Task>? AfterMember;

        public ConcurrentDictionary<string, bool> Hanging { get; } = [];

        public Group? Find(string groupId) => _groups.GetValueOrDefault(groupId);

        public uint NumberOf(string userId) => _numbers.GetOrAdd(userId, _ => Interlocked.Increment(ref _lastNumber));

        public string? UserOf(uint number) => _numbers.FirstOrDefault(entry => entry.Value == number).Key;

        public void Restore(string groupId, long version) => _groups[groupId] = _groups[groupId] with { Version = version };

        public void Change(string groupId, string[] userIds, bool add) => _groups.AddOrUpdate(
            groupId,
            _ => new Group(1, userIds.ToDictionary(user => user, _ => 1L)),
            (_, group) =>
            {
                var version = group.Version + 1;
                return new Group(version, add
                    ? group.JoinedVersions.Concat(userIds.Except(group.JoinedVersions.Keys).Select(user => KeyValuePair.Create(user, version))).ToDictionary()
                    : group.JoinedVersions.Where(member => !userIds.Contains(member.Key)).ToDictionary());
            });
    }

    private sealed class Service(Membership membership) : GroupsBase
    {
        public override async Task<GetRecipientsReply> GetRecipients(GetRecipientsRequest request, ServerCallContext context)
        {
            Interlocked.Increment(ref membership.Calls);
            await membership.Gate.WaitAsync(context.CancellationToken);
            if (membership.Hanging.ContainsKey(request.GroupId) || Interlocked.Decrement(ref membership.AnswersLeft) < 0)
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }

            if (membership.Find(request.GroupId) is not { } group)
            {
                return new GetRecipientsReply { GroupNotFound = true };
            }

            var reply = new GetRecipientsReply
            {
                NotModified = request.KnownVersion == group.Version,
                Version = group.Version,
                Count = group.JoinedVersions.Count,
                SenderIsMember = group.JoinedVersions.ContainsKey(request.SenderId),
                MoreMembers = { request.MoreSenderIds.Where(group.JoinedVersions.ContainsKey) },
            };
            if (reply.NotModified)
            {
                Interlocked.Increment(ref membership.NotModified);
            }
            else
            {
                reply.Recipients = ByteString.CopyFrom(RecipientSet.Encode([.. group.JoinedVersions.Keys.Select(membership.NumberOf).Order()]));
            }

            return reply;
        }

        public override Task<ResolveUsersReply> ResolveUsers(ResolveUsersRequest request, ServerCallContext context) =>
            Task.FromResult(new ResolveUsersReply { UserNumbers = { request.UserIds.Select(membership.NumberOf) } });

        public override async Task<GetMemberReply> GetMember(GetMemberRequest request, ServerCallContext context)
        {
            var group = membership.Find(request.GroupId);
            var reply = group?.JoinedVersions.TryGetValue(request.UserId, out var joined) == true
                ? new GetMemberReply { IsMember = true, JoinedVersion = joined, Version = group.Version, Role = Role.Member }
                : new GetMemberReply();
            if (Interlocked.Exchange(ref membership.AfterMember, null) is { } after)
            {
                await after();
            }

            return reply;
        }

        public override Task<DescribeUsersReply> DescribeUsers(DescribeUsersRequest request, ServerCallContext context) => Task.FromResult(
            new DescribeUsersReply
            {
                Users =
                {
                    from number in request.UserNumbers
                    let user = membership.UserOf(number)
                    where user is not null
                    select new UserDescription { UserId = user, UserNumber = number },
                },
            });

        public override Task<ListMembersReply> ListMembers(ListMembersRequest request, ServerCallContext context) => Task.FromResult(
            new ListMembersReply
            {
                Members =
                {
                    membership.Find(request.GroupId)!.JoinedVersions
                        .Select(member => new Member { UserId = member.Key, UserNumber = membership.NumberOf(member.Key), JoinedVersion = member.Value })
                        .OrderBy(member => member.UserNumber),
                },
            });
    }
}

file static class Listening
{
    public static void ListenLocalhostPort(this KestrelServerOptions kestrel, int port) =>
        kestrel.Listen(System.Net.IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2);
}
