namespace ConnectChat.Client;

/// <summary>What a resume of one group brought.</summary>
/// <param name="GroupId">The group.</param>
/// <param name="Replayed">How many messages were replayed; 0 when none was missed.</param>
/// <param name="Complete">True: nothing more is missing. False: the next resume goes on from here.</param>
public sealed record ResumeReport(string GroupId, int Replayed, bool Complete);
