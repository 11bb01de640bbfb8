using System.Security.Cryptography;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>The secrets of one data directory: made once, so that tokens outlive a restart.</summary>
/// <param name="Users">Signs users' tokens (HS256).</param>
/// <param name="Services">Signs the tokens of calls between services.</param>
internal sealed record Keys(string Users, string Services)
{
    /// <summary>Whether a directory has keys already.</summary>
    public static bool ExistIn(string dataDirectory) => File.Exists(FileIn(dataDirectory));

    /// <summary>Reads the keys of a directory, and makes them when there are none.</summary>
    public static Keys Of(string dataDirectory)
    {
        var path = FileIn(Directory.CreateDirectory(dataDirectory).FullName);
        if (PrivateFile.Read<Keys>(path) is { } existing)
        {
            return existing;
        }

        var made = new Keys(Make(), Make());
        PrivateFile.Write(path, made);
        return made;
    }

    private static string FileIn(string dataDirectory) => Path.Combine(dataDirectory, "keys.json");

    private static string Make() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
}
