using System.Collections.Concurrent;
using ConnectChat.Checker.Histories;
using ConnectChat.LocalCluster.Clients;

namespace ConnectChat.Checker.Load;

/// <summary>A user with its devices.</summary>
internal sealed record Person(string Name, RestClient Rest, IReadOnlyList<IDevice> Devices);

/// <summary>The users, their devices and their groups.</summary>
internal sealed class Crowd : IAsyncDisposable
{
    private readonly HistoryWriter _history;

    /// <param name="options">How many.</param>
    /// <param name="history">Where they write what they see.</param>
    /// <param name="gateways">Addresses of gateways.</param>
    /// <param name="links">The same behind links that can be cut; devices of every third user are behind them.</param>
    /// <param name="tokenFor">Makes a token of a user.</param>
    public Crowd(LoadOptions options, HistoryWriter history, IReadOnlyList<Uri> gateways, IReadOnlyList<Uri> links, Func<string, string> tokenFor)
    {
        _history = history;

        // A bus that runs already may still hold what an earlier run sent.
        var run = $"{Guid.NewGuid():N}"[..6];
        Groups = [.. Enumerable.Range(0, options.Groups).Select(number => $"group-{run}-{number}")];
        People = [.. Enumerable.Range(0, options.Users).Select(number =>
        {
            var name = $"user-{number}";
            string token() => tokenFor(name);
            var rest = new RestClient(gateways, token);
            var reached = number % 3 == 1 ? links : gateways;
            var devices = Enumerable.Range(1, number % 3 == 0 ? 2 : 1)
                .Select(device => Make(new Observer(history, Sends, name, $"{name}/{device}"), number + device, reached, token, rest));
            return new Person(name, rest, [.. devices]);
        })];
        Members = Groups.ToDictionary(group => group, _ => new ConcurrentDictionary<string, long>());
    }

    public IReadOnlyList<string> Groups { get; }

    public IReadOnlyList<Person> People { get; }

    public IEnumerable<IDevice> Devices => People.SelectMany(person => person.Devices);

    public SendBook Sends { get; } = new();

    /// <summary>Group → who is a member, as far as was acknowledged, and since which version.</summary>
    public IReadOnlyDictionary<string, ConcurrentDictionary<string, long>> Members { get; }

    /// <summary>Who owns a group: never removed, and the only one who changes its members.</summary>
    public Person OwnerOf(string group) => People[Groups.ToList().IndexOf(group) % People.Count];

    /// <summary>Creates the groups, tells the history who is called by which number, and connects all devices.</summary>
    public async Task GatherAsync(UserNames names, Random random, CancellationToken cancellationToken)
    {
        foreach (var group in Groups)
        {
            var owner = OwnerOf(group);
            var version = await owner.Rest.CreateAsync(group, cancellationToken);
            _history.Add(new GroupCreated(_history.Now, group, owner.Name, version));
            Members[group][owner.Name] = version;
            var others = People.Select(person => person.Name).Where(name => name != owner.Name && random.Next(2) == 0);
            await ChangeAsync(group, adds: true, [.. others], cancellationToken);
        }

        await TellNumbersAsync(names, [], cancellationToken);
        await Parallel.ForEachAsync(
            Devices,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (device, token) => await device.ComeAsync(token));
    }

    /// <summary>Changes members, and waits for the acknowledgement as long as it takes.</summary>
    public async Task ChangeAsync(string group, bool adds, IReadOnlyList<string> users, CancellationToken cancellationToken)
    {
        if (users.Count == 0)
        {
            return;
        }

        var asked = _history.Now;
        _history.Add(new MembershipAsked(asked, group, adds, users));
        var version = await OwnerOf(group).Rest.ChangeAsync(group, adds, users, cancellationToken);
        _history.Add(new MembershipAnswered(_history.Now, asked, group, adds, users, version));
        foreach (var user in users)
        {
            _ = adds ? Members[group].TryAdd(user, version) : Members[group].TryRemove(user, out _);
        }
    }

    /// <summary>Asks Groups who is called by the numbers in recipient sets.</summary>
    public async Task TellNumbersAsync(UserNames names, IReadOnlyCollection<uint> seen, CancellationToken cancellationToken)
    {
        // Numbers are given out from 1 on; those of this run are the first.
        var asked = Enumerable.Range(1, 4 * People.Count).Select(number => (uint)number).Union(seen);
        foreach (var (number, user) in await names.DescribeAsync(asked, cancellationToken) ?? [])
        {
            _history.Add(new UserNumbered(_history.Now, user, number));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Devices.Select(device => device.DisposeAsync().AsTask()));
        foreach (var person in People)
        {
            person.Rest.Dispose();
        }
    }

    private static IDevice Make(Observer observer, int number, IReadOnlyList<Uri> gateways, Func<string> token, RestClient rest) => number % 2 == 0
        ? new RawDevice(observer, gateways, token, rest)
        : new LibraryDevice(observer, gateways, token, messagePack: number % 4 == 1);
}
