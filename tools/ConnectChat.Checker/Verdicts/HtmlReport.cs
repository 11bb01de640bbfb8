using System.Globalization;
using System.Net;
using System.Text;
using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Verdicts;

/// <summary>The verdict as one HTML file without scripts: what was kept, and a timeline of faults against outages.</summary>
internal static class HtmlReport
{
    private const int Width = 1_200;
    private const int Height = 220;
    private const int Buckets = 600;
    private static readonly string[] Colours = ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c564b", "#7f7f7f", "#bcbd22", "#17becf"];

    /// <summary>Writes the file.</summary>
    public static string Of(RecordedHistory history, Verdict verdict)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $$"""
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Connect Chat, checked</title>
            <style>body{font:15px/1.45 system-ui,sans-serif;max-width:1240px;margin:2em auto;padding:0 1em;color:#222}
            table{border-collapse:collapse;margin:1em 0}td,th{border-bottom:1px solid #ddd;padding:.25em .8em;text-align:left}td.n{text-align:right}
            pre{background:#f6f6f6;padding:1em;overflow:auto}.kept{color:#007a3d}.broken{color:#b00020;font-weight:bold}</style>
            <h1>Connect Chat, checked: <span class="{{(verdict.Kept ? "kept" : "broken")}}">{{(verdict.Kept ? "kept" : "BROKEN")}}</span></h1>
            <p>{{Text(TextReport.Summary(verdict))}}</p>

            """);
        html.Append("<h2>Faults and outages</h2>").Append(Timeline(history, verdict)).Append(OutageTable(verdict)).Append(PromiseTable(verdict));
        foreach (var promise in verdict.Promises.Where(promise => promise.Violations > 0))
        {
            html.Append(CultureInfo.InvariantCulture, $"<h2>First counter-example of ({promise.Number})</h2><p>{Text(promise.First!)}</p><pre>")
                .Append(Text(string.Join('\n', promise.Path))).Append("</pre>");
        }

        return html.Append("</html>\n").ToString();
    }

    private static string Timeline(RecordedHistory history, Verdict verdict)
    {
        var end = Math.Max(1, history.TrafficEndedAt);
        var kinds = verdict.Faults.Keys.ToList();
        double x(long at) => (double)at / end * Width;
        var svg = new StringBuilder().Append(CultureInfo.InvariantCulture, $"""<svg viewBox="0 0 {Width} {Height + 40}" width="100%" role="img">""");
        foreach (var fault in history.Faults)
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"""<rect x="{x(fault.BeganAt):0.#}" y="0" width="{Math.Max(2, x(fault.EndedAt) - x(fault.BeganAt)):0.#}" height="{Height}" """)
                .Append(CultureInfo.InvariantCulture, $"""fill="{Colours[kinds.IndexOf(fault.Kind) % Colours.Length]}" fill-opacity=".35">""")
                .Append(CultureInfo.InvariantCulture, $"<title>{Text($"{fault.Number}: {fault.Kind} {fault.Target}")}</title></rect>");
        }

        // The slowest delivery of what was sent in each part of the run.
        var slowest = new double[Buckets];
        foreach (var delivery in Outages.Deliveries(history).Where(delivery => delivery.SentAt < end))
        {
            ref var bucket = ref slowest[delivery.SentAt * Buckets / end];
            bucket = Math.Max(bucket, delivery.Took / 1e6);
        }

        var most = Math.Max(0.1, slowest.Max());
        var points = slowest.Select((seconds, i) =>
            string.Create(CultureInfo.InvariantCulture, $"{(i + 0.5) * Width / Buckets:0.#},{Height - (seconds / most * Height):0.#}"));
        svg.Append(CultureInfo.InvariantCulture, $"""<polyline fill="none" stroke="#222" stroke-width="1.2" points="{string.Join(' ', points)}"/>""")
            .Append(CultureInfo.InvariantCulture, $"""<text x="4" y="14" font-size="12">slowest delivery, up to {most:0.0} s</text>""")
            .Append(CultureInfo.InvariantCulture, $"""<text x="{Width - 4}" y="{Height - 4}" font-size="12" text-anchor="end">{end / 1e6:0} s</text>""");
        for (var i = 0; i < kinds.Count; i++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""<rect x="{i * 120}" y="{Height + 14}" width="12" height="12" fill="{Colours[i % Colours.Length]}"/>""")
                .Append(CultureInfo.InvariantCulture, $"""<text x="{(i * 120) + 17}" y="{Height + 24}" font-size="12">{Text(kinds[i])}</text>""");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static string OutageTable(Verdict verdict) => Table(
        ["kind", "faults", "deliveries", "p50 ms", "p99 ms", "max ms"],
        verdict.Outages.Select(outage => new[]
        {
            outage.Kind, $"{outage.Faults}", Number(outage.Deliveries), Number(outage.P50), Number(outage.P99), Number(outage.Max),
        }));

    private static string PromiseTable(Verdict verdict) => "<h2>Promises</h2>" + Table(
        ["promise", "", "checked", "violations"],
        verdict.Promises.Select(promise => new[] { $"{promise.Number}", promise.Promise, Number(promise.Checked), Number(promise.Violations) }));

    private static string Table(string[] head, IEnumerable<string[]> rows) =>
        $"<table><tr>{string.Concat(head.Select(cell => $"<th>{Text(cell)}</th>"))}</tr>"
        + string.Concat(rows.Select(row => $"<tr>{string.Concat(row.Select(Cell))}</tr>")) + "</table>\n";

    private static string Cell(string text) => text.Length > 0 && char.IsDigit(text[0]) ? $"<td class=\"n\">{Text(text)}</td>" : $"<td>{Text(text)}</td>";

    private static string Number(double value) => value.ToString("#,0.#", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
