using ConnectChat.Contracts.Records;
using ConnectChat.Messaging.Groups;
using ConnectChat.Messaging.History;
using ConnectChat.ServiceDefaults.Health;
using Google.Protobuf;

namespace ConnectChat.Messaging.Processing;

/// <summary>
/// Rehearses steps 4 to 6: asks for recipients, loads a group's state, writes to history. The write is at sequence 0 of a group that
/// cannot exist (its id is no identifier), where nobody can read; it also proves that the table takes writes.
/// </summary>
internal sealed class ProcessingWarmUp(RecipientSource recipients, HistoryStore history, TimeProvider clock, ILogger<ProcessingWarmUp> logger)
    : WarmUp(clock, logger)
{
    private const string Unreachable = "#warm-up";

    /// <inheritdoc/>
    protected override async Task RehearseAsync(CancellationToken cancellationToken)
    {
        var incoming = IncomingMessage.Parser.ParseFrom(new IncomingMessage { GroupId = Nobody, SenderId = Nobody, ClientMessageId = Nobody, Body = "-" }.ToByteArray());
        var message = new OutgoingMessage { GroupId = Unreachable, SenderId = Unreachable, ClientMessageId = Unreachable, MessageId = Unreachable, Body = incoming.Body };

        // Twice: the first call opens connections and compiles, the second compiles what only a warm call reaches.
        for (var i = 0; i < 2; i++)
        {
            await recipients.GetAsync(incoming.GroupId, incoming.SenderId, cancellationToken);
            await history.LoadStateAsync(Unreachable, recent: 2, cancellationToken);
            await history.FindAsync(Unreachable, Unreachable, Unreachable, cancellationToken);
            await history.WriteAsync(message, new Source(0, 0), cancellationToken);
        }
    }
}
