using System.Globalization;
using ConnectChat.Contracts.Recipients;

namespace ConnectChat.Tests.RecipientSets;

public sealed class RecipientSetDocumentTests
{
    [Fact]
    public void The_examples_are_what_the_code_writes_and_reads()
    {
        var examples = Rows("## Examples");
        Assert.True(examples.Count >= 7);
        foreach (var (numbersText, hex) in examples)
        {
            uint[] numbers =
            [
                .. numbersText
                    .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    .Select(number => uint.Parse(number, CultureInfo.InvariantCulture)),
            ];
            Assert.Equal(hex, Hex(RecipientSet.Encode(numbers)));
            Assert.Equal(RecipientSetError.None, RecipientSet.TryDecode(Bytes(hex), 100, out var decoded));
            Assert.Equal(numbers, decoded);
        }
    }

    [Fact]
    public void What_the_page_calls_not_a_set_is_refused_with_its_error()
    {
        var examples = Rows("## Not a set");
        Assert.True(examples.Count >= 15);
        foreach (var (hex, error) in examples)
        {
            Assert.Equal((hex, Enum.Parse<RecipientSetError>(error)), (hex, RecipientSet.TryDecode(Bytes(hex), 100, out _)));
        }
    }

    private static List<(string First, string Second)> Rows(string heading)
    {
        var rows = File.ReadLines(Document()).SkipWhile(line => line != heading).Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal));
        return [.. rows.Where(line => line.StartsWith('|')).Skip(2).Select(line => line.Split('|')).Select(cells => (Cell(cells[1]), Cell(cells[2])))];
    }

    private static string Cell(string text) => text.Trim().Trim('`');

    private static string Hex(byte[] bytes) => string.Join(' ', bytes.Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static string Document()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "docs", "recipient-sets.md");
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new FileNotFoundException("docs/recipient-sets.md");
    }
}
