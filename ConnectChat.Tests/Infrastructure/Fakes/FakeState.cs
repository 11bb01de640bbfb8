using System.Collections.Concurrent;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.Contracts.History;
using ConnectChat.Contracts.Records;
using ConnectChat.ServiceDefaults.Rpc;
using Grpc.Core;

namespace ConnectChat.Tests.Infrastructure.Fakes;

/// <summary>What <see cref="FakeServices"/> know: users, groups and messages; and the faults and counts of one test.</summary>
public sealed class FakeState
{
    // Of all instances together, and far from those that Groups gives: on a shared bus nobody may get what is meant for another.
    private static int _lastNumber = Random.Shared.Next(1 << 20, 1 << 30);

    private readonly ConcurrentDictionary<string, uint> _numbers = new();
    private readonly ConcurrentDictionary<string, FakeGroup> _groups = new();
    private readonly ConcurrentDictionary<string, bool> _hanging = new();
    private int _answersLeft = int.MaxValue;
    private int _healthProbes;
    private int _memberQuestions;
    private int _recipientQuestions;
    private int _notModified;
    private Func<Task>? _afterMember;

    public ConcurrentDictionary<string, List<OutgoingEvent>> Messages { get; } = new();

    /// <summary>The id of the table that user numbers are from.</summary>
    public string Table { get; set; } = "table-1";

    /// <summary>Awaited before a user's number is given.</summary>
    public Func<Task>? BeforeResolve { get; set; }

    /// <summary>Awaited at the beginning of every history read.</summary>
    public Func<ReadHistoryRequest, Task>? BeforeRead { get; set; }

    /// <summary>Awaited at the end of every history read: what it returns is read already, and not sent yet.</summary>
    public Func<ReadHistoryRequest, Task>? AfterRead { get; set; }

    /// <summary>Every question for recipients waits for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Awaited once: after the next question for a member has looked, and before it is answered.</summary>
    public Func<Task>? AfterMember
    {
        set => _afterMember = value;
    }

    /// <summary>So many questions for recipients are answered, and then none.</summary>
    public int AnswersLeft
    {
        set => _answersLeft = value;
    }

    public int HealthProbes => Volatile.Read(ref _healthProbes);

    /// <summary>How often somebody asked whether a user is a member.</summary>
    public int MemberQuestions => Volatile.Read(ref _memberQuestions);

    /// <summary>How often somebody asked for the recipients of a group.</summary>
    public int RecipientQuestions => Volatile.Read(ref _recipientQuestions);

    /// <summary>How many of those answers carried no set.</summary>
    public int NotModified => Volatile.Read(ref _notModified);

    internal IEnumerable<KeyValuePair<string, FakeGroup>> Groups => _groups;

    public uint Number(string user) => _numbers.GetOrAdd(user, _ => (uint)Interlocked.Increment(ref _lastNumber));

    public void Join(string group, params string[] users) =>
        _groups.AddOrUpdate(group, _ => FakeGroup.Of(Role.Member, users), (_, before) => before.With(Role.Member, users));

    public void Leave(string group, params string[] users) => _groups[group] = _groups[group].Without(users);

    /// <summary>The table was restored: the version goes back.</summary>
    public void Restore(string group, long version) => _groups[group] = _groups[group] with { Version = version };

    /// <summary>Questions for the recipients of these groups are not answered at all.</summary>
    public void Hang(params string[] groups) => Array.ForEach(groups, group => _hanging[group] = true);

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

    internal FakeGroup? Find(string group) => _groups.GetValueOrDefault(group);

    internal FakeGroup RequireMember(string group, string user) => Find(group) is { } found && found.Members.ContainsKey(user)
        ? found
        : throw RpcErrors.Create(StatusCode.PermissionDenied, ErrorCodes.NotAMember, "not a member");

    internal void Create(string group, string owner) => _groups[group] = FakeGroup.Of(Role.Owner, owner);

    internal string? UserOf(uint number) => _numbers.FirstOrDefault(entry => entry.Value == number).Key;

    internal void CountHealthProbe() => Interlocked.Increment(ref _healthProbes);

    internal void CountNotModified() => Interlocked.Increment(ref _notModified);

    internal async Task BeforeRecipientsAsync(string group, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _recipientQuestions);
        await Gate.WaitAsync(cancellationToken);
        if (_hanging.ContainsKey(group) || Interlocked.Decrement(ref _answersLeft) < 0)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }

    internal Task AfterMemberAsync()
    {
        Interlocked.Increment(ref _memberQuestions);
        return Interlocked.Exchange(ref _afterMember, null)?.Invoke() ?? Task.CompletedTask;
    }
}
