using ConnectChat.Cli.Chat;

namespace ConnectChat.Tests.Chat;

public sealed class LineBufferTests
{
    private readonly LineBuffer _line = new();

    [Fact]
    public void What_is_typed_is_taken_once()
    {
        Type("hello");
        Assert.Equal(("hello", 0), _line.View(20));
        Assert.Equal("hello", _line.Take());
        Assert.True(_line.IsEmpty);
        Assert.Equal("", _line.Take());
    }

    [Fact]
    public void It_is_edited_where_the_cursor_is()
    {
        Type("helo");
        Press(ConsoleKey.LeftArrow);
        Type("l");
        Assert.Equal(("hello", 1), _line.View(20));
        Press(ConsoleKey.Home);
        Press(ConsoleKey.Delete);
        Type("J");
        Press(ConsoleKey.End);
        Type("!");
        Assert.Equal("Jello!", _line.Take());
    }

    [Fact]
    public void What_a_reader_takes_for_one_character_is_deleted_as_one()
    {
        Type("a👩\u200d💻e\u0301");
        Press(ConsoleKey.Backspace);
        Assert.Equal(("a👩\u200d💻", 0), _line.View(20));
        Press(ConsoleKey.Backspace);
        Assert.Equal(("a", 0), _line.View(20));
        Press(ConsoleKey.Backspace);
        Press(ConsoleKey.Backspace);
        Press(ConsoleKey.Delete);
        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.RightArrow);
        Assert.True(_line.IsEmpty);
    }

    [Fact]
    public void A_line_longer_than_the_terminal_shows_what_is_around_the_cursor()
    {
        Type("0123456789");
        Assert.Equal(("6789", 0), _line.View(4));
        Press(ConsoleKey.Home);
        Assert.Equal(("0123", 4), _line.View(4));
        Press(ConsoleKey.RightArrow);
        Assert.Equal(("0123", 3), _line.View(4));
    }

    [Fact]
    public void Wide_characters_take_two_cells()
    {
        Type("界界界");
        Assert.Equal(("界界", 0), _line.View(5));
        Press(ConsoleKey.LeftArrow);
        Assert.Equal(("界界界", 2), _line.View(6));
    }

    [Fact]
    public void Control_characters_do_not_get_into_the_line()
    {
        foreach (var letter in "\t\u001b\u0007")
        {
            Assert.False(_line.Accept(new ConsoleKeyInfo(letter, ConsoleKey.None, shift: false, alt: false, control: false)));
        }

        Type("abc");
        Assert.True(_line.Accept(new ConsoleKeyInfo('\u0015', ConsoleKey.U, shift: false, alt: false, control: true)));
        Assert.True(_line.IsEmpty);
    }

    private void Type(string text)
    {
        foreach (var letter in text)
        {
            Assert.True(_line.Accept(new ConsoleKeyInfo(letter, ConsoleKey.None, shift: false, alt: false, control: false)));
        }
    }

    private void Press(ConsoleKey key) => Assert.True(_line.Accept(new ConsoleKeyInfo('\0', key, shift: false, alt: false, control: false)));
}
