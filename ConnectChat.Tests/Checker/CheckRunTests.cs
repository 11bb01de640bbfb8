using System.Collections.Concurrent;
using ConnectChat.Checker;
using ConnectChat.Checker.Faults;
using ConnectChat.Checker.Histories;
using ConnectChat.Checker.Load;
using ConnectChat.Checker.Verdicts;

namespace ConnectChat.Tests.Checker;

/// <summary>The checker on a topology of its own: nothing is broken, and enough was looked at to say so.</summary>
[Collection(CheckerAlone.Name)]
public sealed class CheckRunTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task A_short_run_with_faults_finds_nothing_broken_and_is_judged_the_same_from_its_file()
    {
        var said = new ConcurrentQueue<string>();
        var folder = Directory.CreateTempSubdirectory("connectchat-checked-").FullName;
        try
        {
            var options = new CheckOptions
            {
                Duration = TimeSpan.FromSeconds(18),
                Faults = [FaultKind.Kill, FaultKind.Cut],
                Seed = 11,
                Load = new LoadOptions { Users = 12, Groups = 4, Rate = 25 },
                HistoryFile = Path.Combine(folder, "history.jsonl"),
            };

            var history = await new CheckRun(options, said.Enqueue, TimeProvider.System).RunAsync(Token);

            var verdict = Verdict.Of(history);
            Assert.True(verdict.Kept, TextReport.Of(verdict));
            Assert.InRange(verdict.Deliveries, 500, int.MaxValue);
            Assert.InRange(verdict.Faults.Values.Sum(), 2, 10);
            Assert.All(verdict.Promises, promise => Assert.InRange(promise.Checked, 1, long.MaxValue));
            Assert.Contains("<svg", HtmlReport.Of(history, verdict), StringComparison.Ordinal);
            Assert.Equal(verdict.ToJson(), Verdict.Of(await HistoryFile.ReadAsync(options.HistoryFile, Token)).ToJson());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

// It starts a topology of its own, and kills parts of it.
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CheckerAlone
{
    public const string Name = "checker";
}
