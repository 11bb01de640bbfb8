using System.Text;
using Confluent.Kafka;
using ConnectChat.Contracts;

namespace ConnectChat.Kafka;

/// <summary>Takes a producer's path without leaving a record.</summary>
public static class ProducerWarmUp
{
    /// <summary>
    /// Produces to a partition that no topic has: the client finds the topic, connects, and refuses the record itself, so that nothing
    /// reaches the broker.
    /// </summary>
    public static async Task RehearseAsync(this IProducer<string, byte[]> producer, string topic, CancellationToken cancellationToken)
    {
        var record = new Message<string, byte[]> { Key = topic, Value = [0], Headers = new Headers { { RecordHeaders.Kind, Encoding.UTF8.GetBytes(topic) } } };
        try
        {
            await producer.ProduceAsync(new TopicPartition(topic, int.MaxValue), record, cancellationToken);
        }
        catch (ProduceException<string, byte[]> refused) when (refused.Error.Code is ErrorCode.Local_UnknownPartition)
        {
            // The refusal that was asked for.
        }
    }
}
