using System.Text.Json;
using System.Threading.Channels;

namespace ConnectChat.Checker.Histories;

/// <summary>Appends observations to a file, one line of JSON each. Thread-safe; whoever observes never waits for the disk.</summary>
internal sealed class HistoryWriter : IAsyncDisposable
{
    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    private readonly Channel<Observation> _queue = Channel.CreateUnbounded<Observation>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TimeProvider _clock;
    private readonly long _started;
    private readonly Task _writing;

    /// <summary>Creates the file.</summary>
    /// <exception cref="CommandException">It is there already, or cannot be created.</exception>
    public HistoryWriter(string path, TimeProvider clock)
    {
        (_clock, _started) = (clock, clock.GetTimestamp());
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The history cannot be written to {path}: {refused.Message}");
        }

        _writing = Task.Run(() => WriteAsync(file));
    }

    /// <summary>Microseconds since the start of the run.</summary>
    public long Now => (long)_clock.GetElapsedTime(_started).TotalMicroseconds;

    /// <summary>Appends an observation.</summary>
    public void Add(Observation observation) => _queue.Writer.TryWrite(observation);

    /// <summary>Writes what is left, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAsync(FileStream file)
    {
        await using var closing = file;
        await foreach (var observation in _queue.Reader.ReadAllAsync())
        {
            JsonSerializer.Serialize(file, observation, HistoryFormat.Default.Observation);
            file.Write(LineEnd);
        }
    }
}
