using System.Runtime.InteropServices;
using System.Text;
using ConnectChat.Contracts;

namespace ConnectChat.Tests.Fuzzing.Targets;

/// <summary>A good name is text that survives UTF-8, of bounded length; a bad one has a code.</summary>
internal sealed class GroupNameTarget : IFuzzTarget
{
    public IEnumerable<byte[]> Samples() => new[]
        {
            "Team", " two words ", "e\u0301 \u202eleft\u202c 👩‍👩‍👧‍👦",
            new string('界', Limits.GroupNameLength), "\u200b", "a\tb",
        }.Select(Encoding.UTF8.GetBytes);

    public void Parse(byte[] input)
    {
        foreach (var text in new[] { Encoding.UTF8.GetString(input), new string(MemoryMarshal.Cast<byte, char>(input)) })
        {
            if (GroupName.Refusal(text) is { } code)
            {
                Assert.NotNull(ErrorCatalogue.Find(code));
                continue;
            }

            Assert.Equal(text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));
            Assert.InRange(text.EnumerateRunes().Count(), 1, Limits.GroupNameLength);
        }
    }
}
