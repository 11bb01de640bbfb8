using System.Diagnostics.Metrics;
using ConnectChat.Contracts;
using ConnectChat.Gateway;
using ConnectChat.Gateway.RateLimits;
using ConnectChat.Gateway.Sending;
using ConnectChat.Gateway.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ConnectChat.Tests.Gateway;

/// <summary>What a client does wrong or too fast is an ordinary ending of a send: a value, which costs no exception.</summary>
public sealed class SendRefusalTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly UserRateLimits _limits = new(Options.Create(new RateLimitOptions { SendBurst = 1, SendsPerSecond = 1 }));
    private readonly GatewayTelemetry _telemetry;
    private readonly MessageSender _sender;

    public SendRefusalTests()
    {
        _telemetry = new GatewayTelemetry(
            _services.GetRequiredService<IMeterFactory>(), NullLoggerFactory.Instance, Options.Create(new GatewayOptions()));

        // Without a publisher: what is refused never comes so far.
        _sender = new MessageSender(_limits, null!, null!, null!, _telemetry, TimeProvider.System);
    }

    public void Dispose()
    {
        _telemetry.Dispose();
        _limits.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void One_send_too_many_is_refused_as_a_value()
    {
        Assert.Null(_sender.Charge("ann"));
        Assert.Equal(ErrorCodes.RateLimited, _sender.Charge("ann")?.Code);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("g#", "x", ErrorCodes.MalformedIdentifier)]
    [InlineData("g", "", ErrorCodes.BodyEmpty)]
    [InlineData("", "x", ErrorCodes.MalformedIdentifier)]
    public async Task A_message_that_breaks_a_rule_is_refused_as_a_value(string group, string body, string code)
    {
        var outcome = await _sender.SendAsync("ann", 1, group, "c", body, TestContext.Current.CancellationToken);

        Assert.Equal(code, outcome.Refusal?.Code);
        Assert.Throws<InvalidOperationException>(() => outcome.Value);
    }
}
