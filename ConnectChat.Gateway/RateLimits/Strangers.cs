using System.Text;
using BitFaster.Caching.Lru;
using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Contracts.Records;
using ConnectChat.Records;
using Google.Protobuf;
using Grpc.Core;
using GroupsClient = ConnectChat.Contracts.Groups.Groups.GroupsClient;

namespace ConnectChat.Gateway.RateLimits;

/// <summary>
/// Refuses users who keep sending to groups that they are no members of, so that their messages no longer cost the bus, Messaging and the
/// members anything. Messaging still decides about each accepted message; the membership that is looked at here is a second old at most.
/// </summary>
/// <remarks>Every gateway reads every rejection, so a user is suspect on all of them at once. Safe for any thread.</remarks>
internal sealed class Strangers(GroupsClient groups, TimeProvider clock)
{
    /// <summary>
    /// How long a refused stranger waits for the answer. Calls of one connection run one after another, so this is what bounds a flood, and waiting
    /// costs nothing.
    /// </summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>So many rejections within <see cref="Memory"/> make a user suspect; fewer happen to anybody who was just removed.</summary>
    private const int Many = 5;

    private const int RememberedUsers = 20_000;
    private const int RememberedAnswers = 50_000;

    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnswerHolds = TimeSpan.FromSeconds(1);
    private static readonly byte[] Kind = Encoding.UTF8.GetBytes(EventKind.Rejection);

    private readonly ConcurrentLru<uint, Record> _records = new(1, RememberedUsers, EqualityComparer<uint>.Default);
    private readonly ConcurrentLru<(string Group, uint User), Answer> _answers = new(
        Environment.ProcessorCount, RememberedAnswers, EqualityComparer<(string, uint)>.Default);

    /// <summary>A record was read; a rejection of a stranger's message is noted.</summary>
    public void Read(Message<string, byte[]> record)
    {
        if (record.Headers is { } headers && headers.TryGetLastBytes(RecordHeaders.Kind, out var kind) && kind.AsSpan().SequenceEqual(Kind)
            && headers.TryGetLastBytes(RecordHeaders.Recipients, out var recipients)
            && RecipientSet.TryDecode(recipients, maximumCount: 1, out var users) == RecipientSetError.None && users is [var user]
            && CodeOf(record) == ErrorCodes.NotAMember)
        {
            _records.GetOrAdd(user, static _ => new Record()).Add(clock.GetTimestamp());
        }
    }

    /// <summary>True when the user is suspect and no member of the group, as Groups said a second ago at most.</summary>
    public async ValueTask<bool> AreRefusedAsync(string groupId, string userId, uint userNumber, CancellationToken cancellationToken)
    {
        if (!_records.TryGet(userNumber, out var record) || !record.HasMany(Many, clock, Memory))
        {
            return false;
        }

        var key = (groupId, userNumber);
        if (!_answers.TryGet(key, out var answer) || clock.GetElapsedTime(answer.At) >= AnswerHolds)
        {
            // Several at once may ask; each has one call per connection under way at most.
            answer = new Answer(await IsStrangerAsync(groupId, userId, cancellationToken), clock.GetTimestamp());
            _answers.AddOrUpdate(key, answer);
        }

        return answer.IsStranger;
    }

    private static string? CodeOf(Message<string, byte[]> record)
    {
        try
        {
            return Rejection.Parser.ParseFrom(record.Value ?? []).Code;
        }
        catch (InvalidProtocolBufferException)
        {
            // The fan-out counts it.
            return null;
        }
    }

    private async Task<bool> IsStrangerAsync(string groupId, string userId, CancellationToken cancellationToken)
    {
        try
        {
            var member = await groups.GetMemberAsync(new GetMemberRequest { GroupId = groupId, UserId = userId }, cancellationToken: cancellationToken);
            return !member.IsMember;
        }
        catch (RpcException)
        {
            // Messaging decides, when it can: a member must not suffer from an outage here.
            return false;
        }
    }

    private sealed record Answer(bool IsStranger, long At);

    /// <summary>When the last rejections were.</summary>
    private sealed class Record
    {
        private readonly Queue<long> _last = new(Many);

        public void Add(long at)
        {
            lock (_last)
            {
                if (_last.Count == Many)
                {
                    _last.Dequeue();
                }

                _last.Enqueue(at);
            }
        }

        public bool HasMany(int many, TimeProvider clock, TimeSpan within)
        {
            lock (_last)
            {
                return _last.Count == many && clock.GetElapsedTime(_last.Peek()) < within;
            }
        }
    }
}
