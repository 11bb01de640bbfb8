namespace ConnectChat.Contracts.Recipients;

/// <summary>
/// A set of user numbers that is asked far more often than changed: a paged bitmap, one bit per number, 8 KiB per page of 65,536
/// numbers in use.
/// </summary>
/// <remarks>
/// One thread changes at a time (the caller sees to it); any thread reads meanwhile, without a lock. A reader sees a change that
/// happened before its call. Numbers are dense (allocated 1, 2, 3 …), so a million users ever connected cost 128 KiB.
/// </remarks>
public sealed class UserNumberSet
{
    private const int PageBits = 16;
    private const int WordsPerPage = (1 << PageBits) / 64;
    private const int AllPages = 1 << (32 - PageBits);

    // Replaced as a whole when it grows; the pages in it stay.
    private volatile ulong[]?[] _pages = [];

    // Everyone is one full page, seen 65,536 times: asking it is no special case.
    private bool _complete;

    /// <summary>The set of all numbers. It cannot be changed.</summary>
    public static UserNumberSet Everyone => Complete.Instance;

    /// <summary>Whether the number is in the set.</summary>
    public bool Contains(uint number) => Page(number) is { } words && IsIn(words, number);

    /// <summary>The 64 numbers from <paramref name="first"/> on, one bit each. <paramref name="first"/> is a multiple of 64.</summary>
    public ulong Word(uint first) => Page(first) is { } words ? Volatile.Read(ref words[(first & 0xffff) >> 6]) : 0;

    /// <summary>Puts a number in.</summary>
    /// <exception cref="NotSupportedException">This is <see cref="Everyone"/>.</exception>
    public void Add(uint number)
    {
        ThrowIfComplete();
        var page = (int)(number >> PageBits);
        if (page >= _pages.Length)
        {
            var grown = new ulong[]?[Math.Min(Math.Max(page + 1, _pages.Length * 2), AllPages)];
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
    /// <exception cref="NotSupportedException">This is <see cref="Everyone"/>.</exception>
    public void Remove(uint number)
    {
        ThrowIfComplete();
        if (Page(number) is { } words)
        {
            ref var word = ref words[(number & 0xffff) >> 6];
            Volatile.Write(ref word, word & ~(1UL << (int)(number & 63)));
        }
    }

    /// <summary>The page a number is on, for loops that look at many numbers of one page; null when nobody is on it.</summary>
    internal ulong[]? Page(uint number)
    {
        var pages = _pages;
        var page = number >> PageBits;
        return page < (uint)pages.Length ? pages[page] : null;
    }

    /// <summary>Which page a number is on.</summary>
    internal static uint PageOf(uint number) => number >> PageBits;

    /// <summary>Whether a number is in the set, given the page it is on.</summary>
    internal static bool IsIn(ulong[] page, uint number) => ((Volatile.Read(ref page[(number & 0xffff) >> 6]) >> (int)(number & 63)) & 1) != 0;

    private void ThrowIfComplete()
    {
        if (_complete)
        {
            throw new NotSupportedException("Everyone stays complete.");
        }
    }

    // Made when first asked for: its half megabyte of references is only needed to decode whole sets.
    private static class Complete
    {
        public static UserNumberSet Instance { get; } = Create();

        private static UserNumberSet Create()
        {
            var page = new ulong[WordsPerPage];
            page.AsSpan().Fill(ulong.MaxValue);
            var pages = new ulong[]?[AllPages];
            pages.AsSpan().Fill(page);
            return new UserNumberSet { _pages = pages, _complete = true };
        }
    }
}
