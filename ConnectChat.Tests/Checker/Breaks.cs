using ConnectChat.Checker.Histories;

namespace ConnectChat.Tests.Checker;

/// <summary>Ways to make a bad history of a good one, each with the invariant that must notice.</summary>
internal static class Breaks
{
    private delegate bool Break(List<Observation> history, Random random);

    private static readonly Dictionary<string, (int Invariant, Break Apply)> All = new()
    {
        ["a message that a device never shows"] = (1, (history, random) => history.Remove(One(Owed(history), random)!)),
        ["a message of a former stay that a connected device passes over"] = (1, (history, random) =>
            history.Remove(One(PassedOverWhileConnected(history), random)!)),
        ["a message shown twice"] = (1, (history, random) => Again(history, One(history.OfType<Shown>(), random))),
        ["a send that is accepted and forgotten"] = (1, (history, _) =>
            Insert(history, new SendAccepted(At(history), "ann", "ann/1", MadeHistory.Group, "lost"))),
        ["a message that was told as rejected"] = (1, (history, random) =>
            One(history.OfType<SendAccepted>().Where(send => IsShown(history, send.ClientId)), random) is { } send
            && Insert(history, new Rejected(At(history), send.User, send.Device, send.Group, send.ClientId, "not_a_member"))),
        ["two messages with one sequence"] = (2, (history, random) =>
            Change(history, One(history.OfType<Shown>(), random), shown => shown with { Message = shown.Message with { Id = "another" } })),
        ["two messages in another order"] = (2, (history, random) => Swap(history, random)),
        ["a sequence that nobody has"] = (2, (history, random) => Forget(history, random)),
        ["a message before an earlier one of its sender"] = (3, SwapSends),
        ["a message that reaches somebody who is no member"] = (4, ToAStranger),
        ["a read of history by somebody who is no member"] = (4, (history, random) =>
            Change(history, One(history.OfType<HistoryRefused>(), random), refused =>
                new HistoryRead(refused.At, refused.BegunAt, refused.User, refused.Group, 0, []))),
        ["a read of history that lacks a message"] = (5, (history, random) => Change(
            history,
            One(history.OfType<HistoryRead>().Where(read => read.Messages.Count > 0), random),
            read => read with { Messages = [.. read.Messages.SkipLast(1)] })),
        ["a message with another text in history"] = (5, (history, random) => Change(
            history,
            One(history.OfType<HistoryRead>().Where(read => read.Messages.Count > 0), random),
            read => read with { Messages = [read.Messages[0] with { Body = "changed" }, .. read.Messages.Skip(1)] })),
        ["two records of a message"] = (6, (history, random) =>
            history.OfType<FaultBegan>().Any() ? false : Again(history, One(history.OfType<TopicRecord>(), random))),
        ["a message without a record"] = (6, (history, random) => history.Remove(One(history.OfType<TopicRecord>().Where(record => record.At > 0), random)!)),
        ["a send that became two messages"] = (7, (history, random) => One(history.OfType<TopicRecord>(), random) is { } record
            && Insert(history, record with { At = At(history), Message = record.Message! with { Sequence = 1_000, Id = "again" } })),
        ["a record without one of its recipients"] = (8, (history, random) =>
            Change(history, One(history.OfType<TopicRecord>(), random), record => record with { Recipients = [.. record.Recipients.Skip(1)] })),
        ["a record with a recipient too many"] = (8, (history, random) =>
            Change(history, One(history.OfType<TopicRecord>(), random), record => record with { Recipients = [.. record.Recipients, 9_999] })),
        ["a message of somebody who is no member"] = (8, FromAStranger),
        ["a message that is stamped with an old version"] = (8, Stale),
        ["a gap that is not told"] = (9, (history, random) => history.Remove(One(Passed(history), random)!)),
        ["a message that a gateway passes over in silence"] = (9, (history, random) => One(Passed(history).Intersect(Owed(history)), random) is { } passed
            && Insert(history, new GapSeen(
                At(history), passed.User, passed.Device, passed.Connection, passed.Group, passed.Message.Sequence - 1, passed.Message.Sequence + 1))),
        ["a last message that comes late"] = (10, (history, random) => Change(
            history, One(LastOwed(history), random), shown => shown with { At = At(history) })),
        ["a last message that never comes"] = (10, (history, random) => history.Remove(One(LastOwed(history), random)!)),
    };

    public static IEnumerable<string> Names => All.Keys;

    public static int InvariantOf(string name) => All[name].Invariant;

    /// <summary>Breaks it; false when this history has nothing to break in this way.</summary>
    public static bool TryApply(string name, List<Observation> history, int seed) => All[name].Apply(history, new Random(seed));

    private static T? One<T>(IEnumerable<T> all, Random random)
        where T : class => all.ToList() is { Count: > 0 } some ? some[random.Next(some.Count)] : null;

    private static long At(List<Observation> history) => history[^1].At - 1;

    private static bool IsShown(List<Observation> history, string clientId) =>
        history.OfType<TopicRecord>().Any(record => record.Message!.ClientId == clientId);

    private static bool Insert(List<Observation> history, Observation observation)
    {
        if (observation is SendAccepted accepted)
        {
            history.Insert(history.Count - 1, new SendBegun(accepted.At - 1, accepted.User, accepted.Device, accepted.Group, accepted.ClientId, ""));
        }

        history.Insert(history.Count - 1, observation);
        return true;
    }

    private static bool Again(List<Observation> history, Observation? observation) => observation is not null && Insert(history, observation);

    private static bool Change<T>(List<Observation> history, T? found, Func<T, Observation> change)
        where T : Observation
    {
        if (found is null)
        {
            return false;
        }

        history[history.IndexOf(found)] = change(found);
        return true;
    }

    // What a device has to have at the end: of the stay that goes on.
    private static IEnumerable<Shown> Owed(List<Observation> history)
    {
        var memberships = new MembershipTimeline(history);
        return history.OfType<Shown>().Where(shown => memberships.At(shown.Group, shown.User, shown.Message.Version) is { IsCurrent: true });
    }

    private static IEnumerable<Shown> LastOwed(List<Observation> history) =>
        Owed(history).GroupBy(shown => shown.Device).Select(shown => shown.MaxBy(each => each.Message.Sequence)!);

    // Those that are followed by another of the same stay.
    private static IEnumerable<Shown> Passed(List<Observation> history)
    {
        var memberships = new MembershipTimeline(history);
        Membership? stay(Shown shown) => memberships.At(shown.Group, shown.User, shown.Message.Version);
        return history.OfType<Shown>().Where(shown =>
            After(history, shown).Any(later => stay(later) == stay(shown)));
    }

    private static IEnumerable<Shown> PassedOverWhileConnected(List<Observation> history)
    {
        var memberships = new MembershipTimeline(history);
        var sent = history.OfType<SendBegun>().ToDictionary(send => send.ClientId, send => send.At);
        return history.OfType<Shown>().Where(shown =>
            memberships.At(shown.Group, shown.User, shown.Message.Version) is { IsCurrent: false }
            && history.OfType<Resumed>().Any(resumed =>
                resumed.Device == shown.Device && resumed.Connection == shown.Connection && resumed.At < sent[shown.Message.ClientId])
            && history.OfType<Shown>().Any(earlier => earlier.Device == shown.Device && earlier.Message.Sequence < shown.Message.Sequence)
            && After(history, shown).Any(later => later.Connection == shown.Connection));
    }

    private static IEnumerable<Shown> After(List<Observation> history, Shown shown) =>
        history.OfType<Shown>().Where(later => later.Device == shown.Device && later.Message.Sequence > shown.Message.Sequence);

    private static bool Swap(List<Observation> history, Random random)
    {
        var device = One(history.OfType<Shown>().GroupBy(shown => shown.Device).Where(shown => shown.Count() > 1), random)?.ToList();
        if (device is null)
        {
            return false;
        }

        var (first, second) = (history.IndexOf(device[0]), history.IndexOf(device[1]));
        (history[first], history[second]) = (history[second], history[first]);
        return true;
    }

    private static bool Forget(List<Observation> history, Random random)
    {
        var last = history.OfType<TopicRecord>().Select(record => record.Message!.Sequence).DefaultIfEmpty().Max();
        if (One(history.OfType<TopicRecord>().Where(record => record.Message!.Sequence < last), random) is not { Message.Sequence: var sequence })
        {
            return false;
        }

        history.RemoveAll(each => each is Shown shown && shown.Message.Sequence == sequence);
        history.RemoveAll(each => each is TopicRecord record && record.Message!.Sequence == sequence);
        foreach (var read in history.OfType<HistoryRead>().ToList())
        {
            history[history.IndexOf(read)] = read with { Messages = [.. read.Messages.Where(message => message.Sequence != sequence)] };
        }

        return true;
    }

    private static bool SwapSends(List<Observation> history, Random random)
    {
        var shown = history.OfType<SendBegun>().Where(send => IsShown(history, send.ClientId));
        var sends = One(shown.GroupBy(send => send.User).Where(sends => sends.Count() > 1), random);
        if (sends is null)
        {
            return false;
        }

        var (first, second) = (sends.First().ClientId, sends.Last().ClientId);
        string other(string id) => id == first ? second : id == second ? first : id;
        for (var i = 0; i < history.Count; i++)
        {
            history[i] = history[i] switch
            {
                SendBegun begun => begun with { ClientId = other(begun.ClientId) },
                SendAccepted accepted => accepted with { ClientId = other(accepted.ClientId) },
                var same => same,
            };
        }

        return true;
    }

    private static bool ToAStranger(List<Observation> history, Random random)
    {
        var memberships = new MembershipTimeline(history);
        var users = history.OfType<UserNumbered>().Select(user => user.User).ToList();
        var passed = history.OfType<TopicRecord>().SelectMany(record => users
            .Where(user => memberships.At(record.Group, user, record.Message!.Version) is null)
            .Select(user => new Shown(At(history), user, MadeHistory.Device(user), 1, record.Group, record.Message!)));
        return One(passed, random) is { } shown && Insert(history, shown);
    }

    private static bool FromAStranger(List<Observation> history, Random random)
    {
        if (One(history.OfType<TopicRecord>(), random) is not { Message: { } message })
        {
            return false;
        }

        ChangeEverywhere(history, message, message with { Sender = "stranger" });
        return true;
    }

    private static bool Stale(List<Observation> history, Random random)
    {
        if (One(history.OfType<TopicRecord>(), random) is not { Message: { } message })
        {
            return false;
        }

        ChangeEverywhere(history, message, message with { Version = message.Version - 1 });
        return true;
    }

    private static void ChangeEverywhere(List<Observation> history, MessageFacts from, MessageFacts to)
    {
        for (var i = 0; i < history.Count; i++)
        {
            history[i] = history[i] switch
            {
                Shown shown when shown.Message == from => shown with { Message = to },
                TopicRecord record when record.Message == from => record with { Message = to },
                HistoryRead read => read with { Messages = [.. read.Messages.Select(message => message == from ? to : message)] },
                var same => same,
            };
        }
    }
}
