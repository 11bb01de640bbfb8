using System.Security.Cryptography;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>The secrets of one data directory: made once, so that tokens outlive a restart.</summary>
/// <param name="Users">Signs users' tokens (HS256).</param>
/// <param name="Services">Signs the tokens of calls between services.</param>
internal sealed record Keys(string Users, string Services)
{
    // What HMAC-SHA-256 needs, and what services demand of the key between them.
    private const int ShortestKey = 32;

    private const string Remedy = "Delete it, and new keys are made; tokens made before are refused then";

    /// <summary>Whether a directory has keys already.</summary>
    public static bool ExistIn(string dataDirectory) => File.Exists(FileIn(dataDirectory));

    /// <summary>Reads the keys of a directory, and makes them when there are none.</summary>
    /// <exception cref="CommandException">The directory cannot be used, or its keys are not what was made; the message says what to do.</exception>
    public static Keys Of(string dataDirectory)
    {
        var path = FileIn(DataFolder.Create(dataDirectory));
        if (PrivateFile.Read<Keys>(path, Remedy) is not { } existing)
        {
            PrivateFile.Write(path, new Keys(Make(), Make()), overwrite: false);
            existing = PrivateFile.Read<Keys>(path, Remedy)!;
        }

        return Math.Min(existing.Users.Length, existing.Services.Length) >= ShortestKey
            ? existing
            : throw new CommandException($"{path} holds a key of less than {ShortestKey} characters. {Remedy}.");
    }

    private static string FileIn(string dataDirectory) => Path.Combine(dataDirectory, "keys.json");

    private static string Make() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
}
