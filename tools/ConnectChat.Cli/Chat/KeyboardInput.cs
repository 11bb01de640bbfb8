using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace ConnectChat.Cli.Chat;

/// <summary>Lines typed at a terminal, kept apart from what is printed meanwhile.</summary>
internal static class KeyboardInput
{
    /// <summary>Reads keys on a thread of its own until Ctrl-D on an empty line. Ctrl-C is the program's.</summary>
    public static ChannelReader<string> Open(ChatScreen screen)
    {
        var lines = Channel.CreateUnbounded<string>();
        var typed = new LineBuffer();
        screen.Show(typed);
        var resized = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => screen.Redraw());
        new Thread(() =>
        {
            try
            {
                Read(screen, typed, lines.Writer);
            }
            catch (Exception gone) when (gone is IOException or InvalidOperationException)
            {
                // The terminal was closed.
            }

            lines.Writer.Complete();
            resized?.Dispose();
        })
        { IsBackground = true, Name = "keyboard" }.Start();
        return lines.Reader;
    }

    private static void Read(ChatScreen screen, LineBuffer typed, ChannelWriter<string> lines)
    {
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key is { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } && typed.IsEmpty)
            {
                return;
            }

            if (key.Key == ConsoleKey.Enter)
            {
                lines.TryWrite(screen.Edit(typed.Take));
            }
            else
            {
                screen.Edit(() => typed.Accept(key));
            }

            screen.Redraw();
        }
    }
}
