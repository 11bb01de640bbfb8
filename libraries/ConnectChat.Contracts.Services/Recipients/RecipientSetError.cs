namespace ConnectChat.Contracts.Recipients;

/// <summary>Why bytes are not a recipient set.</summary>
public enum RecipientSetError
{
    /// <summary>They are one.</summary>
    None = 0,

    /// <summary>There are no bytes at all.</summary>
    Empty,

    /// <summary>The format byte is unknown.</summary>
    UnknownFormat,

    /// <summary>
    /// A LEB128 number is cut off, longer than it needs to be or above 32 bits, or a base is not the multiple of 64 at or below the first
    /// number.
    /// </summary>
    MalformedNumber,

    /// <summary>Numbers repeat, pass 32 bits, or 0 is among them.</summary>
    NotAscending,

    /// <summary>The count is not that of the numbers.</summary>
    WrongCount,

    /// <summary>Bytes follow the last number, or a bitmap ends in zeros.</summary>
    TrailingBytes,

    /// <summary>More users than the reader accepts.</summary>
    TooManyRecipients,
}
