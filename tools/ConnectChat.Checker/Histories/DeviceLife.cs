namespace ConnectChat.Checker.Histories;

/// <summary>One connection of a device; still there when it has no end.</summary>
internal sealed record ConnectionLife(int Number, string Gateway, long BeganAt)
{
    public long EndedAt { get; set; } = long.MaxValue;

    public bool EndedOfItsOwn { get; set; }
}

/// <summary>What one device of a user did and showed.</summary>
internal sealed class DeviceLife(string name, string user)
{
    private readonly Dictionary<string, List<Shown>> _shown = [];

    public string Name => name;

    public string User => user;

    public List<ConnectionLife> Connections { get; } = [];

    public List<GapTold> Gaps { get; } = [];

    public List<Resumed> Resumes { get; } = [];

    /// <summary>What it showed of each group, in the order in which it did.</summary>
    public IReadOnlyDictionary<string, List<Shown>> ShownByGroup => _shown;

    /// <summary>What it showed of a group.</summary>
    public IReadOnlyList<Shown> ShownOf(string group) => _shown.GetValueOrDefault(group) ?? [];

    /// <summary>Whether it told of something missing between two messages that it showed one after the other.</summary>
    public bool ToldGap(string group, long after, long before) => Gaps.Any(gap => gap.Group == group && gap.After >= after && gap.After < before);

    /// <summary>
    /// Whether live messages of a group had to come over a connection all the time: its last resume before was complete, and no other was
    /// needed. While a group is replayed its live messages are held back, and come from history.
    /// </summary>
    public bool WasLive(string group, int connection, long from, long to)
    {
        var resumes = Resumes.Where(resume => resume.Group == group && resume.Connection == connection).ToList();
        return resumes.LastOrDefault(resume => resume.At < from) is { Complete: true } && !resumes.Any(resume => resume.At >= from && resume.At <= to);
    }

    public void Connected(Connected connected) => Connections.Add(new ConnectionLife(connected.Connection, connected.Gateway, connected.At));

    public void Disconnected(Disconnected disconnected)
    {
        if (Connections.LastOrDefault(each => each.Number == disconnected.Connection) is { } connection)
        {
            (connection.EndedAt, connection.EndedOfItsOwn) = (disconnected.At, disconnected.OfItsOwn);
        }
    }

    public void Shows(Shown shown)
    {
        if (!_shown.TryGetValue(shown.Group, out var all))
        {
            _shown[shown.Group] = all = [];
        }

        all.Add(shown);
    }
}
