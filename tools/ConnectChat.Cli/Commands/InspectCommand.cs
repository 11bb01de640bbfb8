using System.CommandLine;
using System.Text;
using Confluent.Kafka;
using ConnectChat.Cli.Inspection;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Recipients;
using ConnectChat.LocalCluster.Clients;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.Records;

namespace ConnectChat.Cli.Commands;

/// <summary><c>inspect</c>: prints outgoing records with their recipients as user ids.</summary>
internal static class InspectCommand
{
    private const int MostNames = 50;
    private const int MostRecords = 10_000;

    public static Command Create()
    {
        var (kafka, data) = (CommonOptions.Kafka(), CommonOptions.Data());
        var partition = new Option<int?>("--partition") { Description = "Of one record; needs --offset." }.Such(value => value is null or >= 0, "0 or more");
        var offset = new Option<long?>("--offset") { Description = "Of one record; needs --partition." }.Such(value => value is null or >= 0, "0 or more");
        var last = new Option<int>("--last") { Description = "How many of the last records.", DefaultValueFactory = _ => 1 }.Within(1, MostRecords);
        var all = new Option<bool>("--all") { Description = $"All recipients, not just the first {MostNames}." };
        var body = new Option<bool>("--body") { Description = "The message's text as well." };
        var command = new Command("inspect", "Prints records of the outgoing topic with their recipients.") { kafka, data, partition, offset, last, all, body };
        command.Validators.Add(result =>
        {
            if ((result.GetResult(partition) is null) != (result.GetResult(offset) is null))
            {
                result.AddError("--partition and --offset belong together.");
            }
        });
        command.SetAction(async (parsed, stop) =>
        {
            var directory = parsed.GetRequiredValue(data);
            var given = parsed.GetValue(kafka);
            var running = given is null ? RunState.Of(directory) : RunState.Find(directory);
            var bootstrapServers = given ?? running!.Kafka;
            using var reader = new OutgoingReader(bootstrapServers);
            using var names = running is null ? null : new UserNames(running.Groups, Keys.Of(directory));
            var records = (parsed.GetValue(partition), parsed.GetValue(offset)) switch
            {
                ({ } where, { } at) => [reader.At(where, at)],
                _ => reader.Last(parsed.GetValue(last)),
            };
            foreach (var record in records)
            {
                await PrintAsync(record, names, parsed.GetValue(all) ? int.MaxValue : MostNames, parsed.GetValue(body), stop);
            }

            return 0;
        });
        return command;
    }

    private static async Task PrintAsync(ConsumeResult<string, byte[]> record, UserNames? names, int most, bool body, CancellationToken stop)
    {
        Console.WriteLine(
            $"{record.Topic} partition {record.Partition.Value} offset {record.Offset.Value}  "
            + $"key {record.Message.Key}  value {record.Message.Value.Length:N0} bytes");
        foreach (var header in record.Message.Headers.Where(header => header.Key != RecordHeaders.Recipients))
        {
            Console.WriteLine($"  {header.Key,-20} {Encoding.UTF8.GetString(header.GetValueBytes())}");
        }

        if (record.Message.Headers.TryGetLastBytes(RecordHeaders.Recipients, out var encoded))
        {
            await PrintRecipientsAsync(encoded, names, most, stop);
        }

        if (body && OutgoingRecordCodec.IsMessage(record.Message))
        {
            Console.WriteLine($"  {"body",-20} {OutgoingRecordCodec.Event(record.Message).Body}");
        }
    }

    private static async Task PrintRecipientsAsync(byte[] encoded, UserNames? names, int most, CancellationToken stop)
    {
        var error = RecipientSet.TryDecode(encoded, Limits.GroupMembers, out var numbers);
        if (error != RecipientSetError.None)
        {
            Console.WriteLine($"  {"recipients",-20} {encoded.Length:N0} bytes that are no set: {error}");
            return;
        }

        var shown = numbers.Take(most).ToList();
        var known = names is null ? null : await names.DescribeAsync(shown, stop);
        var people = string.Join(", ", shown.Select(number => known?.GetValueOrDefault(number) ?? $"#{number}"));
        var more = numbers.Length > shown.Count ? $" … and {numbers.Length - shown.Count:N0} more (--all)" : "";
        var unresolved = known is null ? " (Groups does not answer: numbers instead of ids)" : "";
        Console.WriteLine($"  {"recipients",-20} {numbers.Length:N0} in {encoded.Length:N0} bytes{unresolved}: {people}{more}");
    }
}
