using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using ConnectChat.LocalCluster;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Tests.CommandLine;

/// <summary>F11: what a user may get wrong ends with exit code 1 and a sentence that names it, never with a stack trace.</summary>
public sealed class MistakeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("connectchat-mistakes-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory(Timeout = 60_000)]
    [InlineData("--base-port", "run --base-port 65530")]
    [InlineData("--base-port", "run --base-port -5")]
    [InlineData("--gateways", "run --gateways 0")]
    [InlineData("--gateways", "run --gateways many")]
    [InlineData("--kafka", "run --kafka nonsense")]
    [InlineData("--kafka", "run --kafka localhost:port")]
    [InlineData("--kafka", "run --kafka http://localhost:9092/")]
    [InlineData("--kafka", "run --kafka one:9092,two")]
    [InlineData("--kafka", "inspect --kafka localhost:99999")]
    [InlineData("--dynamodb", "run --dynamodb localhost")]
    [InlineData("--dynamodb", "run --dynamodb localhost:8000")]
    [InlineData("--dynamodb", "demo --dynamodb file:///etc/passwd")]
    [InlineData("--gateways", "demo --gateways 0")]
    [InlineData("--members", "demo --members 0")]
    [InlineData("--members", "demo --members 200000 --connected 1")]
    [InlineData("--connected", "demo --members 5 --connected 6")]
    [InlineData("--connected", "demo --connected 0")]
    [InlineData("--messages", "demo --messages -1")]
    [InlineData("--rate", "demo --rate 0")]
    [InlineData("--rate", "demo --rate NaN")]
    [InlineData("--rate", "demo --rate 1E-300")]
    [InlineData("--rate", "demo --rate Infinity")]
    [InlineData("--faults", "check --faults kill,earthquake")]
    [InlineData("--kafka", "check --kafka two")]
    [InlineData("--seconds", "check --seconds 0")]
    [InlineData("--users", "check --users 1")]
    [InlineData("cannot be written", "check --history .")]
    [InlineData("--lifetime", "token anna --lifetime -1.00:00:00")]
    [InlineData("--lifetime", "token anna --lifetime 00:00:00")]
    [InlineData("--lifetime", "token anna --lifetime 10000000")]
    [InlineData("--lifetime", "token anna --lifetime soon")]
    [InlineData("user id", "token not/a/user")]
    [InlineData("--last", "inspect --last 0")]
    [InlineData("--partition", "inspect --partition -1 --offset 0")]
    [InlineData("--offset", "inspect --partition 0 --offset -2")]
    [InlineData("--partition", "inspect --partition 1")]
    [InlineData("Nothing runs", "inspect")]
    [InlineData("Nothing runs", "trace")]
    [InlineData("--port", "kafka --port -1")]
    [InlineData("--port", "dynamodb --port 70000")]
    public async Task F11_an_argument_that_makes_no_sense_is_named(string named, string command) =>
        AssertMistake(await RunAsync(command.Split(' ')), named);

    [Theory(Timeout = 60_000)]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{ \"users\": \"abc")]
    [InlineData("{ \"users\": \"only one of the two keys, long enough as it is\" }")]
    [InlineData("{ \"users\": \"short\", \"services\": \"short\" }")]
    public async Task F11_a_broken_keys_file_is_named_with_what_to_do(string content)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "keys.json"), content, Token);

        AssertMistake(await RunAsync("token", "anna"), "keys.json");
        AssertMistake(await RunAsync("run", "--no-dashboard", "--base-port", "0"), "keys.json");
    }

    [Theory(Timeout = 60_000)]
    [InlineData("token", "anna")]
    [InlineData("run", "--no-dashboard")]
    [InlineData("inspect", "--last")]
    [InlineData("trace", "--json")]
    public async Task F11_data_that_is_a_file_is_named(string verb, string argument)
    {
        var file = Path.Combine(_folder, "a-file");
        await File.WriteAllTextAsync(file, "", Token);

        AssertMistake(
            await ToolProcess.RunAsync([verb, argument, .. argument == "--last" ? new[] { "1" } : [], "--data", file], Token),
            file);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("inspect")]
    [InlineData("trace")]
    public async Task F11_the_state_of_a_run_that_was_killed_is_not_taken_for_a_run(string verb)
    {
        await File.WriteAllTextAsync(
            RunState.FileIn(_folder),
            """
            { "processId": 999999, "gateways": ["http://127.0.0.1:1"], "groups": "http://127.0.0.1:1", "messaging": "http://127.0.0.1:1",
              "kafka": "127.0.0.1:1", "dynamoDb": "http://127.0.0.1:1", "dashboard": "http://127.0.0.1:1", "services": [] }
            """,
            Token);

        AssertMistake(await RunAsync(verb), "Nothing runs");
    }

    [Theory(Timeout = 60_000)]
    [InlineData("inspect")]
    [InlineData("trace")]
    public async Task F11_a_broken_state_of_a_run_is_named(string verb)
    {
        await File.WriteAllTextAsync(RunState.FileIn(_folder), "{ \"processId\": ", Token);

        AssertMistake(await RunAsync(verb), "run");
    }

    [Theory(Timeout = 60_000)]
    [InlineData("kafka")]
    [InlineData("dynamodb")]
    public async Task F11_a_port_that_is_taken_is_named(string verb)
    {
        using var taken = new TcpListener(IPAddress.Loopback, FreePort.Next());
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        AssertMistake(await ToolProcess.RunAsync([verb, "--port", $"{port}"], Token), $"port {port} is in use by");
    }

    [Fact(Timeout = 60_000)]
    public async Task F11_a_store_that_cannot_be_opened_is_told_with_its_own_words()
    {
        var file = Path.Combine(_folder, "no-database");
        await File.WriteAllTextAsync(file, string.Concat(Enumerable.Repeat("this is no database ", 1000)), Token);

        AssertMistake(await ToolProcess.RunAsync(["dynamodb", "--port", $"{FreePort.Next()}", "--data", file], Token), "database");
    }

    [Fact(Timeout = 60_000)]
    public async Task F11_a_kafka_that_does_not_answer_is_named() =>
        AssertMistake(await RunAsync("inspect", "--kafka", $"127.0.0.1:{FreePort.Next()}"), "Kafka");

    [Fact(Timeout = 30_000)]
    public async Task F11_only_a_fault_of_our_own_is_told_from_a_mistake_and_shown_with_its_stack()
    {
        Assert.Equal(1, await EndingOfAsync(new IOException("No space left on device")));
        Assert.Equal(1, await EndingOfAsync(new CommandException("A sentence.")));
        Assert.Equal(1, await EndingOfAsync(new TaskCanceledException("", new TimeoutException("It took too long."))));
        Assert.Equal(130, await EndingOfAsync(new OperationCanceledException()));
        Assert.Equal(70, await EndingOfAsync(new InvalidOperationException("A fault that the test makes.")));
        Assert.Equal(70, await EndingOfAsync(new FileNotFoundException("Could not load an assembly, says the test.")));
    }

    private static Task<int> EndingOfAsync(Exception exception)
    {
        var verb = new Command("verb");
        verb.SetAction((_, _) => Task.FromException<int>(exception));
        return Cli.Commands.CommandLine.RunAsync(new RootCommand { verb }, ["verb"]);
    }

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) =>
        ToolProcess.RunAsync(arguments is ["token" or "inspect" or "trace" or "run", ..] ? [.. arguments, "--data", _folder] : arguments, Token);

    private static void AssertMistake((int ExitCode, string Output, string Errors) run, string named)
    {
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", run.Errors, StringComparison.Ordinal);
        Assert.Contains(named, run.Errors, StringComparison.Ordinal);
        Assert.Equal(1, run.ExitCode);
    }
}
