using System.CommandLine;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Cli.Commands;

/// <summary><c>dynamodb</c>: the embedded DynamoDB alone, for the AppHost and for experiments.</summary>
internal static class DynamoDbCommand
{
    public static Command Create()
    {
        var port = CommonOptions.Port();
        var file = new Option<string?>("--data") { Description = "The file with the data; without it the data stays in memory." };
        var command = new Command("dynamodb", "Runs the embedded DynamoDB until Ctrl-C.") { port, file };
        command.SetAction(async (parsed, stop) =>
        {
            var database = parsed.GetValue(file);
            if (database is not null && DataFolder.IsTaken(Path.GetDirectoryName(Path.GetFullPath(database))!))
            {
                throw new CommandException($"{database} belongs to a run that is going on. Stop it, or choose another file with --data.");
            }

            using var watchdog = new Watchdog();
            await using var dynamoDb = await EmbeddedDynamoDb.StartAsync(database, parsed.GetValue(port), stop);
            watchdog.Watch(dynamoDb.ProcessId);
            Console.WriteLine($"DynamoDB listens on {dynamoDb.ServiceUrl}");
            await CommandLine.UntilStoppedAsync(stop);
            return 0;
        });
        return command;
    }
}
