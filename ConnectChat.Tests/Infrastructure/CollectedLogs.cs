using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ConnectChat.Tests.Infrastructure;

/// <summary>Everything that a host logs, for tests about what is worth a line.</summary>
internal sealed class CollectedLogs : ILoggerProvider
{
    public ConcurrentQueue<Entry> Entries { get; } = [];

    /// <summary>Collects from now on.</summary>
    public static CollectedLogs Of(IServiceProvider services)
    {
        var logs = new CollectedLogs();
        services.GetRequiredService<ILoggerFactory>().AddProvider(logs);
        return logs;
    }

    /// <summary>What an operator would look at: warnings and errors, and whatever has a stack trace and is not for debugging.</summary>
    public List<Entry> Failures() =>
        [.. Entries.Where(entry => entry.Level >= LogLevel.Warning || (entry.Exception is not null && entry.Level > LogLevel.Debug))];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    internal sealed record Entry(string Category, LogLevel Level, string Text, Exception? Exception);

    private sealed class Logger(CollectedLogs logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            logs.Entries.Enqueue(new Entry(category, logLevel, formatter(state, exception), exception));
    }
}
