using System.CommandLine;
using ConnectChat.Cli.Commands;

var root = new RootCommand("Connect Chat on one machine: run it, measure it, look into it.")
{
    RunCommand.Create(),
    TokenCommand.Create(),
    ChatCommand.Create(),
    DemoCommand.Create(),
    CheckCommand.Create(),
    InspectCommand.Create(),
    TraceCommand.Create(),
    KafkaCommand.Create(),
    DynamoDbCommand.Create(),
};

return await CommandLine.RunAsync(root, args);
