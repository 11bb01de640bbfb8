using System.Security.Cryptography;

namespace ConnectChat.LocalCluster.Topologies;

/// <summary>The secrets of one data directory: made once, so that tokens outlive a restart.</summary>
/// <param name="Users">Signs users' tokens (HS256).</param>
/// <param name="Services">Signs the tokens of calls between services.</param>
internal sealed record Keys(string Users, string Services)
{
    /// <summary>Reads the keys of a directory, and makes them when there are none.</summary>
    public static Keys Of(string dataDirectory)
    {
        var path = Path.Combine(Directory.CreateDirectory(dataDirectory).FullName, "keys.json");
        if (PrivateFile.Read<Keys>(path) is { } existing)
        {
            return existing;
        }

        var made = new Keys(Make(), Make());
        PrivateFile.Write(path, made);
        return made;
    }

    private static string Make() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
}
