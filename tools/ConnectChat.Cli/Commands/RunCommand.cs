using System.CommandLine;
using ConnectChat.LocalCluster.Topologies;
using Spectre.Console;

namespace ConnectChat.Cli.Commands;

/// <summary><c>run</c>: the whole product until Ctrl-C.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var (gateways, basePort) = (CommonOptions.Gateways(), CommonOptions.BasePort());
        var noDashboard = new Option<bool>("--no-dashboard") { Description = "Leaves the Aspire dashboard out." };
        var (kafka, dynamoDb, data) = (CommonOptions.Kafka(), CommonOptions.DynamoDb(), CommonOptions.Data());
        var command = new Command("run", "Runs everything until Ctrl-C.") { gateways, kafka, dynamoDb, data, basePort, noDashboard };
        command.SetAction(async (parsed, stop) =>
        {
            var started = TimeProvider.System.GetTimestamp();
            await using var topology = await Topology.StartAsync(
                new TopologyOptions
                {
                    Gateways = parsed.GetValue(gateways),
                    Kafka = parsed.GetValue(kafka),
                    DynamoDb = parsed.GetValue(dynamoDb),
                    DataDirectory = parsed.GetRequiredValue(data),
                    BasePort = parsed.GetValue(basePort),
                    Dashboard = !parsed.GetValue(noDashboard),
                    Say = line => AnsiConsole.MarkupLineInterpolated($"[yellow]{line}[/]"),
                },
                stop);
            Tell(() => Show(topology, parsed.GetRequiredValue(data), TimeProvider.System.GetElapsedTime(started)));
            await CommandLine.UntilStoppedAsync(stop);
            Tell(() => AnsiConsole.WriteLine("Stopping …"));
            return 0;
        });
        return command;
    }

    /// <summary>What to paste into a shell for a token.</summary>
    internal static string TokenLine(string data) => $"TOKEN=$(./dev token anna --data {ShellText.Quote(data)})";

    // A terminal that is gone, or a file on a full disk, must not end what runs.
    private static void Tell(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
        }
    }

    private static void Show(Topology topology, string data, TimeSpan elapsed)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("what", "where", "process");
        foreach (var service in topology.Services.Values)
        {
            table.AddRow(service.Name, service.HealthUrl.GetLeftPart(UriPartial.Authority), $"{service.ProcessId}");
        }

        table.AddRow("kafka", topology.Kafka, "");
        if (!topology.Services.ContainsKey("dynamodb"))
        {
            table.AddRow("dynamodb", topology.DynamoDb, "");
        }

        AnsiConsole.Write(table);

        // Lines to copy: written plainly, so that no terminal width breaks them.
        var gateway = topology.Gateways[0].OriginalString;
        Console.WriteLine($"""
            Ready after {elapsed.TotalSeconds:0.0} s. Ctrl-C stops everything.

              a token:        {TokenLine(data)}
              a first group:  curl -H "Authorization: Bearer $TOKEN" --json '{"{"}"groupId":"team","name":"Team"{"}"}' {gateway}/groups
              a message:      curl -H "Authorization: Bearer $TOKEN" --json '{"{"}"body":"Hello, team"{"}"}' {gateway}/groups/team/messages
              chat:           ./dev chat --as anna --group team --data {data}
              the API:        {gateway}/openapi/v1.json
              logs:           {Path.Combine(data, "logs")}
              dashboard:      {topology.DashboardUrl ?? "not running (its package of this platform was not restored, or --no-dashboard)"}
            """);
    }
}
