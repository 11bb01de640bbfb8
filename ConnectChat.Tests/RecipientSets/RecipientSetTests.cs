using ConnectChat.Contracts.Recipients;

namespace ConnectChat.Tests.RecipientSets;

public sealed class RecipientSetTests
{
    [Fact]
    public void A_set_reads_back_as_it_was_written()
    {
        uint[] numbers = [1, 2, 3, 500, 70_000, uint.MaxValue];

        Assert.Equal(RecipientSetError.None, RecipientSet.TryDecode(RecipientSet.Encode(numbers), 10, out var decoded));
        Assert.Equal(numbers, decoded);
    }
}
