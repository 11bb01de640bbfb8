using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Records;

namespace ConnectChat.Tests.Fuzzing.Targets;

/// <summary>A context or none.</summary>
internal sealed class TraceHeadersTarget : IFuzzTarget
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    public IEnumerable<byte[]> Samples() => [Of(Parent, "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"), Of(Parent, null), Of(Parent[..^1] + "0", "")];

    public void Parse(byte[] input)
    {
        var headers = RecordBytes.Read(input).Headers;
        var context = TraceHeaders.Extract(headers);
        Assert.Equal(context != default, context.IsRemote);
        TraceHeaders.IsSampled(headers);
    }

    private static byte[] Of(string parent, string? state)
    {
        var headers = new Headers { { RecordHeaders.TraceParent, System.Text.Encoding.ASCII.GetBytes(parent) } };
        if (state is not null)
        {
            headers.Add(RecordHeaders.TraceState, System.Text.Encoding.ASCII.GetBytes(state));
        }

        return RecordBytes.Write(new Message<string, byte[]> { Headers = headers });
    }
}
