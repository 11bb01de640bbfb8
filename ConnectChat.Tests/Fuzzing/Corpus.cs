using System.Security.Cryptography;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Fuzzing;

/// <summary>The inputs that are kept of a target: valid ones, and all that ever failed. A file each, named by its hash.</summary>
internal sealed class Corpus(string target)
{
    private readonly DirectoryInfo _folder = new(Path.Combine(Repository.Folder, "ConnectChat.Tests", "Fuzzing", "Corpus", target));

    /// <summary>All of them, in an order that is the same everywhere.</summary>
    public byte[][] Read() => _folder.Exists
        ? [.. _folder.GetFiles("*.bin").OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => File.ReadAllBytes(file.FullName))]
        : [];

    /// <summary>Keeps an input. False when it is there already.</summary>
    public bool Keep(byte[] input)
    {
        var file = Path.Combine(_folder.FullName, $"{Convert.ToHexStringLower(SHA256.HashData(input))[..16]}.bin");
        if (File.Exists(file))
        {
            return false;
        }

        _folder.Create();
        File.WriteAllBytes(file, input);
        return true;
    }
}
