namespace ConnectChat.Messaging.Consuming;

/// <summary>
/// What is done with the records of one group that waited together. Called for one batch of a group at a time, in the order of the topic;
/// for batches of different groups at the same time. When the task ends the offsets of all its records may be committed: each was
/// published, refused, recognised, or kept as a dead letter.
/// </summary>
internal interface IBatchHandler
{
    /// <summary>Takes every record of a batch to its end.</summary>
    /// <exception cref="OperationCanceledException">The partition is given up; the batch is unfinished and its next owner gets it again.</exception>
    Task HandleAsync(IncomingBatch batch);
}
