using ConnectChat.Gateway.Backpressure;
using ConnectChat.Gateway.RateLimits;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ConnectChat.Tests.Fuzzing.Targets;

/// <summary>Those who look at every outgoing record besides the fan-out never throw because of one.</summary>
internal sealed class BusReadersTarget : IFuzzTarget
{
    private readonly FakeTimeProvider _clock = new();
    private readonly GroupBacklogs _backlogs;
    private readonly Strangers _strangers;
    private long _offset;

    public BusReadersTarget()
    {
        _backlogs = new GroupBacklogs(Options.Create(new BackpressureOptions()), _clock);
        _strangers = new Strangers(null!, _clock);
    }

    public IEnumerable<byte[]> Samples() => SampleRecords.Outgoing();

    public void Parse(byte[] input)
    {
        var record = RecordBytes.Read(input);
        var backlog = _backlogs.Of(SampleRecords.Group);
        backlog.Accepted(_offset++);
        _backlogs.Read(record);
        _strangers.Read(record);
        backlog.MayGrow();
        _clock.Advance(TimeSpan.FromMilliseconds(10));
        if (backlog.Count > 1_000)
        {
            _backlogs.Forget();
        }
    }
}
