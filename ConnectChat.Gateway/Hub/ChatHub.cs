using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Authentication;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.Draining;
using ConnectChat.Gateway.Errors;
using ConnectChat.Gateway.History;
using ConnectChat.Gateway.Sending;
using ConnectChat.Gateway.Telemetry;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Gateway.Hub;

/// <summary>What clients call. The protocol in prose: <c>docs/protocol.md</c>; names and types: <see cref="HubContract"/>.</summary>
internal sealed class ChatHub(
    ConnectionFactory opening,
    ConnectionPlaces places,
    LocalConnections connections,
    Drain drain,
    MessageSender sender,
    Resuming resuming,
    HistoryQueries history,
    OutcomeQueries outcomes,
    GatewayTelemetry telemetry)
    : Microsoft.AspNetCore.SignalR.Hub
{
    private ChatConnection Connection => Context.Items.TryGetValue(typeof(ChatConnection), out var connection)
        ? (ChatConnection)connection!
        : throw new RequestException(ErrorCodes.TooManyConnections, "This connection has no place and is closing.");

    /// <summary>Accepts a message: when this returns a receipt, Kafka has it. <see cref="RefusalFilter"/> makes of it what a client sees.</summary>
    public async Task<Outcome<SendReceipt>> SendMessage(string groupId, string clientMessageId, string body) =>
        sender.Charge(Connection.UserId) is { } tooFast
            ? tooFast
            : await sender.SendAsync(Connection.UserId, Connection.UserNumber, groupId, clientMessageId, body, Context.ConnectionAborted);

    /// <summary>Replays what was missed, then goes live, without a gap or a repetition between the two.</summary>
    public Task<IReadOnlyList<ResumeResult>> Resume(IReadOnlyList<ResumePosition> positions) =>
        resuming.ResumeAsync(Connection, positions, Context.ConnectionAborted);

    /// <summary>A page of history.</summary>
    public Task<HistoryPage> GetHistory(string groupId, HistoryPosition position, int limit) =>
        history.ReadAsync(Connection.UserId, groupId, position?.After, position?.Before, limit, Context.ConnectionAborted);

    /// <summary>What became of sends that were accepted, on whichever device.</summary>
    public Task<SendOutcome[]> GetOutcomes(string groupId, IReadOnlyList<string> clientMessageIds) =>
        outcomes.FindAsync(Connection.UserId, groupId, clientMessageIds, Context.ConnectionAborted);

    /// <inheritdoc/>
    public override async Task OnConnectedAsync()
    {
        var opened = await opening.OpenAsync(Context, Context.User!.UserId());
        if (opened.Refusal is { } refusal)
        {
            throw new RequestException(refusal);
        }

        // The requests of long polling and of event streams pass admission: what was negotiated takes its place here.
        var (connection, http) = (opened.Value, Context.GetHttpContext());
        var place = ConnectionPlace.Of(http) ?? places.TakeNegotiated(connection.UserId);
        if (place.Refusal is not null)
        {
            connection.Close(CloseCodes.TooManyConnections);
            return;
        }

        Context.Items[typeof(ConnectionPlace)] = place.Value;
        Context.Items[typeof(ChatConnection)] = connection;
        var hub = (HubConnectionContext)Context.Items[typeof(HubConnectionContext)]!;
        ((StrictHubProtocol)hub.Protocol).Refused = code => RefusalFilter.Unbound(telemetry, connection, code);
        connections.Add(connection);
        AdmissionLease.Of(http)?.Dispose();
        drain.Joined(connection);
    }

    /// <inheritdoc/>
    public override Task OnDisconnectedAsync(Exception? exception)
    {
        if (Context.Items.TryGetValue(typeof(ChatConnection), out var connection))
        {
            connections.Remove((ChatConnection)connection!);
            ((ConnectionPlace)Context.Items[typeof(ConnectionPlace)]!).Dispose();
        }

        return Task.CompletedTask;
    }
}
