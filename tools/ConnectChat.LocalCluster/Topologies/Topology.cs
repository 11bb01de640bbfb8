using System.Diagnostics;
using ConnectChat.LocalCluster.Embedded;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>
/// The whole product on one machine: a bus, a store, Groups, Messaging and gateways, each service a supervised child process. What
/// <c>run</c> shows, what the demo measures and what the end-to-end tests break.
/// </summary>
public sealed class Topology : IAsyncDisposable
{
    private const string Store = "dynamodb";
    private const string DashboardName = "dashboard";
    private static readonly TimeSpan DashboardTimeout = TimeSpan.FromSeconds(20);

    private readonly TopologyOptions _options;
    private readonly DataFolder _folder;
    private readonly Keys _keys;
    private readonly UserTokens _tokens;
    private readonly Watchdog _watchdog = new();
    private readonly Lock _lock = new();
    private readonly Lock _stateLock = new();
    private Ports _ports;
    private volatile Dictionary<string, ServiceProcess> _services = [];
    private volatile bool _started;
    private EmbeddedKafka? _kafka;

    private Topology(TopologyOptions options, DataFolder folder, Keys keys)
    {
        (_options, _folder, _keys) = (options, folder, keys);
        _ports = Ports.From(options.BasePort, options.Gateways);
        _tokens = new UserTokens(keys.Users);
    }

    /// <summary>Base addresses of the gateways.</summary>
    public IReadOnlyList<Uri> Gateways => [.. _ports.Gateways.Select(port => new Uri($"http://127.0.0.1:{port}"))];

    /// <summary>Where each gateway answers operators, in the order of <see cref="Gateways"/>.</summary>
    public IReadOnlyList<Uri> Operators => [.. _ports.Operators.Select(port => new Uri($"http://127.0.0.1:{port}"))];

    /// <summary>Where Groups serves gRPC.</summary>
    public Uri Groups => new($"http://127.0.0.1:{_ports.GroupsGrpc}");

    /// <summary>Where Messaging serves gRPC.</summary>
    public Uri Messaging => new($"http://127.0.0.1:{_ports.MessagingGrpc}");

    /// <summary>Bootstrap servers of the bus.</summary>
    public string Kafka { get; private set; } = "";

    /// <summary>Address of the store.</summary>
    public string DynamoDb { get; private set; } = "";

    /// <summary>Address of the dashboard; null without one.</summary>
    public string? DashboardUrl { get; private set; }

    /// <summary>The services by name: <c>groups</c>, <c>messaging</c>, <c>gateway-1</c> …, and <c>dynamodb</c> when it is the embedded one.</summary>
    public IReadOnlyDictionary<string, ServiceProcess> Services => _services;

    /// <summary>Starts everything, and returns once every service says that it is ready.</summary>
    /// <remarks>The data directory is locked until the topology is disposed of, or this process ends.</remarks>
    /// <exception cref="CommandException">Another topology runs on the data directory, or another program has one of the ports.</exception>
    /// <exception cref="TimeoutException">It took longer than <see cref="TopologyOptions.StartTimeout"/>; the message names who is late and why.</exception>
    public static async Task<Topology> StartAsync(TopologyOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNotEqual(options.Gateways is >= 1 and <= 10, true, nameof(options));
        var folder = await DataFolder.TakeAsync(options.DataDirectory, cancellationToken);
        Topology topology;
        try
        {
            topology = new Topology(options, folder, Keys.Of(options.DataDirectory));
        }
        catch
        {
            folder.Dispose();
            throw;
        }

        try
        {
            await topology.StartAsync(cancellationToken);
            return topology;
        }
        catch
        {
            await topology.DisposeAsync();
            throw;
        }
    }

    /// <summary>A token for a user of this topology.</summary>
    public string TokenFor(string userId, TimeSpan? lifetime = null) => _tokens.Mint(userId, lifetime ?? TimeSpan.FromHours(1), TimeProvider.System);

    /// <summary>Starts a service that was stopped, and waits until it is ready.</summary>
    /// <exception cref="CommandException">Another program has its port by now.</exception>
    public async Task StartServiceAsync(string name, CancellationToken cancellationToken = default)
    {
        var stopped = _services[name];
        await stopped.DisposeAsync();
        Ports.ThrowIfTaken([stopped.HealthUrl.Port]);
        Keep(stopped.Again());
        WriteStateAgain();
        await HealthyAsync(cancellationToken);
    }

    /// <summary>Waits until every service is ready.</summary>
    /// <exception cref="TimeoutException">Not within <see cref="TopologyOptions.StartTimeout"/>.</exception>
    public async Task HealthyAsync(CancellationToken cancellationToken = default)
    {
        using var readiness = new Readiness(_options.StartTimeout);
        await Task.WhenAll(_services.Values
            .Where(service => service.Name != DashboardName)
            .Select(service => readiness.WaitAsync(service, cancellationToken))
            .Append(DashboardAnswersAsync(cancellationToken)));
    }

    /// <summary>Writes the state of the run for other programs; done by itself at the start and whenever a service was started again.</summary>
    public void WriteState()
    {
        lock (_stateLock)
        {
            PrivateFile.Write(RunState.FileIn(_options.DataDirectory), new RunState
            {
                ProcessId = Environment.ProcessId,
                Gateways = [.. Gateways.Select(gateway => gateway.OriginalString)],
                Operators = [.. Operators.Select(gateway => gateway.OriginalString)],
                Groups = Groups.OriginalString,
                Messaging = Messaging.OriginalString,
                Kafka = Kafka,
                DynamoDb = DynamoDb,
                Dashboard = DashboardUrl,
                Services = [.. _services.Values.Select(service => new RunningService(service.Name, service.ProcessId, service.LogFile))],
            });
        }
    }

    /// <summary>Stops everything that was started: gateways first, so that what they accepted is still processed; what others need last.</summary>
    public async ValueTask DisposeAsync()
    {
        // Ctrl-C reaches the children too, and some are gone before those that go first have drained.
        foreach (var service in _services.Values)
        {
            service.LeaveWhenItEnds();
        }

        await DisposeAsync(name => name.StartsWith("gateway", StringComparison.Ordinal));
        await DisposeAsync(name => name != Store);
        await DisposeAsync(name => name == Store);
        if (_kafka is not null)
        {
            await _kafka.DisposeAsync();
        }

        _folder.Delete(RunState.FileName);
        _folder.Dispose();
        _watchdog.Dispose();
    }

    private async Task DisposeAsync(Func<string, bool> which)
    {
        var services = _services.Where(service => which(service.Key)).ToList();
        await Task.WhenAll(services.Select(service => service.Value.DisposeAsync().AsTask()));
        services.ForEach(service => Forget(service.Key));
    }

    // Replaced as a whole: supervisors and callers read it at any time.
    private void Keep(ServiceProcess service)
    {
        lock (_lock)
        {
            _services = new Dictionary<string, ServiceProcess>(_services) { [service.Name] = service };
        }
    }

    private void Forget(string name)
    {
        lock (_lock)
        {
            _services = new Dictionary<string, ServiceProcess>(_services.Where(service => service.Key != name));
        }
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        // Left over from a run that was killed: with the lock taken it would pass for the state of this one.
        _folder.Delete(RunState.FileName);
        _ports.ThrowIfTaken(_options.Kafka is null, _options.DynamoDb is null);
        Directory.CreateDirectory(Path.Combine(_folder.FullPath, "logs"));
        StartDashboard();
        StartDependencies();

        // Before the services: what they send to a dashboard that does not listen yet is lost, and they say most while they start.
        await HealthyAsync(cancellationToken);
        Start("groups", Health(_ports.GroupsHttp), Service("ConnectChat.Groups", "groups", _ports.GroupsHttp, ("grpc", _ports.GroupsGrpc)));
        Start("messaging", Health(_ports.MessagingHttp), Service("ConnectChat.Messaging", "messaging", _ports.MessagingHttp, ("grpc", _ports.MessagingGrpc)));
        for (var i = 0; i < _ports.Gateways.Count; i++)
        {
            var name = $"gateway-{i + 1}";
            Start(name, Health(_ports.Gateways[i]), Service("ConnectChat.Gateway", name, _ports.Gateways[i], ("operators", _ports.Operators[i])));
        }

        await HealthyAsync(cancellationToken);

        // In this order: a service that is started again just now writes the state too.
        _started = true;
        WriteState();
    }

    // A supervisor calls it: what it cannot write must not end it.
    private void WriteStateAgain()
    {
        if (!_started)
        {
            return;
        }

        try
        {
            WriteState();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            Say($"{RunState.FileName} cannot be written, and names processes that are gone: {refused.Message}");
        }
    }

    // A line that cannot be written, because the terminal is gone or the disk is full, is lost; nothing else happens.
    private void Say(string line)
    {
        try
        {
            _options.Say(line);
        }
        catch (IOException)
        {
        }
    }

    private void StartDashboard()
    {
        if (!_options.Dashboard || _ports.Dashboard.StartInfo() is null)
        {
            return;
        }

        if (_ports.Dashboard.Ports.FirstOrDefault(port => !FreePort.IsFree(port)) is var taken and not 0)
        {
            // That may be the dashboard of another run, which must not get the spans of this one.
            _ports = _ports with { Dashboard = Dashboard.OnFreePorts() };
            Say($"{PortOwner.Describe(taken)}; this run's dashboard is at {_ports.Dashboard.Url} instead");
        }

        DashboardUrl = _ports.Dashboard.Url;
        Start(DashboardName, DashboardUrl, _ports.Dashboard.StartInfo()!);
    }

    private void StartDependencies()
    {
        _kafka = _options.Kafka is null ? EmbeddedKafka.Start(_ports.Kafka) : null;
        Kafka = _options.Kafka ?? _kafka!.BootstrapServers;
        if (_options.DynamoDb is null)
        {
            var file = Path.Combine(_folder.FullPath, "dynamodb.db");
            DynamoDb = $"http://127.0.0.1:{_ports.DynamoDb}";
            Start(Store, DynamoDb, () => EmbeddedDynamoDb.StartInfo(file, _ports.DynamoDb));
        }
        else
        {
            DynamoDb = _options.DynamoDb;
        }
    }

    // It only watches: a port that is taken must not keep the product from running.
    private async Task DashboardAnswersAsync(CancellationToken cancellationToken)
    {
        if (!_services.TryGetValue(DashboardName, out var dashboard))
        {
            return;
        }

        using var readiness = new Readiness(DashboardTimeout);
        try
        {
            await readiness.WaitAsync(dashboard, cancellationToken);
        }
        catch (TimeoutException)
        {
            Say($"the dashboard does not answer at {DashboardUrl}; going on without it. Log: {dashboard.LogFile}");
            DashboardUrl = null;
            await dashboard.DisposeAsync();
            Forget(DashboardName);
            WriteStateAgain();
        }
    }

    private void Start(string name, string healthUrl, Func<ProcessStartInfo> startInfo) => Keep(new ServiceProcess(
        name, healthUrl, Path.Combine(_options.DataDirectory, "logs", $"{name}.log"), startInfo, _watchdog, Say, TimeProvider.System, WriteStateAgain));

    private Func<ProcessStartInfo> Service(string project, string name, int http, (string Endpoint, int Port) second)
    {
        var assembly = ServiceBinaries.Find(project);
        return () =>
        {
            // Settings files lie beside the assembly.
            var start = new ProcessStartInfo("dotnet", [assembly]) { WorkingDirectory = Path.GetDirectoryName(assembly) };
            foreach (var (key, value) in Configuration(name, http, second))
            {
                start.Environment[key] = value;
            }

            return start;
        };
    }

    private IEnumerable<KeyValuePair<string, string>> Configuration(string name, int http, (string Endpoint, int Port) second)
    {
        yield return new("ASPNETCORE_ENVIRONMENT", "Development");

        // Started again under the same name, it goes on with its partitions at once instead of waiting until its last life has timed out.
        if (name == "messaging")
        {
            yield return new("Aspire__Confluent__Kafka__Consumer__Config__GroupInstanceId", name);
            if (_kafka is not null)
            {
                // The embedded broker knows no such names, but takes any timeout.
                yield return new("Aspire__Confluent__Kafka__Consumer__Config__SessionTimeoutMs", "2000");
                yield return new("Aspire__Confluent__Kafka__Consumer__Config__HeartbeatIntervalMs", "300");
            }
        }

        // Several services share one machine and should start fast: no heap per core, and no instrumented tier of compiled code.
        yield return new("DOTNET_gcServer", "0");
        yield return new("DOTNET_TieredPGO", "0");
        yield return new("ConnectionStrings__kafka", Kafka);
        yield return new("AWS_ENDPOINT_URL_DYNAMODB", DynamoDb);
        yield return new("InternalAuthentication__Key", _keys.Services);

        if (_kafka is not null)
        {
            // The mock answers a fetch at the end of its wait even when a record arrived meanwhile; Kafka answers at once.
            yield return new("Aspire__Confluent__Kafka__Consumer__Config__FetchWaitMaxMs", "5");
        }

        foreach (var (service, address) in new[] { ("groups", Groups), ("messaging", Messaging) })
        {
            yield return new($"services__{service}__grpc__0", address.OriginalString);
        }

        yield return new("Kestrel__Endpoints__http__Url", $"http://127.0.0.1:{http}");
        yield return new("Kestrel__Endpoints__http__Protocols", "Http1");
        yield return new($"Kestrel__Endpoints__{second.Endpoint}__Url", $"http://127.0.0.1:{second.Port}");
        yield return new($"Kestrel__Endpoints__{second.Endpoint}__Protocols", second.Endpoint == "grpc" ? "Http2" : "Http1");
        if (second.Endpoint == "operators")
        {
            yield return new("Gateway__Id", name);
            yield return new("Authentication__Key", _keys.Users);
        }

        if (DashboardUrl is not null)
        {
            yield return new("OTEL_EXPORTER_OTLP_ENDPOINT", _ports.Dashboard.OtlpUrl);

            // Whoever sends a message here wants to see its trace at once, and what was said meanwhile.
            yield return new("OTEL_BSP_SCHEDULE_DELAY", "1000");
            yield return new("OTEL_BLRP_SCHEDULE_DELAY", "1000");
            yield return new("OTEL_SERVICE_NAME", name);
        }

        foreach (var setting in _options.Environment)
        {
            yield return setting;
        }
    }

    private static string Health(int port) => $"http://127.0.0.1:{port}/health";
}
