using System.Globalization;
using System.Text;

namespace ConnectChat.AppHost.Demo;

/// <summary>An outcome in words, and as a table for the dashboard's dialog.</summary>
internal static class DemoReport
{
    /// <summary>One line.</summary>
    public static string Line(DemoOutcome outcome) => outcome.Messages is [var message]
        ? $"Message {message.Sequence} of {DemoGroup.Id}: {Records(outcome)} for {outcome.Recipients} recipients, "
            + $"delivered by {outcome.Gateways.Count} gateways, the last after {Milliseconds(message.Last)}."
        : $"Messages {outcome.Messages.Min(each => each.Sequence)} to {outcome.Messages.Max(each => each.Sequence)} of {DemoGroup.Id}: "
            + $"{Records(outcome)} for {outcome.Messages.Count} messages, {outcome.Messages.Count * outcome.Gateways.Count} deliveries, "
            + $"p50 {Milliseconds(Percentile(outcome, 0.5))}, p99 {Milliseconds(Percentile(outcome, 0.99))}.";

    /// <summary>Markdown.</summary>
    /// <param name="outcome">What happened.</param>
    /// <param name="dashboard">Address of the dashboard; null makes the link one within it.</param>
    public static string Markdown(DemoOutcome outcome, string? dashboard)
    {
        var text = new StringBuilder();
        text.AppendLine(Line(outcome)).AppendLine();
        var single = outcome.Messages.Count == 1;
        text.AppendLine(single ? "| gateway | delivered | ignored | after |" : "| gateway | delivered | ignored | first after | last after |")
            .AppendLine(single ? "|---|---:|---:|---:|" : "|---|---:|---:|---:|---:|");
        for (var i = 0; i < outcome.Gateways.Count; i++)
        {
            var arrivals = outcome.Messages.Select(message => message.Arrived[i]).ToList();
            var took = outcome.Gateways[i] == outcome.SentThrough ? " (took the send)" : "";
            var times = single ? Milliseconds(arrivals[0]) : $"{Milliseconds(arrivals.Min())} | {Milliseconds(arrivals.Max())}";
            text.AppendLine(
                CultureInfo.InvariantCulture, $"| {outcome.Gateways[i]}{took} | {arrivals.Count} | {arrivals.Count * (outcome.Recipients - 1)} | {times} |");
        }

        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Accepted after {Milliseconds(outcome.Messages.Max(message => message.Accepted))}.")
            .AppendLine("Delivered and ignored count recipients: those connected to a gateway, and those it passed over.");
        text.AppendLine().AppendLine(outcome.TraceId is { } trace
            ? $"[The message's trace: one publish, a fan-out on every gateway]({dashboard?.TrimEnd('/')}/traces/detail/{trace})"
            : $"[The messages' traces]({dashboard?.TrimEnd('/')}/traces)");
        return text.ToString();
    }

    private static string Records(DemoOutcome outcome) => outcome.Records == 1 ? "1 record" : $"{outcome.Records} records";

    private static TimeSpan Percentile(DemoOutcome outcome, double share)
    {
        var sorted = outcome.Messages.SelectMany(message => message.Arrived).Order().ToList();
        return sorted[(int)Math.Ceiling(share * sorted.Count) - 1];
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture) + " ms";
}
