using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ConnectChat.Checker.Histories;

namespace ConnectChat.Checker.Load;

/// <summary>What a device sees and does, written to the history. Thread-safe.</summary>
internal sealed class Observer(HistoryWriter history, SendBook sends, string user, string device)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _last = [];
    private int _connection;

    public string User => user;

    public string Device => device;

    /// <summary>Group → the last sequence shown: what a device keeps over a restart.</summary>
    public Dictionary<string, long> Positions()
    {
        lock (_lock)
        {
            return new Dictionary<string, long>(_last);
        }
    }

    /// <summary>The last sequence shown of a group.</summary>
    public long LastOf(string group)
    {
        lock (_lock)
        {
            return _last.GetValueOrDefault(group);
        }
    }

    public void Connected(string gateway) => history.Add(new Connected(history.Now, user, device, Interlocked.Increment(ref _connection), gateway));

    public void Disconnected(bool ofItsOwn) => history.Add(new Disconnected(history.Now, user, device, Volatile.Read(ref _connection), ofItsOwn));

    public void Shows(string group, MessageFacts message)
    {
        lock (_lock)
        {
            _last[group] = Math.Max(message.Sequence, _last.GetValueOrDefault(group));
            history.Add(new Shown(history.Now, user, device, Volatile.Read(ref _connection), group, message));
        }
    }

    public void IsResumed(string group, bool complete) =>
        history.Add(new Resumed(history.Now, user, device, Volatile.Read(ref _connection), group, complete));

    public void SeesGap(string group, long after, long before) =>
        history.Add(new GapSeen(history.Now, user, device, Volatile.Read(ref _connection), group, after, before));

    public void TellsGap(string group, long after, string code) => history.Add(new GapTold(history.Now, user, device, group, after, code));

    public void IsRejected(string group, string clientId, string code)
    {
        history.Add(new Rejected(history.Now, user, device, group, clientId, code));
        sends.Reject(new SendKey(group, user, clientId));
    }

    public void Begins(string group, string clientId, string body) =>
        history.Add(new SendBegun(history.Now, user, device, group, clientId, Digest(body)));

    public void IsAccepted(string group, string clientId)
    {
        history.Add(new SendAccepted(history.Now, user, device, group, clientId));
        sends.Accept(new SendKey(group, user, clientId));
    }

    public void IsRefused(string group, string clientId, string code) => history.Add(new SendRefused(history.Now, user, device, group, clientId, code));

    public void GivesUp(string group, string clientId) => history.Add(new SendUnanswered(history.Now, user, device, group, clientId));

    /// <summary>Enough of a text to notice that it changed.</summary>
    public static string Digest(string text) =>
        BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(text))).ToString("x8", CultureInfo.InvariantCulture);
}
