using System.CommandLine;
using System.Text.Json;
using ConnectChat.Cli.Tracing;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.LocalCluster.Tracing;

namespace ConnectChat.Cli.Commands;

/// <summary><c>trace</c>: the way of the last message, or of a given trace, as a tree.</summary>
internal static class TraceCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static Command Create()
    {
        var traceId = new Argument<string?>("TRACE_ID") { Description = "A trace; otherwise that of the last message.", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "JSON instead of a tree." };
        var data = CommonOptions.Data();
        var command = new Command("trace", "Prints the way of the last message through a running topology.") { traceId, json, data };
        command.SetAction(async (parsed, stop) =>
        {
            var running = RunState.Of(parsed.GetRequiredValue(data));
            var dashboard = running.Dashboard
                ?? throw new CommandException(
                    "No dashboard runs beside the topology, and nothing else keeps traces: "
                    + "its package of this platform was not restored, or --no-dashboard was given.");
            using var traces = new DashboardTraces(dashboard);
            var trace = parsed.GetValue(traceId) is { } id
                ? await traces.FindAsync(id, stop)
                : await traces.LastMessageAsync(running.Gateways.Count, Patience, stop);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(TraceReport.Of(trace)));
            }
            else
            {
                TraceTree.Write(trace, running.Gateways.Count);
            }

            return 0;
        });
        return command;
    }
}
