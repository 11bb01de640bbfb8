using System.Text;
using System.Text.Json;
using ConnectChat.Gateway.Sending;
using ConnectChat.Tests.Gateway;
using Microsoft.AspNetCore.Http;

namespace ConnectChat.Tests.Fuzzing.Targets;

/// <summary>A message that may be validated, or a refusal.</summary>
internal sealed class NewMessageTarget : IFuzzTarget
{
    private readonly MessageSender _sender = new(null!, null!, null!, null!, TestTelemetry.Gateway(), TimeProvider.System);

    public IEnumerable<byte[]> Samples() =>
    [
        JsonSerializer.SerializeToUtf8Bytes(new NewMessage("c1", "Grüße \U0001F44B"), JsonSerializerOptions.Web),
        "{\"body\":\"\\ud83d\\udc4b \\u0000\"}"u8.ToArray(),
        "{\"Body\":null,\"clientMessageId\":1e9,\"more\":{\"a\":[true,false,null,-0.5]}}"u8.ToArray(),
        "null"u8.ToArray(),
    ];

    public void Parse(byte[] input)
    {
        var request = new DefaultHttpContext().Request;
        request.Body = new MemoryStream(input);
        var reading = NewMessageReader.ReadAsync(request, _sender, CancellationToken.None);
        Assert.True(reading.IsCompleted);
        var read = reading.GetAwaiter().GetResult();
        if (read.Refusal is null && MessageValidator.Validate("group-1", read.Value.ClientMessageId ?? "c", read.Value.Body) is null)
        {
            Assert.Equal(read.Value.Body, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(read.Value.Body!)));
        }
    }
}
