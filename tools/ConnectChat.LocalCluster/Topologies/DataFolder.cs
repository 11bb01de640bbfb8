using System.Globalization;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>
/// The data directory of a run, locked for as long as the run lives: two runs on one directory would be two buses on one store.
/// </summary>
/// <remarks>
/// The lock is that of the operating system on <c>run.lock</c>, so it ends with the process, however the process ends.
/// <c>run.pid</c> says who has it: while a file is locked, others cannot read it everywhere.
/// </remarks>
internal sealed class DataFolder : IDisposable
{
    private const string OwnerFileName = "run.pid";

    // What .NET gives as HResult when another process has the lock: the system's own number.
    private const int LinuxWouldBlock = 11;
    private const int MacWouldBlock = 35;
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream heldLock) => (FullPath, _lock) = (path, heldLock);

    /// <summary>Where it is.</summary>
    public string FullPath { get; }

    /// <summary>Creates the directory when it is missing.</summary>
    /// <exception cref="CommandException">It cannot be created or used; the message says why.</exception>
    public static string Create(string path)
    {
        try
        {
            return Directory.CreateDirectory(path).FullName;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CommandException(File.Exists(path)
                ? $"The data directory {path} is a file. Choose another with --data."
                : $"The data directory '{path}' cannot be created: {refused.Message}");
        }
    }

    /// <summary>Takes the lock of a directory.</summary>
    /// <exception cref="CommandException">Another run has it, or the directory cannot be used; the message says which.</exception>
    public static async Task<DataFolder> TakeAsync(string path, CancellationToken cancellationToken)
    {
        var folder = Create(path);
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (TryLock(folder, FileShare.None) is { } held)
            {
                await File.WriteAllTextAsync(OwnerFile(folder), Environment.ProcessId.ToString(CultureInfo.InvariantCulture), CancellationToken.None);
                return new DataFolder(folder, held);
            }

            // Whoever only asks whether a run is going on has the lock for a moment too.
            if (TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new CommandException(
                    $"Connect Chat is already running (pid {Owner(folder)}) on {folder}. Stop it, or choose another directory with --data.");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>Whether a run has the directory now.</summary>
    public static bool IsTaken(string path)
    {
        if (!File.Exists(LockFile(path)))
        {
            return false;
        }

        using var free = TryLock(path, FileShare.Read);
        return free is null;
    }

    /// <summary>Deletes a file of the run, if it and the directory are still there.</summary>
    public void Delete(string fileName)
    {
        try
        {
            File.Delete(Path.Combine(FullPath, fileName));
        }
        catch (DirectoryNotFoundException)
        {
            // The user has removed the directory while the run was going on.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Delete(OwnerFileName);
        _lock.Dispose();
    }

    private static string LockFile(string folder) => Path.Combine(folder, "run.lock");

    private static string OwnerFile(string folder) => Path.Combine(folder, OwnerFileName);

    private static string Owner(string folder)
    {
        try
        {
            return File.ReadAllText(OwnerFile(folder)).Trim();
        }
        catch (IOException)
        {
            // It took the lock a moment ago, or is just giving it back.
            return "unknown";
        }
    }

    private static FileStream? TryLock(string folder, FileShare share)
    {
        try
        {
            var shared = share != FileShare.None;
            return new FileStream(LockFile(folder), shared ? FileMode.Open : FileMode.OpenOrCreate, shared ? FileAccess.Read : FileAccess.ReadWrite, share);
        }
        catch (IOException taken) when (taken.HResult is LinuxWouldBlock or MacWouldBlock or WindowsSharingViolation)
        {
            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The data directory {folder} cannot be used: {refused.Message}");
        }
    }
}
