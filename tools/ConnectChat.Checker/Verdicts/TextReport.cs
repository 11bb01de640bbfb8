using System.Globalization;
using System.Text;

namespace ConnectChat.Checker.Verdicts;

/// <summary>The verdict as a person reads it in a terminal.</summary>
internal static class TextReport
{
    /// <summary>What was done, in a few sentences.</summary>
    public static string Summary(Verdict verdict)
    {
        var run = verdict.Run;
        var faults = verdict.Faults.Count == 0 ? "no faults" : string.Join(", ", verdict.Faults.Select(kind => $"{kind.Value} × {kind.Key}"));
        string number(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);
        return string.Join(
            ' ',
            $"{number(verdict.Seconds)} s, seed {run.Seed}, {run.Gateways} gateways, {run.Users} users with {verdict.Devices} devices, {run.Groups} groups,",
            $"Kafka {run.Kafka}; {number(verdict.Sends)} sends ({number(verdict.Accepted)} accepted, {number(verdict.Rejected)} rejected,",
            $"{number(verdict.Unanswered)} without an answer, {number(verdict.Repeated)} sent again), {number(verdict.Messages)} messages,",
            $"{number(verdict.Deliveries)} deliveries, {number(verdict.Records)} records ({number(verdict.RecordsAgain)} published again),",
            $"{number(verdict.MembershipChanges)} changes of members, {number(verdict.Connections)} connections,",
            $"{number(verdict.HistoryReads)} reads of history, {number(verdict.GapsTold)} gaps told; {faults}. {run.Machine}, commit {run.Commit}.");
    }

    /// <summary>The whole text.</summary>
    public static string Of(Verdict verdict)
    {
        var text = new StringBuilder().AppendLine(Summary(verdict)).AppendLine();
        foreach (var promise in verdict.Promises)
        {
            var mark = promise.Violations == 0 ? "kept  " : "BROKEN";
            text.Append(CultureInfo.InvariantCulture, $"{mark} ({promise.Number}) {promise.Promise}  ")
                .AppendLine(CultureInfo.InvariantCulture, $"[{promise.Checked:#,0} checked, {promise.Violations:#,0} violations]");
        }

        text.AppendLine().AppendLine("from send to shown, ms        faults  deliveries       p50       p99       max");
        foreach (var outage in verdict.Outages)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{outage.Kind,-28} {outage.Faults,7} {outage.Deliveries,11:#,0} {outage.P50,9:#,0.0} {outage.P99,9:#,0.0} {outage.Max,9:#,0.0}");
        }

        foreach (var promise in verdict.Promises.Where(promise => promise.Violations > 0))
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"The first counter-example of ({promise.Number}): {promise.First}");
            foreach (var line in promise.Path)
            {
                text.AppendLine(line);
            }
        }

        var end = verdict.Violations > 0 ? $"{verdict.Violations} violations."
            : verdict.Kept ? "All promises were kept."
            : "Nothing was delivered: this says nothing.";
        return text.AppendLine().Append(end).ToString();
    }
}
