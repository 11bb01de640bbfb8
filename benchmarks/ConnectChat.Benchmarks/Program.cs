using ConnectChat.Benchmarks;

switch (args)
{
    case ["recipients"]:
        await RecipientsBenchmark.RunAsync();
        return 0;
    case ["recipient-sets"]:
        RecipientSetsBenchmark.Run();
        return 0;
    case ["setup"]:
        await SetupBenchmark.RunAsync();
        return 0;
    case ["telemetry"]:
        await TelemetryBenchmark.RunAsync();
        return 0;
    case ["delivery"]:
        await DeliveryBenchmark.RunAsync();
        return 0;
    case ["throughput"]:
        await ThroughputBenchmark.RunAsync();
        return 0;
    case ["isolation"]:
        await IsolationBenchmark.RunAsync();
        return 0;
    case ["takeover"]:
        await TakeoverBenchmark.RunAsync();
        return 0;
    case ["settings", .. { Length: > 0 } variables] when variables.All(variable => variable.Contains('=', StringComparison.Ordinal)):
        await SettingsBenchmark.RunAsync(variables);
        return 0;
    default:
        Console.Error.WriteLine(
            "dotnet run -c Release --project benchmarks/ConnectChat.Benchmarks -- recipients | recipient-sets | setup | telemetry | delivery | "
            + "throughput | isolation | takeover | settings NAME=VALUE …");
        return 2;
}
