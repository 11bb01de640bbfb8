using System.Globalization;
using ConnectChat.LocalCluster.Tracing;
using Spectre.Console;

namespace ConnectChat.Cli.Tracing;

/// <summary>Shows a message's way in a terminal: who, what, when it began, how long it took, and what came of it.</summary>
internal static class TraceTree
{
    private const int Widest = 200;

    public static void Write(MessageTrace trace, int gateways)
    {
        if (Console.IsOutputRedirected)
        {
            // A file has no width at which lines must break.
            AnsiConsole.Profile.Width = Widest;
        }

        var tree = new Tree(Markup.FromInterpolated(
            $"[bold]a message to {trace.Group ?? "?"}[/] [grey]trace {trace.Id}, {Milliseconds(trace.Duration)} from the call to the last step[/]"));
        foreach (var root in trace.Roots)
        {
            Add(tree, trace, root);
        }

        AnsiConsole.Write(tree);
        AnsiConsole.MarkupLine(Summary(trace));
        if (!trace.IsComplete(gateways))
        {
            AnsiConsole.MarkupLine("[yellow]Some spans have not arrived: services send them in batches. Ask again in a moment.[/]");
        }
    }

    private static void Add(IHasTreeNodes above, MessageTrace trace, Span span)
    {
        var times = $"+{Milliseconds(span.Start - trace.Spans[0].Start)}, took {Milliseconds(span.Duration)}";
        var failed = span.Failed ? "  FAILED" : "";
        var node = above.AddNode(Markup.FromInterpolated($"[blue]{span.Service}[/] {span.Name} [grey]{times}[/]{Outcome(trace, span)}{failed}"));
        foreach (var child in trace.Children(span))
        {
            Add(node, trace, child);
        }
    }

    private static string Outcome(MessageTrace trace, Span span) =>
        trace.FanOuts.Contains(span) ? $"  delivered {MessageTrace.Delivered(span):N0}, ignored {MessageTrace.Ignored(span):N0}"
        : trace.Published.Contains(span) ? $"  one record for {Counted(span.Number("connectchat.recipients.count") ?? 1, "recipient")}"
        : "";

    private static string Summary(MessageTrace trace) =>
        $"[bold]{Counted(trace.Published.Count, "record")} published[/]; {Counted(trace.FanOuts.Count, "gateway")} read it: "
            + $"delivered {trace.FanOuts.Sum(MessageTrace.Delivered):N0}, ignored {trace.FanOuts.Sum(MessageTrace.Ignored):N0}";

    private static string Counted(long number, string what) => $"{number:N0} {what}{(number == 1 ? "" : "s")}";

    private static string Milliseconds(TimeSpan time) => $"{time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture)} ms";
}
