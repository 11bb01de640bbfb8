using ConnectChat.Client;
using ConnectChat.Contracts;

namespace ConnectChat.Cli.Chat;

/// <summary>Shows what the client library does by itself: connections that come and go, resumes, gaps.</summary>
internal sealed class ChatEvents(string group, string user, ChatScreen screen)
{
    private bool _connectedBefore;
    private volatile bool _lost;

    public void Watch(ChatClient client)
    {
        client.ConnectionChanged += Show;
        client.GroupResumed += Show;
        client.GapReported += Show;
    }

    private void Show(ConnectionReport report)
    {
        var gateway = report.Endpoint.AbsoluteUri.TrimEnd('/');
        var next = report.Pause is { } pause ? $"connecting again in {pause.TotalSeconds:0.0} s" : "";
        screen.Note(report.Change switch
        {
            ConnectionChange.Connected when !_connectedBefore => $"{user} is connected to {gateway}; /help lists the commands, Ctrl-C leaves",
            ConnectionChange.Connected => $"connected to {gateway}",
            ConnectionChange.Draining => $"{gateway} is draining; {next}",
            ConnectionChange.Lost => $"the connection to {gateway} is lost; {next}",
            _ => $"{gateway} cannot be reached ({report.Reason?.Message}); {next}",
        });
        _connectedBefore |= report.Change == ConnectionChange.Connected;
        _lost |= report.Change is ConnectionChange.Lost or ConnectionChange.Draining;
    }

    private void Show(ResumeReport report)
    {
        // A resume on every connection is ordinary; only what it brought, or that nothing was missed after a loss, is worth a line.
        if (report.GroupId == group && (report.Replayed > 0 || _lost))
        {
            _lost = !report.Complete;
            screen.Note(report.Replayed switch
            {
                0 => "resumed: nothing was missed",
                1 => "resumed: 1 missed message",
                var missed => $"resumed: {missed:N0} missed messages",
            });
        }
    }

    private void Show(GapReport report)
    {
        if (report.GroupId == group)
        {
            screen.Note(report.Code == ErrorCodes.NotAMember
                ? $"gap: {user} is no member of {group} now; what is said after #{report.AfterSequence} is not for {user}"
                : $"gap: what was said after #{report.AfterSequence} cannot be had ({report.Code})");
        }
    }
}
