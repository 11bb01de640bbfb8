using ConnectChat.Checker.Faults;

namespace ConnectChat.Tests.Checker;

/// <summary>Which faults come when is decided by the seed alone, and no two overlap.</summary>
public sealed class FaultPlanTests
{
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);

    [Fact]
    public void A_seed_gives_the_same_plan_again()
    {
        Assert.NotEmpty(Plan(7));
        Assert.Equal(Plan(7), Plan(7));
        Assert.NotEqual(Plan(7), Plan(8));
    }

    [Fact]
    public void Faults_do_not_overlap_and_end_before_traffic_does()
    {
        var plan = Plan(7);

        Assert.All(plan.Zip(plan.Skip(1)), pair => Assert.True(pair.First.Start + pair.First.Length < pair.Second.Start));
        Assert.True(plan[^1].Start + plan[^1].Length < TenMinutes);
        Assert.Equal(Enumerable.Range(1, plan.Count), plan.Select(fault => fault.Number));
    }

    [Fact]
    public void Every_kind_comes_about_as_often_as_the_others_in_a_long_run()
    {
        var counts = Plan(7).GroupBy(fault => fault.Kind).ToDictionary(kind => kind.Key, kind => kind.Count());

        Assert.Equal(FaultKind.All.Order(StringComparer.Ordinal), counts.Keys.Order(StringComparer.Ordinal));
        Assert.InRange(counts.Values.Max() - counts.Values.Min(), 0, 1);
        Assert.InRange(counts.Values.Min(), 3, int.MaxValue);
    }

    [Fact]
    public void Without_brokers_of_its_own_and_a_store_of_its_own_neither_is_broken() => Assert.DoesNotContain(
        FaultPlan.Of(7, FaultKind.All, gateways: 2, brokers: 0, store: false, TenMinutes),
        fault => fault.Target == "dynamodb" || fault.Target.StartsWith("broker", StringComparison.Ordinal));

    [Fact]
    public void No_kinds_are_no_faults() => Assert.Empty(FaultPlan.Of(7, [], gateways: 2, brokers: 3, store: true, TenMinutes));

    private static IReadOnlyList<PlannedFault> Plan(int seed) => FaultPlan.Of(seed, FaultKind.All, gateways: 2, brokers: 3, store: true, TenMinutes);
}
