using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Load;

/// <summary>The rule of docs/protocol.md for one group: what is shown, what is dropped, and when something is missing. Not thread-safe.</summary>
internal sealed class RawGroup(string id, long last, Observer observer)
{
    private readonly SortedDictionary<long, (long Previous, MessageFacts Message)> _ahead = [];

    public string Id => id;

    /// <summary>Everything up to here was shown.</summary>
    public long Last { get; private set; } = last;

    /// <summary>Whether a message waits for one before it.</summary>
    public bool HasAhead => _ahead.Count > 0;

    /// <summary>Resumes in a row that were complete and did not bring what is missing.</summary>
    public int InVain { get; set; }

    /// <summary>A message came. True: something before it is missing, so resume.</summary>
    public bool Receive(long previous, MessageFacts message)
    {
        if (message.Sequence <= Last)
        {
            return false;
        }

        if (previous > Last)
        {
            _ahead[message.Sequence] = (previous, message);
            return true;
        }

        Show(message);
        ShowAhead();
        return false;
    }

    /// <summary>What is missing cannot be had: it is told, and what came ahead of it is shown.</summary>
    public void GiveUp(string code)
    {
        while (_ahead.Count > 0)
        {
            observer.TellsGap(id, Last, code);
            Show(_ahead.First().Value.Message);
            ShowAhead();
        }
    }

    /// <summary>The group has another history.</summary>
    public void StartAgain(string code)
    {
        observer.TellsGap(id, Last, code);
        Last = 0;
    }

    private void ShowAhead()
    {
        while (_ahead.Count > 0 && _ahead.First() is var (sequence, next) && (sequence <= Last || next.Previous <= Last))
        {
            if (sequence > Last)
            {
                Show(next.Message);
            }

            _ahead.Remove(sequence);
        }
    }

    private void Show(MessageFacts message)
    {
        Last = message.Sequence;
        _ahead.Remove(message.Sequence);
        observer.Shows(id, message);
    }
}
