using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using ConnectChat.Contracts;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.Sending;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace ConnectChat.Gateway.Hub;

/// <summary>
/// A protocol whose binding failures carry stable codes: SignalR tells a client the text of a <see cref="HubException"/> and hides every
/// other, so that without this a wrong type would read "due to an error on the server". The connection stays open.
/// </summary>
internal sealed class StrictHubProtocol(IHubProtocol inner) : IHubProtocol
{
    /// <summary>Told the code of each call that cannot be bound: no filter of the hub sees it.</summary>
    public Action<string>? Refused { get; set; }

    public string Name => inner.Name;

    public int Version => inner.Version;

    public TransferFormat TransferFormat => inner.TransferFormat;

    public bool IsVersionSupported(int version) => inner.IsVersionSupported(version);

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => inner.WriteMessage(message, output);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => inner.GetMessageBytes(message);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        try
        {
            if (!inner.TryParseMessage(ref input, binder, out message))
            {
                return false;
            }
        }
        catch (Exception malformed) when (malformed is not InvalidDataException)
        {
            // Of what a client writes the protocols let some exceptions of their readers through, as if the fault were the server's.
            throw new InvalidDataException("This is no message of the hub.", malformed);
        }

        if (message is InvocationBindingFailureMessage failure)
        {
            var refusal = Describe(failure.BindingFailure.SourceException);
            Refused?.Invoke(refusal.Code);
            message = new InvocationBindingFailureMessage(failure.InvocationId, failure.Target, ExceptionDispatchInfo.Capture(refusal.ToHubException()));
        }

        return true;
    }

    private static Refusal Describe(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is InvalidTextException)
            {
                return new Refusal(ErrorCodes.InvalidText, exception.Message);
            }
        }

        return new Refusal(ErrorCodes.MalformedRequest, "There is no such method, or the arguments do not fit it.");
    }
}
