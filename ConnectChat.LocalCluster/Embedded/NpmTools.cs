namespace ConnectChat.LocalCluster.Embedded;

/// <summary>Finds the binaries that <c>npm ci --prefix tools</c> installed (package.json and its lock file pin them).</summary>
internal static class NpmTools
{
    /// <summary>The embedded DynamoDB.</summary>
    /// <exception cref="CommandException">Not installed.</exception>
    public static string DynamoDb() => Find(Path.Combine("@dynoxide", "linux-x64", "dynoxide"))
        ?? throw new CommandException("The embedded DynamoDB is not installed. Run: npm ci --prefix tools   (./dev does it by itself)");

    /// <summary>Looks for a file below <c>tools/node_modules</c> of this repository, from the binary's folder upwards.</summary>
    public static string? Find(string relativePath)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tools", "node_modules", relativePath);
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
