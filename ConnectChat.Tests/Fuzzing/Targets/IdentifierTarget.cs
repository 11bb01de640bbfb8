using System.Runtime.InteropServices;
using System.Text;
using ConnectChat.Contracts;

namespace ConnectChat.Tests.Fuzzing.Targets;

/// <summary>What is an identifier is short and harmless: in storage keys, paths, headers and logs.</summary>
internal sealed class IdentifierTarget : IFuzzTarget
{
    public IEnumerable<byte[]> Samples() =>
        new[] { "a", "ann@example.com", "0192f0c1-2345-7000-8000-0123456789ab", new string('z', 64) }.Select(Encoding.UTF8.GetBytes);

    public void Parse(byte[] input)
    {
        foreach (var text in new[] { Encoding.UTF8.GetString(input), new string(MemoryMarshal.Cast<byte, char>(input)) })
        {
            if (Identifier.IsValid(text))
            {
                Assert.InRange(text.Length, 1, 64);
                Assert.DoesNotContain(text, letter => !char.IsAsciiLetterOrDigit(letter) && "._:@-".IndexOf(letter, StringComparison.Ordinal) < 0);
            }
        }
    }
}
