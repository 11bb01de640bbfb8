using System.Globalization;
using ConnectChat.Checker.Histories;
using ConnectChat.Checker.Load;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Checker.Faults;

/// <summary>Carries out a plan, one fault after the other: the next begins when everything is well again.</summary>
internal sealed class FaultInjector(
    Topology topology, Crowd crowd, Links links, KafkaScript? kafka, HistoryWriter history, Action<string> say, TimeProvider clock)
{
    private static readonly TimeSpan TermDeadline = TimeSpan.FromSeconds(30);

    // Clients wait up to 30 s before they come back: what they miss until then is the fault's outage, and not that of the next one.
    private static readonly TimeSpan ReturnPatience = TimeSpan.FromSeconds(30);

    /// <summary>Runs until the plan is done, or until cancelled; a fault that has begun is brought to its end.</summary>
    public async Task RunAsync(IReadOnlyList<PlannedFault> plan, CancellationToken ending, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        foreach (var fault in plan)
        {
            var ahead = fault.Start - clock.GetElapsedTime(began);
            if (ahead > TimeSpan.Zero)
            {
                await Task.Delay(ahead, clock, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (ending.IsCancellationRequested)
            {
                return;
            }

            try
            {
                await InjectAsync(fault, cancellationToken);
            }
            catch (TimeoutException down)
            {
                // Nothing more can be learnt from further faults; what is missing shows when traffic has ended.
                say($"after fault {fault.Number} not everything is well again: {down.Message}");
                return;
            }
        }
    }

    private async Task InjectAsync(PlannedFault fault, CancellationToken cancellationToken)
    {
        say(string.Create(
            CultureInfo.InvariantCulture,
            $"fault {fault.Number}: {fault.Kind} {fault.Target}{(fault.Length > TimeSpan.Zero ? $" for {fault.Length.TotalSeconds:0.#} s" : "")}"));
        history.Add(new FaultBegan(history.Now, fault.Number, fault.Kind, fault.Target));
        await DoAsync(fault, cancellationToken);
        var lifted = history.Now;
        await topology.HealthyAsync(cancellationToken);
        await Polling.UntilAsync(
            () => Task.FromResult(crowd.Devices.All(device => device.IsConnected || !device.IsHere)), back => back, ReturnPatience, cancellationToken);
        history.Add(new FaultEnded(history.Now, fault.Number, lifted));
    }

    private Task DoAsync(PlannedFault fault, CancellationToken cancellationToken) => fault.Kind switch
    {
        FaultKind.Kill => KillAsync([fault.Target], cancellationToken),
        FaultKind.KillAll => KillAsync([.. topology.Services.Keys], cancellationToken),
        FaultKind.Term => TermAsync(fault.Target, cancellationToken),
        FaultKind.Pause => PauseAsync(fault, cancellationToken),
        FaultKind.Cut => CutAsync(),
        FaultKind.Stall => StallAsync(fault.Length, cancellationToken),
        FaultKind.SlowReader => StopReadingAsync(fault.Length, cancellationToken),
        _ => BreakBrokerAsync(fault, cancellationToken),
    };

    // The supervisor must have noticed: until then what was killed may still say that it is well.
    private async Task KillAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var services = names.Select(name => topology.Services[name]).ToList();
        var restarts = services.ConvertAll(service => service.Restarts);
        services.ForEach(service => service.Kill());
        await Polling.UntilAsync(
            () => Task.FromResult(services.Zip(restarts).All(each => each.First.Restarts > each.Second)), all => all, TermDeadline, cancellationToken);
    }

    private async Task TermAsync(string name, CancellationToken cancellationToken)
    {
        await topology.Services[name].StopAsync(TermDeadline);
        await topology.StartServiceAsync(name, cancellationToken);
    }

    private async Task PauseAsync(PlannedFault fault, CancellationToken cancellationToken)
    {
        var process = topology.Services[fault.Target].ProcessId;
        ProcessTree.Pause(process);
        try
        {
            await Task.Delay(fault.Length, clock, cancellationToken);
        }
        finally
        {
            ProcessTree.Resume(process);
        }
    }

    private Task CutAsync()
    {
        links.Cut();
        return Task.CompletedTask;
    }

    private async Task StallAsync(TimeSpan length, CancellationToken cancellationToken)
    {
        links.Stall();
        try
        {
            await Task.Delay(length, clock, cancellationToken);
        }
        finally
        {
            links.Pass();
        }
    }

    private async Task StopReadingAsync(TimeSpan length, CancellationToken cancellationToken)
    {
        // Every other of those that can.
        var stopped = crowd.Devices.OfType<RawDevice>().Where((_, number) => number % 2 == 0).Select(device => device.StopReading()).ToList();
        try
        {
            await Task.Delay(length, clock, cancellationToken);
        }
        finally
        {
            stopped.ForEach(each => each.Dispose());
        }
    }

    private async Task BreakBrokerAsync(PlannedFault fault, CancellationToken cancellationToken)
    {
        var broker = int.Parse(fault.Target.Split('-')[1], CultureInfo.InvariantCulture);
        var (breaks, mends) = fault.Kind switch
        {
            FaultKind.BrokerPause => ("pause", "resume"),
            FaultKind.BrokerTerm => ("term", "revive"),
            _ => ("kill", "revive"),
        };
        await kafka!.DoAsync(breaks, broker, cancellationToken);
        await Task.Delay(fault.Length, clock, CancellationToken.None);
        await kafka.DoAsync(mends, broker, CancellationToken.None);
    }
}
