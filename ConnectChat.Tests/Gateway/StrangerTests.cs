using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Contracts.Records;
using ConnectChat.Records;
using ConnectChat.Tests.Infrastructure;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Tests.Gateway;

/// <summary>R1: whoever keeps sending to groups of others is refused at the gateway, before the message costs anybody anything.</summary>
[UsesGivenKafka]
public sealed class StrangerTests(KafkaFixture kafka)
{
    [Fact(Timeout = 60_000)]
    public async Task R1_a_stranger_whose_messages_were_rejected_several_times_is_refused_at_the_gateway_and_a_new_member_within_a_second_no_more()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        var (group, user) = ($"g-{Guid.NewGuid():N}", $"eve-{Guid.NewGuid():N}");
        gateway.State.Join(group, "ann");
        await using var eve = await gateway.ConnectAsync(user);

        // Messaging's part: each is accepted, and refused afterwards.
        for (var i = 0; i < 5; i++)
        {
            await SendAsync($"c{i}");
            await RejectAsync($"c{i}");
            Assert.Equal(ErrorCodes.NotAMember, (await eve.RejectedAsync()).Code);
        }

        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < 50; i++)
        {
            var refusal = await Assert.ThrowsAsync<HubException>(() => SendAsync($"d{i}"));
            Assert.Contains($"HubException: {ErrorCodes.NotAMember}: ", refusal.Message, StringComparison.Ordinal);
        }

        // Each had to wait for its answer.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 4.9, 50);
        Assert.InRange(gateway.State.MemberQuestions, 1, 20);

        gateway.State.Join(group, user);
        while (!await IsAcceptedAsync("e"))
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Task SendAsync(string id) => eve.CallAsync<SendReceipt>(HubContract.SendMessage, group, id, "x");

        async Task<bool> IsAcceptedAsync(string id)
        {
            try
            {
                await SendAsync(id);
                return true;
            }
            catch (HubException)
            {
                return false;
            }
        }

        Task RejectAsync(string id)
        {
            var rejection = new Rejection { GroupId = group, ClientMessageId = id, Code = ErrorCodes.NotAMember };
            var record = OutgoingRecordCodec.Ephemeral(
                group, EventKind.Rejection, rejection, RecipientSet.Encode([gateway.State.Number(user)]), recipientCount: 1);
            return gateway.PublishAsync(group, record.Value, record.Headers);
        }
    }
}
