using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;

namespace ConnectChat.Kafka;

/// <summary>
/// Notices that the address of the bus leads to another cluster than before: one that was made anew, or an embedded broker that came back
/// empty. Offsets of the old cluster mean nothing on the new one, and reading from one that happens to exist there would skip records silently.
/// </summary>
/// <remarks>
/// The cluster's id is asked for at the start and again after each error that a client reports, for each may have been the loss of a
/// connection. For one thread, the one that polls.
/// </remarks>
public sealed partial class ClusterWatch(IProducer<string, byte[]> producer, KafkaErrors errors, ILogger<ClusterWatch> logger)
{
    private static readonly DescribeClusterOptions Options = new() { RequestTimeout = TimeSpan.FromSeconds(5) };

    // Longer than the client's own deadline: a question that it lost must not keep anybody from reading for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private readonly IAdminClient _admin = new DependentAdminClientBuilder(producer.Handle).Build();
    private Task<string>? _question;
    private long _asked = -1;
    private long _answered = -1;
    private string? _cluster;

    /// <summary>No client has reported an error since the last answer.</summary>
    internal bool Undoubted => _question is null && _answered == errors.Count;

    /// <summary>What is known now. Costs nothing while clients report no errors.</summary>
    /// <param name="wait">How long to wait for an answer at most.</param>
    internal Cluster Look(TimeSpan wait)
    {
        if (Undoubted)
        {
            return Cluster.Same;
        }

        if (_question is null)
        {
            _asked = errors.Count;
            _question = AskAsync();
        }

        return Task.WaitAny([_question], wait) == 0 ? Answered(_question) : Cluster.Unknown;
    }

    /// <summary>Waits for the question that is under way: it uses a handle of the producer, which must not be freed before.</summary>
    internal void Stop()
    {
        if (_question is { } question)
        {
            Task.WaitAny(question);
        }
    }

    private Cluster Answered(Task<string> answer)
    {
        _question = null;
        if (!answer.IsCompletedSuccessfully)
        {
            LogNoAnswer(logger, answer.Exception?.InnerException?.Message);
            return Cluster.Unknown;
        }

        _answered = _asked;
        var before = _cluster;
        _cluster = answer.Result;
        if (before is null || before == _cluster)
        {
            return Cluster.Same;
        }

        LogChanged(logger, before, _cluster);
        return Cluster.Another;
    }

    private async Task<string> AskAsync() => (await _admin.DescribeClusterAsync(Options).WaitAsync(Patience)).ClusterId;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The bus was cluster {before} and is cluster {now}: its topics are read from their beginning")]
    private static partial void LogChanged(ILogger logger, string before, string now);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Kafka did not say which cluster it is ({problem}); until then nothing is read")]
    private static partial void LogNoAnswer(ILogger logger, string? problem);
}

/// <summary>Which cluster the bus is, compared with before.</summary>
internal enum Cluster
{
    /// <summary>The one that it was.</summary>
    Same,

    /// <summary>A connection was lost, and no broker has answered since.</summary>
    Unknown,

    /// <summary>Another one. Said once for each change.</summary>
    Another,
}
