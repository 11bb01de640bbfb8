using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Invariants;

/// <summary>Which devices have to have shown a message when the run is over.</summary>
internal static class Required
{
    /// <summary>Users who were members at the stamped version and never left since; who left may have seen it, and need not.</summary>
    public static IEnumerable<DeviceLife> Devices(RecordedHistory history, string group, MessageFacts message)
    {
        if (!history.Memberships.IsKnown(group, message.Version))
        {
            return [];
        }

        return history.Devices.Values.Where(device =>
            history.Memberships.At(group, device.User, message.Version) is { IsCurrent: true });
    }

    /// <summary>Messages of each group, ascending.</summary>
    public static IEnumerable<(string Group, List<MessageFacts> Messages)> ByGroup(RecordedHistory history) => history.Messages
        .GroupBy(message => message.Key.Group)
        .Select(group => (group.Key, group.Select(message => message.Value).OrderBy(message => message.Sequence).ToList()));
}
