namespace ConnectChat.Contracts.Recipients;

/// <summary>
/// A set of user numbers that is asked far more often than changed: a paged bitmap, one bit per number, 8 KiB per page of 65,536
/// numbers in use.
/// </summary>
/// <remarks>
/// One thread changes at a time (the caller sees to it); any thread reads meanwhile, without a lock. A reader sees a change that
/// happened before its call. Numbers are dense (allocated 1, 2, 3 …), so a million users ever connected cost 128 KiB.
/// </remarks>
public class UserNumberSet
{
    private const int PageBits = 16;
    private const int WordsPerPage = (1 << PageBits) / 64;

    // Replaced as a whole when it grows; the pages in it stay.
    private volatile ulong[]?[] _pages = [];

    /// <summary>The set of all numbers. It cannot be changed.</summary>
    public static UserNumberSet Everyone { get; } = new EveryoneSet();

    /// <summary>Whether the number is in the set.</summary>
    public bool Contains(uint number) => (Word(number & ~63u) >> (int)(number & 63) & 1) != 0;

    /// <summary>The 64 numbers from <paramref name="first"/> on, one bit each. <paramref name="first"/> is a multiple of 64.</summary>
    public virtual ulong Word(uint first)
    {
        var pages = _pages;
        var page = first >> PageBits;
        return page < (uint)pages.Length && pages[page] is { } words ? Volatile.Read(ref words[(first & 0xffff) >> 6]) : 0;
    }

    /// <summary>Puts a number in.</summary>
    public virtual void Add(uint number)
    {
        var page = (int)(number >> PageBits);
        if (page >= _pages.Length)
        {
            var grown = new ulong[]?[Math.Max(page + 1, _pages.Length * 2)];
            _pages.CopyTo(grown, 0);
            _pages = grown;
        }

        // Published before its first bit is set: a reader finds no page, or this one.
        var words = _pages[page];
        if (words is null)
        {
            Volatile.Write(ref _pages[page], words = new ulong[WordsPerPage]);
        }

        ref var word = ref words[(number & 0xffff) >> 6];
        Volatile.Write(ref word, word | (1UL << (int)(number & 63)));
    }

    /// <summary>Takes a number out.</summary>
    public virtual void Remove(uint number)
    {
        var page = number >> PageBits;
        if (page < (uint)_pages.Length && _pages[page] is { } words)
        {
            ref var word = ref words[(number & 0xffff) >> 6];
            Volatile.Write(ref word, word & ~(1UL << (int)(number & 63)));
        }
    }

    private sealed class EveryoneSet : UserNumberSet
    {
        public override ulong Word(uint first) => ulong.MaxValue;

        public override void Add(uint number) => throw new NotSupportedException("Everyone is complete.");

        public override void Remove(uint number) => throw new NotSupportedException("Everyone stays complete.");
    }
}
