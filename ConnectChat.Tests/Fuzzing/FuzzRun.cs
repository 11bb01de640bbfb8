using CsCheck;

namespace ConnectChat.Tests.Fuzzing;

/// <summary>One target under many inputs; the same seed gives the same inputs.</summary>
internal sealed class FuzzRun(string name, ulong seed)
{
    /// <summary>Far above what any input takes; two busy cores may stop a thread for a second.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(15);

    private readonly Corpus _corpus = new(name);
    private byte[] _input = [];
    private long _parsed;

    /// <summary>First all that is kept, then inputs made of it. Whatever fails is kept for good.</summary>
    public async Task RunAsync(int inputs)
    {
        var parsing = Task.Factory.StartNew(() => Parse(inputs), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        for (var before = -1L; !parsing.IsCompleted; before = Volatile.Read(ref _parsed))
        {
            await Task.WhenAny(parsing, Task.Delay(Hang));
            if (!parsing.IsCompleted && before == Volatile.Read(ref _parsed))
            {
                Assert.Fail($"{name} takes {Hang} and more for input {before} of seed {seed}, {Kept()}");
            }
        }

        await parsing;
    }

    private void Parse(int inputs)
    {
        var target = FuzzTargets.Create(name);
        var kept = _corpus.Read();
        Array.ForEach(kept, input => ParseOne(target, input));
        var (made, random) = (Mutation.Of(kept), new PCG(1, seed));
        for (var i = kept.Length; i < inputs; i++)
        {
            ParseOne(target, made.Generate(random, null, out _));
        }
    }

    private void ParseOne(IFuzzTarget target, byte[] input)
    {
        _input = input;
        try
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            target.Parse(input);

            // Memory may grow with what was received, and never with what that claims.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (1 << 20) + (1_000L * input.Length));
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{name} failed on input {_parsed} of seed {seed}, {Kept()}", exception);
        }

        Volatile.Write(ref _parsed, _parsed + 1);
    }

    private string Kept()
    {
        _corpus.Keep(_input);
        return $"which is in the corpus now: {Convert.ToHexString(_input.AsSpan(0, Math.Min(_input.Length, 200)))}";
    }
}
