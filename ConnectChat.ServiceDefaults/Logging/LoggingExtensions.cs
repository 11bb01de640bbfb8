using Grpc.Core;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Hosting;

namespace ConnectChat.ServiceDefaults.Logging;

/// <summary>What a log line looks like, and what is not worth one.</summary>
public static class LoggingExtensions
{
    private const string Formatter = "Logging:Console:FormatterOptions";

    /// <summary>
    /// One line per event on the console: UTC time, level, category, text, and an exception on the same line. These are defaults below
    /// every other source of configuration, so <c>Logging:Console:*</c> and <c>Logging:LogLevel:*</c> have the last word.
    /// </summary>
    internal static void AddLogFormat(this IHostApplicationBuilder builder) => builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
    {
        InitialData = new Dictionary<string, string?>
        {
            ["Logging:Console:FormatterName"] = "simple",
            [$"{Formatter}:SingleLine"] = "true",
            [$"{Formatter}:UseUtcTimestamp"] = "true",
            [$"{Formatter}:TimestampFormat"] = "yyyy-MM-ddTHH:mm:ss.fffZ ",

            // A refused or cancelled call is told to its caller; gRPC would say it here too, with a stack.
            ["Logging:LogLevel:Grpc"] = "Warning",

            // Four lines for each call to another service, which are as many as clients like to cause.
            ["Logging:LogLevel:System.Net.Http.HttpClient"] = "Warning",
        },
    });

    /// <summary>
    /// True for the end of a call whose caller has gone: it cancelled, or its connection broke. That is how calls end every day, and
    /// nobody waits for the answer.
    /// </summary>
    /// <param name="exception">What the call ended with.</param>
    /// <param name="callerGone">The token that is cancelled when the caller goes.</param>
    public static bool IsCallerGone(Exception exception, CancellationToken callerGone) => callerGone.IsCancellationRequested
        && exception is OperationCanceledException or IOException or ObjectDisposedException or RpcException { StatusCode: StatusCode.Cancelled }

            // What AWS's SDK makes of a cancelled call, depending on where it is at that moment.
            or TimeoutException { InnerException: OperationCanceledException };
}
