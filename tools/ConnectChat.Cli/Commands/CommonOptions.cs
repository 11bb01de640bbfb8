using System.CommandLine;
using System.CommandLine.Parsing;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Cli.Commands;

/// <summary>Options that several verbs have, with what is allowed: a value that makes no sense is refused before anything starts.</summary>
internal static class CommonOptions
{
    private const int GreatestPort = 65_535;

    /// <summary>The data directory.</summary>
    public static Option<string> Data() => new("--data") { Description = "Keys, data, logs and state of the run.", DefaultValueFactory = _ => ".connectchat" };

    /// <summary>How many gateways.</summary>
    public static Option<int> Gateways() =>
        new Option<int>("--gateways") { Description = "How many gateways, 1 to 10.", DefaultValueFactory = _ => 2 }.Within(1, 10);

    /// <summary>The first port of a topology.</summary>
    public static Option<int> BasePort() =>
        new Option<int>("--base-port") { Description = "The first gateway's port; the others follow. 0 takes free ports.", DefaultValueFactory = _ => 5300 }
            .Within(0, Ports.GreatestBase);

    /// <summary>A Kafka that runs already.</summary>
    public static Option<string?> Kafka() =>
        new Option<string?>("--kafka")
        {
            Description = "Bootstrap servers of a Kafka that runs already, HOST:PORT[,HOST:PORT …]; otherwise the embedded broker.",
        }
            .Such(Addresses.AreBootstrapServers, "HOST:PORT[,HOST:PORT …]");

    /// <summary>A DynamoDB that runs already.</summary>
    public static Option<string?> DynamoDb() =>
        new Option<string?>("--dynamodb") { Description = "Address of a DynamoDB that runs already; otherwise the embedded one." }
            .Such(Addresses.IsHttp, "an address like http://HOST:PORT");

    /// <summary>A loopback port.</summary>
    public static Option<int> Port() =>
        new Option<int>("--port") { Description = "The loopback port; 0 takes a free one.", Required = true }.Within(0, GreatestPort);

    /// <summary>Refuses values outside of a range.</summary>
    public static Option<T> Within<T>(this Option<T> option, T least, T most)
        where T : IComparable<T>
    {
        // Not "below or above": of NaN neither is true.
        option.Such(value => value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0, FormattableString.Invariant($"{least:#,0.##} to {most:#,0.##}"));
        return option;
    }

    /// <summary>Refuses values that are not what is wanted; an option that is not given is.</summary>
    public static Option<T> Such<T>(this Option<T> option, Predicate<T> isGood, string wanted)
    {
        option.Validators.Add(result =>
        {
            if (!IsGood(result, isGood))
            {
                result.AddError($"{option.Name} must be {wanted}.");
            }
        });
        return option;
    }

    private static bool IsGood<T>(OptionResult result, Predicate<T> isGood)
    {
        try
        {
            return result.GetValueOrDefault<T>() is not { } value || isGood(value);
        }
        catch (InvalidOperationException)
        {
            // It is no T at all, like "many" for a number.
            return false;
        }
    }
}
