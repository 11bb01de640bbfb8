using System.Globalization;
using System.Reflection;
using ConnectChat.Client;
using ConnectChat.Contracts;

namespace ConnectChat.Tests.House;

/// <summary>The catalogues, the constants and the tables of the documentation say the same.</summary>
public sealed class CatalogueTests
{
    private const string Protocol = "docs/protocol.md";

    [Fact]
    public void Every_error_code_is_in_the_catalogue_once() => Assert.Equal(
        typeof(ErrorCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral && field.Name != nameof(ErrorCodes.Trailer))
            .Select(field => (string)field.GetRawConstantValue()!)
            .Order(StringComparer.Ordinal),
        ErrorCatalogue.Entries.Select(entry => entry.Code).Order(StringComparer.Ordinal));

    [Fact]
    public void The_table_of_errors_in_the_documentation_is_the_catalogue() => Assert.Equal(
        ErrorCatalogue.Entries
            .Where(entry => entry.HttpStatus is not null)
            .Select(entry => (entry.Code, entry.HttpStatus!.Value, entry.Remedy))
            .OrderBy(entry => entry.Code, StringComparer.Ordinal),
        MarkdownTable.Below(Protocol, "Errors")
            .SelectMany(row => MarkdownTable.Names(row[0]).Select(code => (code, Status(row[1]), RemedyOf(row[2]))))
            .OrderBy(entry => entry.code, StringComparer.Ordinal));

    [Theory]
    [InlineData(ErrorCodes.Unavailable, true)]
    [InlineData(ErrorCodes.RateLimited, true)]
    [InlineData(ErrorCodes.Overloaded, true)]
    [InlineData(ErrorCodes.Internal, true)]
    [InlineData(ErrorCodes.Unauthenticated, false)]
    [InlineData(ErrorCodes.TooManyGroups, false)]
    [InlineData(ErrorCodes.NotAMember, false)]
    [InlineData("of_a_newer_version", false)]
    public void The_client_repeats_a_call_that_may_succeed_later_and_no_other(string code, bool repeats) =>
        Assert.Equal(repeats, ChatException.IsTransient(code));

    [Fact]
    public void The_table_of_close_codes_in_the_documentation_is_the_catalogue() => Assert.Equal(
        CloseCodes.All.Select(close => (close.Code, close.Name, close.Reconnect)).OrderBy(close => close.Name, StringComparer.Ordinal),
        MarkdownTable.Below(Protocol, "How a connection ends")
            .Select(row => (CloseCode(row[0]), MarkdownTable.Names(row[0]).Single(), row[2].StartsWith("yes", StringComparison.Ordinal)))
            .OrderBy(close => close.Item2, StringComparer.Ordinal));

    [Fact]
    public void Every_close_code_is_in_the_list_of_all() => Assert.Equal(
        typeof(CloseCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)).OfType<CloseCode>(),
        CloseCodes.All);

    private static ushort CloseCode(string cell) =>
        cell.StartsWith("none ", StringComparison.Ordinal) ? (ushort)0 : ushort.Parse(cell.Split(' ')[0], CultureInfo.InvariantCulture);

    private static int Status(string cell) => int.Parse(cell.Split(' ')[0], CultureInfo.InvariantCulture);

    private static Remedy RemedyOf(string cell) => cell switch
    {
        "do not retry" => Remedy.None,
        "split the call" => Remedy.SplitCall,
        "get a new token, then retry" => Remedy.NewToken,
        _ when cell.StartsWith("retry ", StringComparison.Ordinal) => Remedy.Retry,
        _ => throw new ArgumentException($"'{cell}' is no remedy."),
    };
}
