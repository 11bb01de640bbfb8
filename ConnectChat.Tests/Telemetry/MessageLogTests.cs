using System.Diagnostics;
using System.Diagnostics.Metrics;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway;
using ConnectChat.Gateway.Telemetry;
using ConnectChat.Groups.Telemetry;
using ConnectChat.Messaging.Telemetry;
using ConnectChat.ServiceDefaults.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ConnectChat.Tests.Telemetry;

public sealed class MessageLogTests : IDisposable
{
    private const int Messages = 1_000;

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Lines _lines = new();
    private readonly ILoggerFactory _loggers;
    private readonly GatewayTelemetry _gateway;
    private readonly MessagingTelemetry _messaging;
    private readonly GroupsTelemetry _groups;

    public MessageLogTests()
    {
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(_lines));
        var meters = _services.GetRequiredService<IMeterFactory>();
        _gateway = new GatewayTelemetry(meters, _loggers, Options.Create(new GatewayOptions()));
        _messaging = new MessagingTelemetry(meters, _loggers);
        _groups = new GroupsTelemetry(meters, _loggers);
    }

    public void Dispose()
    {
        _gateway.Dispose();
        _messaging.Dispose();
        _groups.Dispose();
        _loggers.Dispose();
        _lines.Dispose();
        _services.Dispose();
    }

    [Theory]
    [InlineData(ActivityTraceFlags.Recorded, 4)]
    [InlineData(ActivityTraceFlags.None, 0)]
    public void A_message_is_logged_when_its_trace_is_sampled(ActivityTraceFlags flags, int lines)
    {
        using var span = Span(flags);

        SayAll(span, new OutgoingEvent { GroupId = "g", MessageId = "m", Sequence = 1 });

        Assert.Equal(lines, _lines.Written);
    }

    [Fact]
    public void A_message_that_is_not_sampled_costs_no_allocation_for_its_log()
    {
        using var span = Span(ActivityTraceFlags.None);
        var message = new OutgoingEvent { GroupId = "g", MessageId = "m", Sequence = 1 };
        SayAll(span: null, message);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Messages; i++)
        {
            SayAll(span: null, message);
        }

        // Less than one byte each: none of them allocates.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Messages - 1);
    }

    // Without a span, so that the tags of a fan-out are not counted; the current span is what the others look at.
    private void SayAll(Activity? span, OutgoingEvent message)
    {
        _gateway.Accepted("g", "c");
        _gateway.FannedOut(span, "message", "g", sequence: 1, delivered: 1, ignored: 2);
        _messaging.Published(message, recipients: 3);
        _groups.RecipientsRead("read", "g", version: 1, count: 3);
    }

    private static Activity Span(ActivityTraceFlags flags) => new Activity("test") { ActivityTraceFlags = flags }.Start();

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public int Written { get; private set; }

        public ILogger CreateLogger(string categoryName) => categoryName == MessageLog.Category ? this : throw new InvalidOperationException(categoryName);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written++;

        public void Dispose()
        {
        }
    }
}
