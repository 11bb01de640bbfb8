using System.Threading.Channels;

namespace ConnectChat.Cli.Chat;

/// <summary>Lines of a pipe, a file, or a terminal that cannot keep a line at its bottom.</summary>
internal static class PipedInput
{
    // What is read ahead; whoever writes faster than messages are accepted waits.
    private const int Ahead = 16;

    /// <summary>Reads on a thread of its own: reading standard input cannot be cancelled, and must not keep the program from ending.</summary>
    public static ChannelReader<string> Open(TextReader input)
    {
        var lines = Channel.CreateBounded<string>(Ahead);
        new Thread(() =>
        {
            try
            {
                while (input.ReadLine() is { } line)
                {
                    lines.Writer.WriteAsync(line).AsTask().Wait();
                }
            }
            catch (IOException)
            {
                // Whoever wrote is gone: the end, like any other.
            }

            lines.Writer.Complete();
        })
        { IsBackground = true, Name = "input" }.Start();
        return lines.Reader;
    }
}
