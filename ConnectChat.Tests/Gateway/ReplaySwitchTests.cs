using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.SendQueues;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Gateway;

/// <summary>M1: the moment at which a group goes from replay to live while messages of it keep coming.</summary>
public sealed class ReplaySwitchTests
{
    private const int Rounds = 2_000;
    private const string Group = "g";

    [Fact(Timeout = 60_000)]
    public async Task M1_what_comes_at_the_moment_of_the_switch_is_noted_for_the_replay_or_goes_live_and_never_neither_or_both()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var live = new Passed();
            var connection = new ChatConnection("c", "ann", 1, live);
            connection.BeginReplay(Group);
            using var switched = new CancellationTokenSource();
            var coming = Task.Run(() => ComeAsLongAs(connection, switched.Token), TestContext.Current.CancellationToken);

            long covered;
            do
            {
                covered = connection.Noted(Group);
            }
            while (covered == 0 || !connection.TryEndReplay(Group, covered));

            await switched.CancelAsync();
            var last = await coming.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
            Assert.Equal(last - covered, live.Count);
        }
    }

    // The sequence of the last that came; a few come after the switch in any case.
    private static int ComeAsLongAs(ChatConnection connection, CancellationToken switched)
    {
        var message = new OutboundMessage(HubContract.MessageReceived, Group);
        var sequence = 0;
        for (var after = 0; after < 3; after += switched.IsCancellationRequested ? 1 : 0)
        {
            connection.Deliver(message, Group, ++sequence, gathering: null);
        }

        return sequence;
    }

    /// <summary>Counts what passes. Deliveries come one at a time.</summary>
    private sealed class Passed : ISendQueue
    {
        public int Count { get; private set; }

        public bool TryEnqueue(OutboundMessage message, FrameGathering? gathering = null)
        {
            Count++;
            return true;
        }

        public ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void Close(CloseCode code)
        {
        }

        public void CutOff(CloseCode code)
        {
        }
    }
}
