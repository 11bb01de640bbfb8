using Confluent.Kafka;

namespace ConnectChat.Kafka;

/// <summary>
/// Told by a consumer in a group which partitions it owns. Called on the thread that polls; while a call runs, nothing is consumed and
/// the group waits.
/// </summary>
public interface IPartitionListener
{
    /// <summary>These partitions are owned from now on.</summary>
    /// <returns>Where they are read from: <see cref="Offset.Unset"/> for their committed offsets.</returns>
    Offset Assigned(IReadOnlyList<TopicPartition> partitions);

    /// <summary>These partitions are given up when the call returns: finish, store offsets, or let go.</summary>
    void Revoked(IReadOnlyList<TopicPartitionOffset> partitions);

    /// <summary>These partitions have another owner already: storing or committing is too late.</summary>
    void Lost(IReadOnlyList<TopicPartitionOffset> partitions);
}
