using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.Deliveries;
using ConnectChat.Gateway.Deliveries.Kinds;
using ConnectChat.Gateway.SendQueues;
using ConnectChat.Tests.Gateway;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ConnectChat.Tests.Fuzzing.Targets;

/// <summary>A whole record, up to the frames for those who are connected: it never throws, and the next valid record is delivered as ever.</summary>
internal sealed class FanOutTarget : IFuzzTarget
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Frames _frames = new();
    private readonly LocalFanOut _fanOut;
    private long _offset;

    public FanOutTarget()
    {
        var connections = new LocalConnections();
        foreach (var number in new uint[] { 1, 2, 3, 100, uint.MaxValue })
        {
            connections.Add(new ChatConnection($"connection-{number}", $"user-{number}", number, _frames));
        }

        _fanOut = new LocalFanOut(
            connections,
            new DeliveryKinds([new MessageKind(), new RejectionKind(), new MissedKind()]),
            new RecentGroups(Options.Create(new DeliveryOptions { RememberedGroups = 100 })),
            new MissedRecords(connections, _clock, NullLogger<MissedRecords>.Instance),
            TestTelemetry.Gateway(),
            _clock,
            NullLogger<LocalFanOut>.Instance);
    }

    public IEnumerable<byte[]> Samples() => SampleRecords.Outgoing();

    public void Parse(byte[] input)
    {
        Handle(RecordBytes.Read(input), more: input.Length % 2 == 0);
        _clock.Advance(TimeSpan.FromSeconds(5));
        if (_offset % 100 == 0)
        {
            var before = _frames.Count;
            var rejection = SampleRecords.Outgoing().Last();
            Handle(RecordBytes.Read(rejection), more: false);
            Assert.Equal(before + 1, _frames.Count);
        }
    }

    private void Handle(Message<string, byte[]> record, bool more) =>
        _fanOut.Handle(record, new TopicPartitionOffset(Topics.Outgoing, 0, _offset++), more);

    /// <summary>Serializes for both protocols, as queues do.</summary>
    private sealed class Frames : ISendQueue
    {
        private readonly IHubProtocol[] _protocols = [HubProtocolTarget.Protocol("json"), HubProtocolTarget.Protocol("messagepack")];

        public int Count { get; private set; }

        public bool TryEnqueue(OutboundMessage message, FrameGathering? gathering = null)
        {
            Array.ForEach(_protocols, protocol => Assert.NotEmpty(message.FrameFor(protocol)));
            Count++;
            return true;
        }

        public ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void Close(CloseCode code) => Assert.Fail("no record closes a connection");

        public void CutOff(CloseCode code) => Assert.Fail("no record cuts a connection off");
    }
}
