namespace ConnectChat.Messaging.Consuming;

/// <summary>
/// What is done with a record. Called for one record of a group at a time, in the order of the topic; for records of different groups at
/// the same time. When the task ends the record's offset may be committed: it was published, refused, or kept as a dead letter.
/// </summary>
internal interface IRecordHandler
{
    /// <summary>Takes one record to its end.</summary>
    /// <exception cref="OperationCanceledException">The partition is given up; the record is unfinished and its next owner gets it again.</exception>
    Task HandleAsync(IncomingRecord record);
}
