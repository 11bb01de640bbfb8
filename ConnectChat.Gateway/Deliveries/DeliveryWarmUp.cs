using Confluent.Kafka;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Recipients;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway.Connections;
using ConnectChat.Gateway.SendQueues;
using ConnectChat.Kafka;
using ConnectChat.Records;
using ConnectChat.ServiceDefaults.Readiness;
using Google.Protobuf;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace ConnectChat.Gateway.Deliveries;

/// <summary>
/// Runs the code of sending and of delivering once before the gateway is ready: produces, takes a record through a fan-out of its own that
/// has no connections, and builds a frame in every protocol. MessagePack emits code for each type it meets, which would otherwise happen on
/// the consume loop.
/// </summary>
internal sealed class DeliveryWarmUp(
    IEnumerable<IHubProtocol> protocols,
    IProducer<string, byte[]> producer,
    KafkaTopics topics,
    IServiceProvider services,
    TimeProvider clock,
    ILogger<DeliveryWarmUp> logger)
    : WarmUp(clock, logger)
{
    /// <inheritdoc/>
    protected override async Task RehearseAsync(CancellationToken cancellationToken)
    {
        var sample = new OutgoingEvent { GroupId = Nobody, SenderId = Nobody, ClientMessageId = Nobody, MessageId = Nobody, Body = "-", Sequence = 1 };
        var message = OutgoingEvent.Parser.ParseFrom(sample.ToByteArray());
        foreach (var protocol in protocols)
        {
            new OutboundMessage(HubContract.MessageReceived, ChatMessages.From(message, previousSequence: 0)).FrameFor(protocol);
            protocol.GetMessageBytes(CompletionMessage.WithResult("1", new SendReceipt { ClientMessageId = Nobody, AcceptedAt = 0 }));
        }

        // The record has no recipients, so metrics count none as ignored.
        var record = OutgoingRecordCodec.Durable(sample, RecipientSet.Empty.ToArray(), recipientCount: 0);
        ActivatorUtilities.CreateInstance<LocalFanOut>(services, new LocalConnections()).Handle(record, new TopicPartitionOffset(Topics.Outgoing, 0, 0));

        await topics.EnsureAsync(cancellationToken);
        await producer.RehearseAsync(Topics.Incoming, cancellationToken);
    }
}
