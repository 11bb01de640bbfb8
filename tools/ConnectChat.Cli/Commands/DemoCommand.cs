using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ConnectChat.Cli.Tracing;
using ConnectChat.Contracts;
using ConnectChat.LocalCluster.Demo;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.LocalCluster.Tracing;
using Spectre.Console;

namespace ConnectChat.Cli.Commands;

/// <summary><c>demo</c>: shows, and proves by its exit code, that a message is one record however many receive it.</summary>
internal static class DemoCommand
{
    // Enough that one of them is sampled for certain, few enough that latency is not the dashboard's.
    private const int TracedMessages = 10;

    private const int MostMessages = 1_000_000;
    private const double LeastRate = 0.01;
    private const double MostRate = 100_000;

    private static readonly TimeSpan TracePatience = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var gateways = CommonOptions.Gateways();
        var members = Number("--members", "Members of the group.", 500, Limits.GroupMembers);
        var connected = Number("--connected", "How many of them are connected.", 200, Limits.GroupMembers);
        var messages = Number("--messages", "Messages to send.", 200, MostMessages);
        var rate = new Option<double>("--rate") { Description = "Messages per second.", DefaultValueFactory = _ => 20 }.Within(LeastRate, MostRate);
        var json = new Option<bool>("--json") { Description = "Ends with one line of JSON." };
        var noTrace = new Option<bool>("--no-trace") { Description = "Leaves out the dashboard, and with it the trace of one of the messages." };
        var (kafka, dynamoDb) = (CommonOptions.Kafka(), CommonOptions.DynamoDb());
        var command = new Command("demo", "Starts a topology of its own, sends messages, and counts. Fails when a promise is broken.")
        {
            gateways, members, connected, messages, rate, kafka, dynamoDb, noTrace, json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var options = new DemoOptions
            {
                Members = parsed.GetValue(members),
                Connected = parsed.GetValue(connected),
                Messages = parsed.GetValue(messages),
                Rate = parsed.GetValue(rate),
            };
            if (options.Connected > options.Members)
            {
                throw new CommandException($"--connected must not be above --members: {options.Connected:N0} of {options.Members:N0} cannot be connected.");
            }

            var data = Directory.CreateTempSubdirectory("connectchat-demo-").FullName;
            try
            {
                var topology = new TopologyOptions
                {
                    Gateways = parsed.GetValue(gateways),
                    Kafka = parsed.GetValue(kafka),
                    DynamoDb = parsed.GetValue(dynamoDb),
                    DataDirectory = data,
                    Dashboard = !parsed.GetValue(noTrace),
                    Environment = new Dictionary<string, string>
                    {
                        ["Telemetry__Sampling__Ratio"] = SamplingRatio(options.Messages),

                        // Nobody looks at metrics here; sending them would only compete with the messages.
                        ["OTEL_METRIC_EXPORT_INTERVAL"] = "3600000",
                    },
                    Say = Say,
                };
                var report = await RunAsync(topology, options, stop);
                if (parsed.GetValue(json))
                {
                    Console.WriteLine(JsonSerializer.Serialize(report));
                }

                return report.Kept ? 0 : 1;
            }
            finally
            {
                Directory.Delete(data, recursive: true);
            }
        });
        return command;
    }

    private static async Task<DemoReport> RunAsync(TopologyOptions topologyOptions, DemoOptions options, CancellationToken stop)
    {
        Say($"starting {topologyOptions.Gateways} gateways, Messaging, Groups, Kafka and DynamoDB");
        await using var topology = await Topology.StartAsync(topologyOptions, stop);
        var report = await new DemoRun(topology, options, Say).RunAsync(stop);
        Show(report);
        if (topology.DashboardUrl is { } dashboard)
        {
            await ShowTraceAsync(dashboard, report.Gateways, stop);
        }

        return report;
    }

    private static async Task ShowTraceAsync(string dashboard, int gateways, CancellationToken stop)
    {
        using var traces = new DashboardTraces(dashboard);
        if (await traces.CompleteMessageAsync(gateways, TracePatience, stop) is { } trace)
        {
            TraceTree.Write(trace, gateways);
        }
        else
        {
            Say("no message's trace was complete in time");
        }
    }

    private static string SamplingRatio(int messages) => Math.Min(1, (double)TracedMessages / messages).ToString(CultureInfo.InvariantCulture);

    private static void Say(string line) => AnsiConsole.MarkupLineInterpolated($"[grey]{line} …[/]");

    private static Option<int> Number(string name, string description, int value, int most) =>
        new Option<int>(name) { Description = description, DefaultValueFactory = _ => value }.Within(1, most);

    private static void Show(DemoReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("counted").AddColumn(new TableColumn("").RightAligned()).AddColumn("");
        void row(string what, double value, string remark) => table.AddRow(what, value.ToString("#,0.###", CultureInfo.InvariantCulture), remark);
        row("messages sent", report.Messages, $"to {report.Members:N0} members, {report.Connected:N0} connected to {report.Gateways} gateways");
        row("records published", report.OutgoingRecords, Mark(report.OutgoingRecords == report.Messages, "one per message, on the topic itself"));
        row("bytes per recipient", report.BytesPerRecipient, "in the record's header");
        row("deliveries", report.Deliveries, $"of {report.DeliveriesExpected:N0}");
        row("ignored", report.Ignored, "recipients not connected here (recipients × gateways − deliveries)");
        row("lost", report.Lost, Mark(report.Lost == 0));
        row("duplicated", report.Duplicated, Mark(report.Duplicated == 0));
        row("reordered", report.Reordered, Mark(report.Reordered == 0));
        row("p50, ms", report.P50, "from the send to the client that received");
        row("p99, ms", report.P99, "");
        AnsiConsole.Write(table);
    }

    private static string Mark(bool kept, string remark = "") => (kept ? $"[green]kept[/] {remark}" : $"[red]BROKEN[/] {remark}").TrimEnd();
}
