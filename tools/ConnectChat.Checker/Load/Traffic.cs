using System.Collections.Concurrent;
using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Load;

/// <summary>Everything that users do until traffic ends: they send, come and go, are added and removed, and read history.</summary>
internal sealed class Traffic(Crowd crowd, LoadOptions options, HistoryWriter history, TimeProvider clock)
{
    // So many sends of a device wait for their answers at most: more is what a person would not do.
    private const int MostWaiting = 8;

    // Percent of sends.
    private const int ByStrangers = 3;
    private const int Repeated = 6;

    // Seconds that a device is away at most.
    private const double ShortAbsence = 0.05;
    private const double LongAbsence = 3;

    private readonly ConcurrentDictionary<Task, bool> _sends = [];
    private readonly ConcurrentDictionary<IDevice, int> _waiting = [];
    private long _sent;

    /// <summary>Runs until cancelled; what was begun is brought to its end within the patience.</summary>
    /// <param name="patience">How long answers are waited for after the end.</param>
    /// <param name="ending">Ends it.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task RunAsync(TimeSpan patience, CancellationToken ending, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var doing = new List<Task> { SendAsync(late.Token, ending), ReadHistoryAsync(ending) };
        doing.AddRange(Enumerable.Range(0, 2).Select(half => ComeAndGoAsync(half, ending, late.Token)));
        doing.AddRange(crowd.Groups.Select((group, number) => ChangeMembersAsync(group, new Random(options.Seed + number), ending, late.Token)));
        await Task.Delay(Timeout.InfiniteTimeSpan, clock, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        late.CancelAfter(patience);
        await Task.WhenAll(doing);
        await Task.WhenAll(_sends.Keys);
    }

    private async Task SendAsync(CancellationToken late, CancellationToken ending)
    {
        var random = new Random(options.Seed);
        var began = clock.GetTimestamp();
        for (var number = 0L; !ending.IsCancellationRequested; number++)
        {
            // Due times follow the plan: after a stall the rate is made good, as many users would.
            var ahead = TimeSpan.FromSeconds(number / options.Rate) - clock.GetElapsedTime(began);
            if (ahead > TimeSpan.Zero && !await PauseAsync(ahead, ending))
            {
                return;
            }

            var person = crowd.People[random.Next(crowd.People.Count)];
            var device = person.Devices[random.Next(person.Devices.Count)];
            var groups = crowd.Groups.Where(group => crowd.Members[group].ContainsKey(person.Name) != random.Next(100) < ByStrangers).ToList();
            if (groups.Count > 0 && device.IsHere && _waiting.GetValueOrDefault(device) < MostWaiting)
            {
                Begin(person, device, groups[random.Next(groups.Count)], random.Next(100) < Repeated, late);
            }
        }
    }

    private void Begin(Person person, IDevice device, string group, bool repeated, CancellationToken late)
    {
        var clientId = $"{person.Name}-{++_sent}";
        var send = Task.Run(
            async () =>
            {
                _waiting.AddOrUpdate(device, 1, (_, waiting) => waiting + 1);
                await device.SendAsync(group, clientId, $"text of {clientId}", late);
                _waiting.AddOrUpdate(device, 0, (_, waiting) => waiting - 1);

                // From another device when there is one, as an application does that has lost the answer.
                if (repeated && person.Devices[^1] is { IsHere: true } other)
                {
                    await other.SendAsync(group, clientId, $"text of {clientId}", late);
                }
            },
            CancellationToken.None);
        _sends.TryAdd(send, true);
        _ = send.ContinueWith(
            done => _sends.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    private async Task ChangeMembersAsync(string group, Random random, CancellationToken ending, CancellationToken late)
    {
        var owner = crowd.OwnerOf(group).Name;
        var others = crowd.People.Select(person => person.Name).Where(name => name != owner).ToList();
        try
        {
            while (await PauseAsync(2 * random.NextDouble() * options.ChangeEvery, ending))
            {
                var user = others[random.Next(others.Count)];
                var isMember = crowd.Members[group].ContainsKey(user);
                await crowd.ChangeAsync(group, !isMember, [user], late);
                if (isMember && random.Next(2) == 0)
                {
                    // Removed, and added again at once.
                    await crowd.ChangeAsync(group, adds: true, [user], late);
                }
            }
        }
        catch (OperationCanceledException) when (!ending.IsCancellationRequested || late.IsCancellationRequested)
        {
            // Not answered within the patience: the history has it as asked, and not as answered.
        }
    }

    private async Task ComeAndGoAsync(int half, CancellationToken ending, CancellationToken late)
    {
        var random = new Random(options.Seed + 1_000 + half);
        var devices = crowd.Devices.Where((_, number) => number % 2 == half).ToList();
        while (await PauseAsync(2 * random.NextDouble() * options.LeaveEvery, ending))
        {
            var device = devices[random.Next(devices.Count)];
            await device.LeaveAsync();

            // Half of them come back at once: then nothing was missed, and what is live and what is replayed overlap.
            await PauseAsync(TimeSpan.FromSeconds(random.NextDouble() * (random.Next(2) == 0 ? ShortAbsence : LongAbsence)), ending);
            try
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(late);
                patience.CancelAfter(TimeSpan.FromSeconds(1));
                await device.ComeAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                // No gateway for the moment: it goes on trying by itself.
            }
        }
    }

    private async Task ReadHistoryAsync(CancellationToken ending)
    {
        var random = new Random(options.Seed + 2_000);
        while (await PauseAsync(2 * random.NextDouble() * options.ReadEvery, ending))
        {
            var group = crowd.Groups[random.Next(crowd.Groups.Count)];
            var person = crowd.People[random.Next(crowd.People.Count)];
            try
            {
                await ReadHistoryAsync(person, group, Math.Max(0, crowd.Devices.Max(device => device.Observer.LastOf(group)) - random.Next(200)), ending);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Reads history as a user, and writes what there was, or that it was refused.</summary>
    public async Task ReadHistoryAsync(Person person, string group, long after, CancellationToken cancellationToken)
    {
        var begun = history.Now;
        try
        {
            var messages = await person.Rest.HistoryAsync(group, after, cancellationToken);
            history.Add(new HistoryRead(history.Now, begun, person.Name, group, after, messages));
        }
        catch (RequestRefusedException refused)
        {
            history.Add(new HistoryRefused(history.Now, begun, person.Name, group, refused.Code));
        }
    }

    private async Task<bool> PauseAsync(TimeSpan pause, CancellationToken ending)
    {
        await Task.Delay(pause, clock, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !ending.IsCancellationRequested;
    }
}
