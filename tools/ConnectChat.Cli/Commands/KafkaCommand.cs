using System.CommandLine;
using ConnectChat.LocalCluster.Embedded;

namespace ConnectChat.Cli.Commands;

/// <summary><c>kafka</c>: the embedded broker alone, for the AppHost and for experiments.</summary>
internal static class KafkaCommand
{
    public static Command Create()
    {
        var port = CommonOptions.Port();
        var command = new Command("kafka", "Runs the embedded Kafka-protocol broker until Ctrl-C. In memory only.") { port };
        command.SetAction(async (parsed, stop) =>
        {
            await using var kafka = EmbeddedKafka.Start(parsed.GetValue(port));
            Console.WriteLine($"Kafka listens on {kafka.BootstrapServers}");
            await CommandLine.UntilStoppedAsync(stop);
            return 0;
        });
        return command;
    }
}
