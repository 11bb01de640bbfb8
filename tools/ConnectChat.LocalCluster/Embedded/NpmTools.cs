using System.Runtime.InteropServices;

namespace ConnectChat.LocalCluster.Embedded;

/// <summary>Finds the binaries that <c>npm ci --prefix tools</c> installed: of all platforms that npm has, those of this machine.</summary>
/// <remarks>package.json and its lock file pin the versions; npm installs the packages whose <c>os</c> and <c>cpu</c> fit.</remarks>
internal static class NpmTools
{
    private const string Linux = "linux";
    private const string Mac = "macos";
    private const string Windows = "windows";

    private static readonly string System = OperatingSystem.IsWindows() ? Windows : OperatingSystem.IsMacOS() ? Mac : Linux;

    /// <summary>The embedded DynamoDB.</summary>
    /// <exception cref="CommandException">npm has none for this platform, or it is not installed; the message says what to do.</exception>
    public static string DynamoDb()
    {
        var architecture = RuntimeInformation.OSArchitecture;
        var package = DynamoDbPackage(System, architecture)
            ?? throw new CommandException($"There is no embedded DynamoDB for {System} on {architecture}. Give a DynamoDB that runs already with --dynamodb.");
        return Find(package, "dynoxide")
            ?? throw new CommandException(
                $"The embedded DynamoDB ({package}) is not installed. Run: npm ci --prefix tools   (./dev does it by itself). "
                + "If npm does not have it, give a DynamoDB that runs already with --dynamodb.");
    }

    /// <summary>The npm package of the embedded DynamoDB for a platform; null when there is none.</summary>
    internal static string? DynamoDbPackage(string system, Architecture architecture) => (system, architecture) switch
    {
        (Linux, Architecture.X64) => "@dynoxide/linux-x64",
        (Linux, Architecture.Arm64) => "@dynoxide/linux-arm64",
        (Mac, Architecture.X64) => "@dynoxide/darwin-x64",
        (Mac, Architecture.Arm64) => "@dynoxide/darwin-arm64",
        (Windows, Architecture.X64) => "@dynoxide/win32-x64",
        _ => null,
    };

    // Below tools/node_modules of this repository, from the binary's folder upwards.
    private static string? Find(string package, string program)
    {
        var relative = Path.Combine([.. package.Split('/'), OperatingSystem.IsWindows() ? program + ".exe" : program]);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tools", "node_modules", relative);
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
