namespace ConnectChat.LocalCluster;

/// <summary>Something the user can mend; the message says how. Printed without a stack trace.</summary>
internal sealed class CommandException(string message) : Exception(message);
