namespace ConnectChat.Checker.Histories;

/// <summary>A send, over all its attempts and devices.</summary>
internal sealed class Send(string group, string sender, string clientId, long begunAt)
{
    public string Group => group;

    public string Sender => sender;

    public string ClientId => clientId;

    /// <summary>When its first attempt began.</summary>
    public long BegunAt => begunAt;

    /// <summary>When it was first accepted; null when it never was, as far as its sender knows.</summary>
    public long? AcceptedAt { get; set; }

    /// <summary>Why a gateway refused it for good.</summary>
    public string? RefusedWith { get; set; }

    /// <summary>Why it was told as rejected, live or when asked.</summary>
    public string? RejectedWith { get; set; }

    /// <summary>What it was told to be when asked.</summary>
    public List<OutcomeTold> Outcomes { get; } = [];
}

/// <summary>A message as it was seen somewhere.</summary>
/// <param name="At">When.</param>
/// <param name="Where">Who saw it, or where.</param>
/// <param name="Group">Its group.</param>
/// <param name="Facts">What it was.</param>
internal readonly record struct Sighting(long At, string Where, string Group, MessageFacts Facts);

/// <summary>A fault with its end.</summary>
internal sealed record Fault(int Number, string Kind, string Target, long BeganAt, long LiftedAt, long EndedAt);

/// <summary>A history, sorted so that invariants find what they ask for. It is not changed.</summary>
internal sealed class RecordedHistory
{
    private readonly Dictionary<(string, string, string), Send> _sends = [];
    private readonly Dictionary<(string Group, long Sequence), MessageFacts> _messages = [];
    private readonly Dictionary<(string, string, string), (string Group, MessageFacts Facts)> _bySend = [];

    public RecordedHistory(IReadOnlyList<Observation> observations)
    {
        All = observations;
        Run = observations.OfType<RunStarted>().First();
        Memberships = new MembershipTimeline(observations);
        Sightings = [.. observations.SelectMany(SightingsOf)];
        foreach (var sighting in Sightings)
        {
            _messages.TryAdd((sighting.Group, sighting.Facts.Sequence), sighting.Facts);
            _bySend.TryAdd((sighting.Group, sighting.Facts.Sender, sighting.Facts.ClientId), (sighting.Group, sighting.Facts));
        }

        foreach (var observation in observations)
        {
            Note(observation);
        }

        var ends = observations.OfType<FaultEnded>().ToDictionary(end => end.Number);
        TrafficEndedAt = observations.OfType<TrafficEnded>().FirstOrDefault()?.At ?? observations[^1].At;
        Faults = [.. observations.OfType<FaultBegan>().Select(began => ends.TryGetValue(began.Number, out var end)
            ? new Fault(began.Number, began.Kind, began.Target, began.At, end.LiftedAt, end.At)
            : new Fault(began.Number, began.Kind, began.Target, began.At, observations[^1].At, observations[^1].At))];
    }

    public IReadOnlyList<Observation> All { get; }

    public RunStarted Run { get; }

    public MembershipTimeline Memberships { get; }

    /// <summary>Every place where a message was seen: devices, pages of history and the topic, in the order of the file.</summary>
    public IReadOnlyList<Sighting> Sightings { get; }

    public IReadOnlyCollection<Send> Sends => _sends.Values;

    /// <summary>Each message once, as it was seen first.</summary>
    public IReadOnlyDictionary<(string Group, long Sequence), MessageFacts> Messages => _messages;

    /// <summary>Device → what it did.</summary>
    public Dictionary<string, DeviceLife> Devices { get; } = [];

    /// <summary>Records of messages, in the order in which they were read.</summary>
    public List<TopicRecord> Records { get; } = [];

    public List<HistoryRead> HistoryReads { get; } = [];

    public List<GapSeen> GapsSeen { get; } = [];

    /// <summary>Number in recipient sets → user.</summary>
    public Dictionary<uint, string> UserNumbers { get; } = [];

    public IReadOnlyList<Fault> Faults { get; }

    public long TrafficEndedAt { get; }

    /// <summary>The message that a send became; null when none was seen.</summary>
    public MessageFacts? MessageOf(Send send) => _bySend.TryGetValue((send.Group, send.Sender, send.ClientId), out var found) ? found.Facts : null;

    /// <summary>The send that a message came from; null for one that this checker did not send.</summary>
    public Send? SendOf(string group, MessageFacts message) => _sends.GetValueOrDefault((group, message.Sender, message.ClientId));

    private static IEnumerable<Sighting> SightingsOf(Observation observation) => observation switch
    {
        Shown shown => [new Sighting(shown.At, shown.Device, shown.Group, shown.Message)],
        HistoryRead read => read.Messages.Select(message => new Sighting(read.At, $"history read by {read.User}", read.Group, message)),
        TopicRecord { Message: { } message } record =>
            [new Sighting(record.At, $"the topic, partition {record.Partition} offset {record.Offset}", record.Group, message)],
        _ => [],
    };

    private void Note(Observation observation)
    {
        switch (observation)
        {
            case SendBegun begun:
                _sends.TryAdd((begun.Group, begun.User, begun.ClientId), new Send(begun.Group, begun.User, begun.ClientId, begun.At));
                break;
            case SendAccepted accepted when Find(accepted.Group, accepted.User, accepted.ClientId) is { } send:
                send.AcceptedAt ??= accepted.At;
                break;
            case SendRefused refused when Find(refused.Group, refused.User, refused.ClientId) is { } send:
                send.RefusedWith ??= refused.Code;
                break;
            case Rejected rejected when Find(rejected.Group, rejected.User, rejected.ClientId) is { } send:
                send.RejectedWith ??= rejected.Code;
                break;
            case OutcomeTold told when Find(told.Group, told.User, told.ClientId) is { } send:
                send.Outcomes.Add(told);
                send.RejectedWith ??= told.Outcome == "rejected" ? told.Code ?? "rejected" : null;
                break;
            case Connected connected:
                Device(connected.Device, connected.User).Connected(connected);
                break;
            case Disconnected disconnected:
                Device(disconnected.Device, disconnected.User).Disconnected(disconnected);
                break;
            case Resumed resumed:
                Device(resumed.Device, resumed.User).Resumes.Add(resumed);
                break;
            case Shown shown:
                Device(shown.Device, shown.User).Shows(shown);
                break;
            case GapTold told:
                Device(told.Device, told.User).Gaps.Add(told);
                break;
            case GapSeen seen:
                GapsSeen.Add(seen);
                break;
            case HistoryRead read:
                HistoryReads.Add(read);
                break;
            case TopicRecord { Message: not null } record:
                Records.Add(record);
                break;
            case UserNumbered numbered:
                UserNumbers[numbered.Number] = numbered.User;
                break;
        }
    }

    private Send? Find(string group, string user, string clientId) => _sends.GetValueOrDefault((group, user, clientId));

    private DeviceLife Device(string name, string user)
    {
        if (!Devices.TryGetValue(name, out var device))
        {
            Devices[name] = device = new DeviceLife(name, user);
        }

        return device;
    }
}
