using ConnectChat.Checker.Histories;
using ConnectChat.Checker.Invariants;
using CsCheck;

namespace ConnectChat.Tests.Checker;

/// <summary>The verifier itself: it accepts good histories and rejects bad ones, made by hand and at random.</summary>
public sealed class InvariantTests
{
    private static readonly string[] Others = ["bob", "carl", "dora"];

    // A step: what is done, and by whom.
    private static readonly Gen<List<(int What, int Who)>> Steps = Gen.Select(Gen.Int[0, 11], Gen.Int[0, 3]).List[20, 60];

    public static TheoryData<string> Bad => [.. Breaks.Names];

    [Fact]
    public void A_good_history_is_accepted_by_every_invariant()
    {
        var history = new RecordedHistory(Good().End());

        Assert.All(Invariant.All, invariant => Assert.Empty(Check(invariant, history).Violations));
        Assert.All(Invariant.All, invariant => Assert.InRange(Check(invariant, history).Checked, 1, long.MaxValue));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_bad_history_is_rejected_by_the_invariant_that_it_breaks(string what)
    {
        var history = Good().End();
        Assert.True(Breaks.TryApply(what, history, seed: 1));

        var broken = Check(Of(Breaks.InvariantOf(what)), new RecordedHistory(history)).Violations;

        Assert.NotEmpty(broken);
        Assert.NotEmpty(broken[0].Sentence);
    }

    [Fact]
    public void Every_invariant_has_a_bad_history() =>
        Assert.Equal(Invariant.All.Select(invariant => invariant.Number), Breaks.Names.Select(Breaks.InvariantOf).Distinct().Order());

    [Fact(Timeout = 60_000)]
    public Task Random_good_histories_are_accepted() => Task.Run(() => Steps.Sample(
        steps =>
        {
            var history = new RecordedHistory(Play(steps).End());
            foreach (var invariant in Invariant.All)
            {
                Assert.Empty(Check(invariant, history).Violations);
            }
        },
        iter: 300), TestContext.Current.CancellationToken);

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Bad))]
    public Task Random_histories_with_one_fault_are_rejected(string what) => Task.Run(() => Gen.Select(Steps, Gen.Int).Sample(
        (steps, seed) =>
        {
            var history = Play(steps).End();
            if (Breaks.TryApply(what, history, seed))
            {
                Assert.NotEmpty(Check(Of(Breaks.InvariantOf(what)), new RecordedHistory(history)).Violations);
            }
        },
        iter: 100), TestContext.Current.CancellationToken);

    [Fact]
    public void What_is_published_again_after_a_fault_is_accepted()
    {
        var history = Good().Fault().Send("ann").End();
        history.Insert(history.Count - 1, history.OfType<TopicRecord>().Last() with { Offset = 99 });

        var found = new RecordedHistory(history);

        Assert.Empty(Check(Of(6), found).Violations);
        Assert.Equal(1, OneRecord.Repetitions(found));
    }

    [Fact]
    public void What_is_published_again_does_not_go_to_who_was_removed_meanwhile()
    {
        var history = new MadeHistory(Others).Send("ann").Fault().Remove("carl").Send("ann").End();
        var first = history.OfType<TopicRecord>().First();
        var again = first with { At = history[^1].At - 1, Offset = 99, Recipients = [.. first.Recipients.Except([MadeHistory.Number("carl")])] };
        history.Insert(history.Count - 1, again);

        Assert.Empty(Check(Of(8), new RecordedHistory(history)).Violations);

        history[history.IndexOf(again)] = again with { Recipients = [.. first.Recipients.Except([MadeHistory.Number("bob")])] };
        Assert.NotEmpty(Check(Of(8), new RecordedHistory(history)).Violations);
    }

    [Fact]
    public void A_gap_that_a_removal_explains_is_no_silent_one()
    {
        var history = new MadeHistory(Others).Send("ann").Send("ann").Send("ann").Remove("carl").Add("carl").Send("ann").End();
        history.Insert(history.Count - 1, new GapSeen(history[^1].At - 1, "carl", "carl/1", 1, MadeHistory.Group, After: 1, Before: 3));

        Assert.Empty(Check(Of(9), new RecordedHistory(history)).Violations);
    }

    [Fact]
    public void A_gap_that_is_told_is_no_silent_one()
    {
        var history = Good().End();
        var lost = history.OfType<Shown>().First(shown => shown is { User: "ann", Message.Sequence: 2 });
        history[history.IndexOf(lost)] = new GapTold(lost.At, lost.User, lost.Device, lost.Group, 1, "not_replayed");

        Assert.Empty(Check(Of(9), new RecordedHistory(history)).Violations);
        Assert.NotEmpty(Check(Of(1), new RecordedHistory(history)).Violations);
    }

    [Fact]
    public void Who_was_removed_may_have_seen_what_was_stamped_before_and_need_not()
    {
        var history = new MadeHistory(Others).Send("ann").Send("bob").Remove("carl").Send("ann").End();
        history.RemoveAll(each => each is Shown { User: "carl", Message.Sequence: 2 });

        Assert.All(Invariant.All, invariant => Assert.Empty(Check(invariant, new RecordedHistory(history)).Violations));
    }

    private static MadeHistory Good() => new MadeHistory(Others)
        .Send("ann").Send("bob").Send("ann").Read("bob").Remove("carl").Send("ann").Read("carl").SendAsStranger("carl").Leave("bob").Send("dora").Send("ann")
        .Add("carl").Send("carl").Return("bob").Send("bob").Read("carl").Read("dora", 3).Send("ann");

    private static MadeHistory Play(IEnumerable<(int What, int Who)> steps)
    {
        var history = new MadeHistory(Others);
        foreach (var (what, who) in steps)
        {
            var user = history.Users[who];
            _ = (what, history.IsMember(user), history.IsAway(user)) switch
            {
                ( <= 4, true, _) => history.Send(user),
                ( <= 4, false, _) => history.SendAsStranger(user),
                (5 or 6, true, _) when user != "ann" => history.Remove(user),
                (5 or 6 or 7, false, _) => history.Add(user),
                (8, _, false) => history.Leave(user),
                (8 or 9, _, true) => history.Return(user),
                (10, _, _) => history.Read(user),
                (11, _, _) => history.Read(user, who),
                _ => history,
            };
        }

        return history;
    }

    private static Invariant Of(int number) => Invariant.All.Single(invariant => invariant.Number == number);

    private static Findings Check(Invariant invariant, RecordedHistory history)
    {
        var findings = new Findings();
        invariant.Check(history, findings);
        return findings;
    }
}
