using ConnectChat.Contracts;
using ConnectChat.LocalCluster.Tracing;

namespace ConnectChat.Tests.Telemetry;

public sealed class MessageTraceTests
{
    private static readonly Span[] Way =
    [
        Step("call", null, "gateway-1", "ChatHub/SendMessage"),
        Step("accept", "call", "gateway-1", $"send {Topics.Incoming}"),
        Step("process", "accept", "messaging", $"process {Topics.Incoming}"),
        Step("ask", "process", "messaging", "connectchat.groups.v1.Groups/GetRecipients"),
        Step("answer", "ask", "groups", "POST /connectchat.groups.v1.Groups/GetRecipients"),
        Step("publish", "process", "messaging", $"send {Topics.Outgoing}"),
        Step("fan-out-1", "publish", "gateway-1", $"fan-out {Topics.Outgoing}"),
        Step("fan-out-2", "publish", "gateway-2", $"fan-out {Topics.Outgoing}"),
    ];

    [Fact]
    public void With_the_steps_of_every_service_it_is_complete() => Assert.True(new MessageTrace(Way).IsComplete(gateways: 2));

    [Theory]
    [InlineData("gateway-1")]
    [InlineData("gateway-2")]
    [InlineData("messaging")]
    [InlineData("groups")]
    public void While_the_steps_of_a_service_are_still_to_come_it_is_not(string service) =>
        Assert.False(new MessageTrace(Way.Where(step => step.Service != service)).IsComplete(gateways: 2));

    private static Span Step(string id, string? parent, string service, string name) => new()
    {
        TraceId = "trace",
        Id = id,
        ParentId = parent,
        Service = service,
        Name = name,
        Start = DateTimeOffset.UnixEpoch,
        Duration = TimeSpan.Zero,
        Failed = false,
        Tags = new Dictionary<string, string>(),
    };
}
