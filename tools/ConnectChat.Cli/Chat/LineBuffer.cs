using System.Globalization;
using System.Text;
using Spectre.Console.Rendering;

namespace ConnectChat.Cli.Chat;

/// <summary>The line being typed, and what of it fits the terminal. Not thread-safe.</summary>
/// <remarks>It moves and deletes by text elements: what a reader takes for one character may be several.</remarks>
internal sealed class LineBuffer
{
    private readonly StringBuilder _text = new();
    private int _cursor;

    public bool IsEmpty => _text.Length == 0;

    /// <summary>Takes a key that changes the line. False: it means something else.</summary>
    public bool Accept(ConsoleKeyInfo key)
    {
        switch (key)
        {
            case { Key: ConsoleKey.Backspace }:
                Remove(Before(), _cursor);
                return true;
            case { Key: ConsoleKey.Delete }:
                Remove(_cursor, After());
                return true;
            case { Key: ConsoleKey.LeftArrow }:
                _cursor = Before();
                return true;
            case { Key: ConsoleKey.RightArrow }:
                _cursor = After();
                return true;
            case { Key: ConsoleKey.Home } or { Key: ConsoleKey.A, Modifiers: ConsoleModifiers.Control }:
                _cursor = 0;
                return true;
            case { Key: ConsoleKey.End } or { Key: ConsoleKey.E, Modifiers: ConsoleModifiers.Control }:
                _cursor = _text.Length;
                return true;
            case { Key: ConsoleKey.U, Modifiers: ConsoleModifiers.Control }:
                Remove(0, _cursor);
                return true;
            case { KeyChar: var letter } when !char.IsControl(letter):
                _text.Insert(_cursor++, letter);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The whole line; the buffer is empty then.</summary>
    public string Take()
    {
        var line = _text.ToString();
        _text.Clear();
        _cursor = 0;
        return line;
    }

    /// <summary>A stretch of the line around the cursor that fills at most so many cells, and how many of its cells are right of the cursor.</summary>
    public (string Text, int CellsAfterCursor) View(int cells)
    {
        var line = _text.ToString();
        var (left, right) = (PrintableText.Of(line[.._cursor]), PrintableText.Of(line[_cursor..]));
        while (left.Length > 0 && Cells(left) > cells)
        {
            left = left[StringInfo.GetNextTextElementLength(left)..];
        }

        var room = cells - Cells(left);
        while (right.Length > 0 && Cells(right) > room)
        {
            right = right[..^LastElement(right).Length];
        }

        return (left + right, Cells(right));
    }

    private static int Cells(string text) => new Segment(text).CellCount();

    private static string LastElement(string text) => text[StringInfo.ParseCombiningCharacters(text)[^1]..];

    private int Before() => _cursor == 0 ? 0 : _cursor - LastElement(_text.ToString(0, _cursor)).Length;

    private int After() => _cursor + StringInfo.GetNextTextElementLength(_text.ToString(_cursor, _text.Length - _cursor));

    private void Remove(int from, int to)
    {
        _text.Remove(from, to - from);
        _cursor = from;
    }
}
