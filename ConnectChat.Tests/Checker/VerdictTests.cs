using System.Text.Json;
using ConnectChat.Checker.Histories;
using ConnectChat.Checker.Verdicts;

namespace ConnectChat.Tests.Checker;

/// <summary>What a person, a program and a browser are told of a history.</summary>
public sealed class VerdictTests
{
    [Fact]
    public void A_good_history_is_kept_in_every_form()
    {
        var history = new RecordedHistory(new MadeHistory("bob").Send("ann").Send("bob").End());
        var verdict = Verdict.Of(history);

        Assert.True(verdict.Kept);
        Assert.Contains("All promises were kept.", TextReport.Of(verdict), StringComparison.Ordinal);
        Assert.Equal(0, JsonDocument.Parse(verdict.ToJson()).RootElement.GetProperty("violations").GetInt32());
        Assert.Contains(">kept<", HtmlReport.Of(history, verdict), StringComparison.Ordinal);
    }

    [Fact]
    public void The_counter_example_tells_the_whole_way_of_its_message()
    {
        var made = new MadeHistory("bob").Send("ann").Send("ann").End();
        made.RemoveAll(each => each is Shown { User: "bob", Message.Sequence: 2 });

        var verdict = Verdict.Of(new RecordedHistory(made));

        var promise = verdict.Promises[0];
        Assert.False(verdict.Kept);
        Assert.Equal("bob/1 never shows sequence 2 of team, stamped with version 2, since which its user is a member.", promise.First);
        Assert.All(
            [
                "ann/1 sends c2", "ann/1 is told that it is accepted", "record at partition 0 offset 1", "to ann bob", "ann/1 shows sequence 2",
                "bob/1 has its connection 1",
            ],
            step => Assert.Contains(promise.Path, line => line.Contains(step, StringComparison.Ordinal)));
    }

    [Fact]
    public void Nothing_delivered_is_no_proof() => Assert.False(Verdict.Of(new RecordedHistory(new MadeHistory("bob").End())).Kept);

    [Fact]
    public void A_delivery_counts_to_the_fault_during_which_its_message_was_sent_and_not_when_its_device_was_away_by_itself()
    {
        var history = new RecordedHistory(new MadeHistory("bob", "carl").Send("ann").Leave("carl").Fault().Send("ann").Return("carl").End());

        var outages = Outages.Of(history, Outages.Deliveries(history)).ToDictionary(outage => outage.Kind);

        Assert.Equal((0, 3), (outages[Outages.Undisturbed].Faults, outages[Outages.Undisturbed].Deliveries));
        Assert.Equal((1, 2), (outages["kill"].Faults, outages["kill"].Deliveries));
        Assert.InRange(outages["kill"].Max, outages["kill"].P50, 100);
    }
}
