using ConnectChat.LocalCluster.Embedded;

namespace ConnectChat.Tests.CommandLine;

/// <summary>Base ports for <c>run</c> that no other test uses.</summary>
internal static class BasePorts
{
    private static readonly int[] Offsets = [0, 1, 10, 11, 20, 21, 30, 40, 50, 51, 52];

    /// <summary>One on which nothing of a topology is taken.</summary>
    public static int Free()
    {
        while (true)
        {
            var first = FreePort.Next();
            if (Offsets.All(offset => FreePort.IsFree(first + offset)))
            {
                return first;
            }
        }
    }
}
