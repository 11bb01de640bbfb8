using ConnectChat.Checker.Histories;

namespace ConnectChat.Tests.Checker;

/// <summary>Writes by hand the history that a product without a fault leaves: one group, and users with one device each.</summary>
internal sealed class MadeHistory
{
    public const string Group = "team";
    private const long Step = 1_000;

    private readonly List<Observation> _all = [];
    private readonly List<MessageFacts> _messages = [];
    private readonly Dictionary<string, (long Joined, bool IsMember)> _members = [];
    private readonly Dictionary<string, int> _connections = [];
    private readonly Dictionary<string, long> _last = [];
    private readonly HashSet<string> _away = [];
    private readonly List<string> _users = [];
    private long _at;
    private long _version = 1;
    private long _offset;
    private int _faults;

    public MadeHistory(params string[] others)
    {
        _all.Add(new RunStarted(0, RunStarted.CurrentVersion, 1, "", "", "", "embedded", 1, others.Length + 1, 1, [], 10));
        _all.Add(new GroupCreated(Now(), Group, "ann", 1));
        _members["ann"] = (1, true);
        foreach (var user in others.Prepend("ann"))
        {
            _users.Add(user);
            _all.Add(new UserNumbered(Now(), user, Number(user)));
            Connect(user);
        }

        Add(others);
    }

    public IReadOnlyList<string> Users => _users;

    public bool IsMember(string user) => _members.TryGetValue(user, out var member) && member.IsMember;

    public bool IsAway(string user) => _away.Contains(user);

    public static string Device(string user) => $"{user}/1";

    /// <summary>A member sends: accepted, recorded, shown on all connected devices of members.</summary>
    public MadeHistory Send(string user)
    {
        var id = $"c{_messages.Count + 1}";
        _all.Add(new SendBegun(Now(), user, Device(user), Group, id, id));
        _all.Add(new SendAccepted(Now(), user, Device(user), Group, id));
        var message = new MessageFacts(_messages.Count + 1, $"m-{id}", user, id, _version, id);
        _messages.Add(message);
        _all.Add(new TopicRecord(Now(), 0, _offset++, Group, null, message, [.. Members().Select(Number).Order()], "trace"));
        foreach (var member in Members().Where(member => !_away.Contains(member)))
        {
            Show(member, message);
        }

        return this;
    }

    /// <summary>Somebody who is no member sends: accepted, then rejected.</summary>
    public MadeHistory SendAsStranger(string user)
    {
        var id = $"stranger-{_at}";
        _all.Add(new SendBegun(Now(), user, Device(user), Group, id, id));
        _all.Add(new SendAccepted(Now(), user, Device(user), Group, id));
        _all.Add(new Rejected(Now(), user, Device(user), Group, id, "not_a_member"));
        return this;
    }

    public MadeHistory Add(params string[] users) => Change(adds: true, users);

    public MadeHistory Remove(params string[] users) => Change(adds: false, users);

    public MadeHistory Leave(string user)
    {
        _away.Add(user);
        _all.Add(new Disconnected(Now(), user, Device(user), _connections[user], OfItsOwn: true));
        return this;
    }

    /// <summary>Connects again, and gets what was missed of the present stay.</summary>
    public MadeHistory Return(string user)
    {
        _away.Remove(user);
        Connect(user);
        foreach (var message in Visible(user).Where(message => message.Sequence > _last.GetValueOrDefault(user)))
        {
            Show(user, message);
        }

        return this;
    }

    public MadeHistory Read(string user, long after = 0)
    {
        var begun = Now();
        _all.Add(IsMember(user)
            ? new HistoryRead(Now(), begun, user, Group, after, [.. Visible(user).Where(message => message.Sequence > after)])
            : new HistoryRefused(Now(), begun, user, Group, "not_a_member"));
        return this;
    }

    public MadeHistory Fault()
    {
        _all.Add(new FaultBegan(Now(), ++_faults, "kill", "messaging"));
        _all.Add(new FaultEnded(Now(), _faults, _at));
        return this;
    }

    /// <summary>Everybody comes back, and the run ends.</summary>
    public List<Observation> End()
    {
        _all.Add(new TrafficEnded(Now()));
        foreach (var user in _away.ToList())
        {
            Return(user);
        }

        Read("ann");
        _all.Add(new RunEnded(_at + 60_000_000));
        return [.. _all];
    }

    public static uint Number(string user) => (uint)user[0];

    private IEnumerable<string> Members() => _members.Where(member => member.Value.IsMember).Select(member => member.Key);

    private IEnumerable<MessageFacts> Visible(string user) =>
        IsMember(user) ? _messages.Where(message => message.Version >= _members[user].Joined) : [];

    private MadeHistory Change(bool adds, string[] users)
    {
        var asked = Now();
        _all.Add(new MembershipAsked(asked, Group, adds, users));
        _version++;
        foreach (var user in users)
        {
            _members[user] = (_version, adds);
        }

        _all.Add(new MembershipAnswered(Now(), asked, Group, adds, users, _version));
        return this;
    }

    private void Connect(string user)
    {
        var connection = _connections[user] = _connections.GetValueOrDefault(user) + 1;
        _all.Add(new Connected(Now(), user, Device(user), connection, "gateway-1"));
        _all.Add(new Resumed(Now(), user, Device(user), connection, Group, Complete: true));
    }

    private void Show(string user, MessageFacts message)
    {
        _last[user] = message.Sequence;
        _all.Add(new Shown(Now(), user, Device(user), _connections[user], Group, message));
    }

    private long Now() => _at += Step;
}
