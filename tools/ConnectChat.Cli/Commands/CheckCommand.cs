using System.CommandLine;
using ConnectChat.Checker;
using ConnectChat.Checker.Faults;
using ConnectChat.Checker.Histories;
using ConnectChat.Checker.Load;
using ConnectChat.Checker.Verdicts;
using Spectre.Console;

namespace ConnectChat.Cli.Commands;

/// <summary><c>check</c>: looks for a broken promise from outside, while things fail; fails when it finds one.</summary>
internal static class CheckCommand
{
    private const string Embedded = "embedded";
    private const string None = "none";
    private const string Every = "all";
    private const int MostSeconds = 86_400;

    private static readonly Dictionary<string, int> OwnBrokers = new() { [Embedded] = 0, ["one"] = 1, ["three"] = 3 };

    public static Command Create()
    {
        var seconds = Number("--seconds", "How long there is traffic.", 60, 5, MostSeconds);
        var minutes = new Option<double?>("--minutes") { Description = "The same in minutes." }
            .Such(value => value is null or >= 0.1 and <= MostSeconds / 60.0, $"0.1 to {MostSeconds / 60}");
        var faults = new Option<string>("--faults")
        {
            Description = $"all, none, or some of {string.Join(", ", FaultKind.All)}, with commas.",
            DefaultValueFactory = _ => Every,
        }
            .Such(text => Kinds(text) is not null, $"all, none, or some of {string.Join(", ", FaultKind.All)}, with commas");
        var seed = new Option<int?>("--seed") { Description = "Gives the same faults and the same load again; otherwise chosen and printed." };
        var kafka = new Option<string>("--kafka")
        {
            Description = "embedded; one or three real brokers, started for the run; or HOST:PORT[,HOST:PORT …] of a Kafka that runs already.",
            DefaultValueFactory = _ => Embedded,
        }
            .Such(text => OwnBrokers.ContainsKey(text) || Addresses.AreBootstrapServers(text), "embedded, one, three or HOST:PORT[,HOST:PORT …]");
        var gateways = CommonOptions.Gateways();
        var users = Number("--users", "Users; every third has two devices.", 24, 2, 1_000);
        var groups = Number("--groups", "Groups, with about half of the users in each.", 8, 1, 1_000);
        var rate = new Option<double>("--rate") { Description = "Messages per second.", DefaultValueFactory = _ => 40 }.Within(0.1, 10_000);
        var json = new Option<bool>("--json") { Description = "Ends with one line of JSON." };
        var report = new Option<string?>("--report") { Description = "Writes the verdict to this file as HTML." };
        var history = new Option<string?>("--history")
        {
            Description = "Keeps the history of the run in this file. When it is there already nothing is run: its history is checked again.",
        };
        var command = new Command("check", "Starts a topology of its own, breaks parts of it, and checks from outside that every promise is kept.")
        {
            seconds, minutes, faults, seed, kafka, gateways, users, groups, rate, json, report, history,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var chosen = parsed.GetValue(seed) ?? Random.Shared.Next(1, 1_000_000);
            var bus = parsed.GetRequiredValue(kafka);
            var options = new CheckOptions
            {
                Duration = parsed.GetValue(minutes) is { } given ? TimeSpan.FromMinutes(given) : TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                Faults = Kinds(parsed.GetRequiredValue(faults))!,
                Seed = chosen,
                Gateways = parsed.GetValue(gateways),
                Kafka = OwnBrokers.ContainsKey(bus) ? null : bus,
                Brokers = OwnBrokers.GetValueOrDefault(bus),
                Load = new LoadOptions { Users = parsed.GetValue(users), Groups = parsed.GetValue(groups), Rate = parsed.GetValue(rate) },
                HistoryFile = parsed.GetValue(history) ?? Path.Combine(Path.GetTempPath(), $"connectchat-check-{Guid.NewGuid():N}.jsonl"),
            };
            return await RunAsync(options, keep: parsed.GetValue(history) is not null, parsed.GetValue(report), parsed.GetValue(json), stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(CheckOptions options, bool keep, string? report, bool json, CancellationToken stop)
    {
        try
        {
            RecordedHistory history;
            if (keep && File.Exists(options.HistoryFile))
            {
                Say($"checking the history {options.HistoryFile} again");
                history = await HistoryFile.ReadAsync(options.HistoryFile, stop);
            }
            else
            {
                history = await new CheckRun(options, Say, TimeProvider.System).RunAsync(stop);
            }

            var verdict = Verdict.Of(history);
            Console.WriteLine(TextReport.Of(verdict));
            if (report is not null)
            {
                await File.WriteAllTextAsync(report, HtmlReport.Of(history, verdict), stop);
            }

            if (json)
            {
                Console.WriteLine(verdict.ToJson());
            }

            return verdict.Kept ? 0 : 1;
        }
        finally
        {
            if (!keep)
            {
                File.Delete(options.HistoryFile);
            }
        }
    }

    // Null for what is no list of kinds.
    private static IReadOnlyCollection<string>? Kinds(string text)
    {
        if (text is Every or None)
        {
            return text == Every ? FaultKind.All : [];
        }

        var kinds = text.Split(',', StringSplitOptions.TrimEntries);
        return kinds.All(FaultKind.All.Contains) ? kinds : null;
    }

    private static void Say(string line) => AnsiConsole.MarkupLineInterpolated($"[grey]{line}[/]");

    private static Option<int> Number(string name, string description, int value, int least, int most) =>
        new Option<int>(name) { Description = description, DefaultValueFactory = _ => value }.Within(least, most);
}
