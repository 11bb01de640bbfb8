using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.CommandLine;

/// <summary>F14: what npm installs, on every platform that npm has, and again when an installation was cut off.</summary>
public sealed class NpmToolsTests : IDisposable
{
    // Does what `npm ci` does as far as install.mjs looks: every package that is not optional, and the marker last.
    private const string StandInForNpm = """
        #!/usr/bin/env node
        const fs = require("fs");
        fs.appendFileSync("calls.log", process.argv.slice(2).join(" ") + "\n");
        fs.rmSync("node_modules", { recursive: true, force: true });
        const packages = Object.entries(JSON.parse(fs.readFileSync("package-lock.json", "utf8")).packages).filter(([path, { optional }]) => path && !optional);
        for (const [path] of packages) {
          fs.mkdirSync(path, { recursive: true });
          fs.writeFileSync(`${path}/package.json`, "{}");
        }
        fs.writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages: Object.fromEntries(packages) }));
        """;

    private readonly string _tools = Directory.CreateTempSubdirectory("connectchat-tools-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_tools, recursive: true);

    [Theory]
    [InlineData("linux", Architecture.X64, "@dynoxide/linux-x64")]
    [InlineData("linux", Architecture.Arm64, "@dynoxide/linux-arm64")]
    [InlineData("macos", Architecture.X64, "@dynoxide/darwin-x64")]
    [InlineData("macos", Architecture.Arm64, "@dynoxide/darwin-arm64")]
    [InlineData("windows", Architecture.X64, "@dynoxide/win32-x64")]
    [InlineData("windows", Architecture.Arm64, null)]
    [InlineData("linux", Architecture.S390x, null)]
    public void F14_every_platform_that_npm_has_gets_its_package(string system, Architecture architecture, string? package)
    {
        Assert.Equal(package, NpmTools.DynamoDbPackage(system, architecture));
        if (package is null)
        {
            return;
        }

        var version = (string?)Json("package.json")["optionalDependencies"]![package];
        Assert.NotNull(version);
        var locked = Json("package-lock.json")["packages"]![$"node_modules/{package}"]!;
        Assert.Equal(version, (string?)locked["version"]);
        Assert.Equal(system switch { "macos" => "darwin", "windows" => "win32", _ => system }, (string?)locked["os"]![0]);
        Assert.Equal(architecture == Architecture.X64 ? "x64" : "arm64", (string?)locked["cpu"]![0]);
        Assert.True((bool)locked["optional"]!);
    }

    [Fact(Timeout = 60_000)]
    public async Task F14_an_installation_that_was_cut_off_or_is_out_of_date_is_made_anew_and_a_complete_one_is_left_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-in for npm is a script with a shebang.");
        foreach (var file in new[] { "package.json", "package-lock.json", "install.mjs" })
        {
            File.Copy(Path.Combine(Repository.Folder, "tools", file), Path.Combine(_tools, file));
        }

        await File.WriteAllTextAsync(Path.Combine(_tools, "npm"), StandInForNpm, Token);
        Executable(Path.Combine(_tools, "npm"));
        var modules = Path.Combine(_tools, "node_modules");

        Assert.Equal(1, await InstallAsync());
        Assert.Equal(1, await InstallAsync());

        File.Delete(Path.Combine(modules, ".package-lock.json"));
        Assert.Equal(2, await InstallAsync());

        Directory.Delete(Path.Combine(modules, "@microsoft", "signalr"), recursive: true);
        Assert.Equal(3, await InstallAsync());

        var marker = Path.Combine(modules, ".package-lock.json");
        var installed = JsonNode.Parse(await File.ReadAllTextAsync(marker, Token))!;
        installed["packages"]!["node_modules/@microsoft/signalr"]!["version"] = "1.0.0";
        await File.WriteAllTextAsync(marker, installed.ToJsonString(), Token);
        Assert.Equal(4, await InstallAsync());
        Assert.Equal(4, await InstallAsync());
    }

    private static void Executable(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static JsonNode Json(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Folder, "tools", file)))!;

    // How often npm was called so far.
    private async Task<int> InstallAsync()
    {
        var start = new ProcessStartInfo("node", [Path.Combine(_tools, "install.mjs")]) { RedirectStandardError = true };
        start.Environment["PATH"] = $"{_tools}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        using var node = Process.Start(start)!;
        var errors = await node.StandardError.ReadToEndAsync(Token);
        await node.WaitForExitAsync(Token);
        Assert.True(node.ExitCode == 0, errors);
        return (await File.ReadAllLinesAsync(Path.Combine(_tools, "calls.log"), Token)).Count(call => call.StartsWith("ci ", StringComparison.Ordinal));
    }
}
