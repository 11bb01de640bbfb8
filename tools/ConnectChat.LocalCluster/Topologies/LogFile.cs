using System.Text;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>
/// Appends lines to a file as far as the disk takes them. A line that cannot be written is lost and counted, and nothing else happens:
/// a full disk must not end what is only logged.
/// </summary>
/// <remarks>Thread-safe. When lines can be written again, one of them says how many are missing. Lines after the end are dropped.</remarks>
internal sealed class LogFile(string path) : IDisposable
{
    private readonly Lock _lock = new();
    private FileStream? _file;
    private long _missing;
    private bool _ended;

    /// <summary>Lines that could not be written so far.</summary>
    public long Lost { get; private set; }

    /// <summary>Writes one line, or loses it.</summary>
    public void Write(string line)
    {
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            try
            {
                // Without a buffer: one that cannot be flushed would fail again with every later line, and when it is closed.
                _file ??= new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
                if (_missing > 0)
                {
                    Append($"({_missing:N0} lines before this one could not be written)");
                    _missing = 0;
                }

                Append(line);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                _missing++;
                Lost++;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            _file?.Dispose();
        }
    }

    private void Append(string line) => _file!.Write(Encoding.UTF8.GetBytes(line + Environment.NewLine));
}
