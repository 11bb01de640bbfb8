using System.Diagnostics;
using System.Globalization;

namespace ConnectChat.Tests.Fuzzing;

/// <summary>
/// Every parser of outside bytes answers whatever it is given, soon, and in little memory. Some thousand inputs here; <c>./dev fuzz</c> tries a
/// million, with seeds of its own.
/// </summary>
public sealed class FuzzTests
{
    private const int Shortly = 2_000;
    private const long MostMemory = 256L << 20;

    public static TheoryData<string> Targets => [.. FuzzTargets.Names];

    /// <summary>Inputs of all targets together; null in the ordinary run of the tests.</summary>
    private static int? Inputs => Setting("FUZZ_INPUTS") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private static int InputsPerTarget => (Inputs + FuzzTargets.Names.Count - 1) / FuzzTargets.Names.Count ?? Shortly;

    private static ulong Seed => Setting("FUZZ_SEED") is { } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : 1;

    [Theory(Timeout = 900_000)]
    [MemberData(nameof(Targets))]
    public async Task Whatever_the_bytes_are_the_parser_answers(string target)
    {
        var (inputs, began) = (InputsPerTarget, Stopwatch.GetTimestamp());
        await new FuzzRun(target, Seed).RunAsync(inputs);

        using var process = Process.GetCurrentProcess();
        TestContext.Current.SendDiagnosticMessage(string.Create(
            CultureInfo.InvariantCulture,
            $"fuzz {target}: {inputs} inputs of seed {Seed} in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s; "
            + $"peak memory so far {process.PeakWorkingSet64 >> 20} MB"));

        // Only the long run has the process for itself.
        Assert.True(Inputs is null || process.PeakWorkingSet64 < MostMemory, $"{process.PeakWorkingSet64} bytes");
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void What_is_valid_today_is_kept(string target)
    {
        var corpus = new Corpus(target);
        var missing = FuzzTargets.Create(target).Samples().Count(corpus.Keep);
        Assert.True(missing == 0, $"The corpus of {target} lacked {missing} inputs. They are written now and belong into the next commit.");
    }

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
