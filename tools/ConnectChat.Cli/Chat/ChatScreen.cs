using ConnectChat.Contracts.Hub;
using Spectre.Console;

namespace ConnectChat.Cli.Chat;

/// <summary>Prints whole lines above the line being typed. Thread-safe.</summary>
internal sealed class ChatScreen
{
    // A file or a pipe has no width at which lines must break; longer than the longest body with every character escaped.
    private const int Endless = 1_000_000;
    private const string Prompt = "> ";

    // The longest body would fill a terminal forty times.
    private const int MostOnTerminal = 2_000;

    private readonly IAnsiConsole _console;
    private readonly TimeProvider _clock;
    private readonly string _user;
    private readonly Lock _lock = new();
    private LineBuffer? _typed;

    public ChatScreen(IAnsiConsole console, TimeProvider clock, string user)
    {
        (_console, _clock, _user) = (console, clock, user);
        if (!console.Profile.Out.IsTerminal)
        {
            console.Profile.Width = Endless;
        }
    }

    /// <summary>Whether the terminal can keep a line at its bottom.</summary>
    public bool CanPrompt => _console.Profile.Out.IsTerminal && _console.Profile.Capabilities.Ansi;

    /// <summary>A message, with its place in the group and the time at which it was sent. A terminal gets the beginning of a very long one.</summary>
    public void Message(ChatMessage message)
    {
        var sender = message.SenderId == _user ? "green" : "blue";
        var left = _console.Profile.Out.IsTerminal ? message.Body.Length - MostOnTerminal : 0;
        var body = PrintableText.Of(left > 0 ? message.Body[..MostOnTerminal] : message.Body);
        var cut = left > 0 ? $"[grey] … and {left:N0} more characters[/]" : "";
        Print($"[grey]{Time(message.SentAt)} #{message.Sequence}[/] [{sender}]{Markup.Escape(message.SenderId)}:[/] {Markup.Escape(body)}{cut}");
    }

    /// <summary>Something that happened.</summary>
    public void Note(string line) => Print($"[grey]· {Markup.Escape(PrintableText.Of(line))}[/]");

    /// <summary>Something that could not be done.</summary>
    public void Problem(string line) => Print($"[yellow]! {Markup.Escape(PrintableText.Of(line))}[/]");

    /// <summary>Shows the line being typed from here on; to be called again when it changed.</summary>
    public void Show(LineBuffer typed)
    {
        lock (_lock)
        {
            Erase();
            _typed = typed;
            Draw();
        }
    }

    /// <summary>Changes the line being typed, while nothing is printed.</summary>
    public T Edit<T>(Func<T> edit)
    {
        lock (_lock)
        {
            return edit();
        }
    }

    /// <summary>Draws the line again: the terminal's size has changed.</summary>
    public void Redraw()
    {
        lock (_lock)
        {
            Erase();
            Draw();
        }
    }

    /// <summary>Takes the line away.</summary>
    public void ClosePrompt()
    {
        lock (_lock)
        {
            Erase();
            _typed = null;
        }
    }

    private void Print(string markup)
    {
        lock (_lock)
        {
            Erase();
            _console.MarkupLine(markup);
            Draw();
        }
    }

    private void Erase()
    {
        if (_typed is not null)
        {
            _console.Write(new ControlCode("\r\u001b[2K"));
        }
    }

    private void Draw()
    {
        if (_typed is null)
        {
            return;
        }

        // One cell stays free: a full line would move the cursor to the next.
        var (text, after) = _typed.View(Math.Max(1, _console.Profile.Width - Prompt.Length - 1));
        _console.Write(new ControlCode(Prompt + text + (after > 0 ? $"\u001b[{after}D" : "")));
    }

    private string Time(long sentAt)
    {
        var sent = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(sentAt), _clock.LocalTimeZone);
        var today = sent.Date == _clock.GetLocalNow().Date;
        return sent.ToString(today ? "HH:mm:ss" : "yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
    }
}
