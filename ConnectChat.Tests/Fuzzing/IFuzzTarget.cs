namespace ConnectChat.Tests.Fuzzing;

/// <summary>A parser of bytes that others chose, and what it promises whatever they are.</summary>
internal interface IFuzzTarget
{
    /// <summary>Valid inputs from what writes them, the same every time; others are made of them.</summary>
    IEnumerable<byte[]> Samples();

    /// <summary>Parses, and throws when a promise does not hold. For one thread.</summary>
    void Parse(byte[] input);
}
