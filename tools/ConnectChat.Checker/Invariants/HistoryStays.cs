using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Invariants;

/// <summary>(5) What was once seen is in history from then on, and stays what it is.</summary>
internal sealed class HistoryStays : Invariant
{
    public override int Number => 5;

    public override string Promise => "History never shrinks and never changes: whatever anybody has seen is in it.";

    public override void Check(RecordedHistory history, Findings findings)
    {
        foreach (var sighting in history.Sightings)
        {
            var first = history.Messages[(sighting.Group, sighting.Facts.Sequence)];
            findings.Expect(sighting.Facts with { Id = first.Id } == first, () => new Violation(
                $"Sequence {first.Sequence} of {sighting.Group} was {first}, and is {sighting.Facts} at {sighting.Where}.",
                sighting.Group, first.Sequence, first.ClientId));
        }

        // A record on the topic counts as well: it is published after it was written.
        var seen = history.Sightings
            .GroupBy(sighting => sighting.Group)
            .ToDictionary(group => group.Key, group => group.GroupBy(sighting => sighting.Facts.Sequence)
                .Select(sightings => sightings.MinBy(sighting => sighting.At))
                .OrderBy(sighting => sighting.Facts.Sequence)
                .ToList());
        foreach (var read in history.HistoryReads)
        {
            CheckRead(history, read, seen.GetValueOrDefault(read.Group) ?? [], findings);
        }
    }

    // Only a read within one stay: of another it is open which messages it may give.
    private static void CheckRead(RecordedHistory history, HistoryRead read, List<Sighting> seen, Findings findings)
    {
        var stay = history.Memberships.Of(read.Group, read.User).FirstOrDefault(stay => stay.JoinedAt < read.BegunAt && stay.LeaveAskedAt > read.At);
        if (stay is null)
        {
            return;
        }

        var given = read.Messages.Select(message => message.Sequence).ToHashSet();
        foreach (var sighting in seen)
        {
            if (sighting.Facts.Sequence > read.After && sighting.At < read.BegunAt && sighting.Facts.Version >= stay.Joined)
            {
                findings.Expect(given.Contains(sighting.Facts.Sequence), () => new Violation(
                    $"Sequence {sighting.Facts.Sequence} of {read.Group} was seen by {sighting.Where} at {Seconds(sighting.At)}, "
                    + $"and is missing in the history that {read.User} read at {Seconds(read.BegunAt)}.",
                    read.Group, sighting.Facts.Sequence, sighting.Facts.ClientId, read.User));
            }
        }
    }
}
