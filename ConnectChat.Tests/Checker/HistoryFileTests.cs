using ConnectChat.Checker.Histories;
using ConnectChat.LocalCluster;

namespace ConnectChat.Tests.Checker;

/// <summary>A history that was written is read back as it was, and what is no history is refused with a sentence.</summary>
public sealed class HistoryFileTests : IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("connectchat-history-").FullName, "history.jsonl");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Fact(Timeout = 20_000)]
    public async Task What_was_written_is_read_back()
    {
        List<Observation> made =
        [
            .. new MadeHistory("bob").Send("ann").Remove("bob").SendAsStranger("bob").Read("bob").Leave("bob").Fault().End()[..^1],
            new GapTold(1, "bob", "bob/1", "team", 1, "not_replayed"),
            new SendRefused(1, "bob", "bob/1", "team", "c", "body_empty"),
            new SendUnanswered(1, "bob", "bob/1", "team", "c"),
            new OutcomeTold(1, "bob", "team", "c", "delivered", 1, null),
            new RunEnded(2),
        ];

        await WriteAsync(made);

        Assert.Equal(
            made.Select(Readable),
            (await HistoryFile.ReadAsync(_path, Token)).All.Select(Readable));
    }

    [Fact(Timeout = 20_000)]
    public async Task A_type_of_a_later_version_is_passed_over()
    {
        await WriteAsync(new MadeHistory("bob").End());
        var lines = (await File.ReadAllLinesAsync(_path, Token)).ToList();
        lines.Insert(2, """{"type":"of-a-later-version","at":1}""");
        await File.WriteAllLinesAsync(_path, lines, Token);

        Assert.Equal(lines.Count - 1, (await HistoryFile.ReadAsync(_path, Token)).All.Count);
    }

    [Theory(Timeout = 20_000)]
    [InlineData("", "no history")]
    [InlineData("a text", "line 1")]
    [InlineData("""{"type":"run-ended","at":1}""", "no history")]
    [InlineData("""{"type":"run","at":0,"version":1,"seed":1,"startedAt":"","machine":"","commit":"","kafka":"","faults":[]}""", "cut off")]
    [InlineData("""{"type":"run","at":0,"version":99,"seed":1,"startedAt":"","machine":"","commit":"","kafka":"","faults":[]}""", "version 99")]
    public async Task What_is_no_history_is_refused_with_a_sentence(string text, string sentence)
    {
        await File.WriteAllTextAsync(_path, text, Token);

        Assert.Contains(sentence, (await Assert.ThrowsAsync<CommandException>(() => HistoryFile.ReadAsync(_path, Token))).Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 20_000)]
    public async Task A_history_that_is_there_is_not_written_over()
    {
        await WriteAsync(new MadeHistory("bob").End());

        Assert.Contains(_path, Assert.Throws<CommandException>(() => new HistoryWriter(_path, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    // Lists have no equality of their own.
    private static string Readable(Observation observation) => observation switch
    {
        MembershipAsked asked => $"{asked.At} {asked.Group} {asked.Adds} {string.Join(' ', asked.Users)}",
        MembershipAnswered answered =>
            $"{answered.At} {answered.AskedAt} {answered.Group} {answered.Adds} {answered.Version} {string.Join(' ', answered.Users)}",
        HistoryRead read => $"{read.At} {read.BegunAt} {read.User} {read.Group} {read.After} {string.Join(' ', read.Messages)}",
        TopicRecord record =>
            $"{record.At} {record.Partition} {record.Offset} {record.Group} {record.Message} {record.Trace} {string.Join(' ', record.Recipients)}",
        RunStarted run => $"{run.Version} {run.Seed} {run.SettleSeconds} {string.Join(' ', run.Faults)}",
        _ => observation.ToString(),
    };

    private async Task WriteAsync(List<Observation> observations)
    {
        await using var writer = new HistoryWriter(_path, TimeProvider.System);
        observations.ForEach(writer.Add);
    }
}
