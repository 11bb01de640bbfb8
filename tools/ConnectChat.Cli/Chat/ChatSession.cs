using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using ConnectChat.Client;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;

namespace ConnectChat.Cli.Chat;

/// <summary>One user in one group until the input ends: what is typed is sent, what arrives is shown, and so is what happens meanwhile.</summary>
internal sealed class ChatSession(ChatOptions options, ChatAccess access, ChatScreen screen, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // Own messages that were accepted and have not come back: a rejection names only their ids.
    private readonly ConcurrentDictionary<string, string> _underWay = new();
    private int _failures;

    /// <summary>Returns the exit code: 0, or 1 when piped lines could not be sent.</summary>
    /// <exception cref="CommandException">The user is no member.</exception>
    /// <exception cref="ChatException">No gateway answers, or they refuse the token.</exception>
    public async Task<int> RunAsync(Func<ChannelReader<string>> openInput, CancellationToken stop)
    {
        using var api = new ChatApi(access, clock);
        var last = await EnterAsync(api, stop);
        await using var client = new ChatClient(new ChatClientOptions
        {
            Endpoints = access.Gateways,
            TokenProvider = () => Task.FromResult(access.Token()),
            Positions = new Dictionary<string, long> { [options.Group] = last },
            OnlyPositions = true,
        });
        new ChatEvents(options.Group, access.User, screen).Watch(client);
        client.MessageRejected += Rejected;
        await client.ConnectAsync(stop);

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var receiving = ReceiveAsync(client, ended.Token);
        var typing = TypeAsync(new ChatCommands(options.Group, api, client, screen), client, openInput(), ended.Token);

        // Receiving ends only when the client does: its error is the session's.
        var first = await Task.WhenAny(receiving, typing);
        await ended.CancelAsync();
        await Task.WhenAll(receiving, typing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
        return options.Piped && _failures > 0 ? 1 : 0;
    }

    private async Task<long> EnterAsync(ChatApi api, CancellationToken stop)
    {
        switch (await api.EnterAsync(options.Group, stop))
        {
            case true:
                screen.Note($"the group {options.Group} is new and yours; add others with /add USER");
                break;
            case null:
                throw new CommandException(
                    $"The group {options.Group} exists, and {access.User} is no member. Its owner types in a chat of the group: /add {access.User}");
            default:
                break;
        }

        var history = await api.HistoryAsync(options.Group, options.History, stop);
        foreach (var message in history)
        {
            screen.Message(message);
        }

        return history.Count == 0 ? 0 : history[^1].Sequence;
    }

    private async Task ReceiveAsync(ChatClient client, CancellationToken ended)
    {
        await foreach (var message in client.ReadMessagesAsync(ended))
        {
            _underWay.TryRemove(message.ClientMessageId, out _);
            screen.Message(message);
        }
    }

    private async Task TypeAsync(ChatCommands commands, ChatClient client, ChannelReader<string> lines, CancellationToken ended)
    {
        // One line after the other, so that a command finds what was typed before it done.
        await foreach (var line in lines.ReadAllAsync(ended))
        {
            if (line is "/quit")
            {
                return;
            }

            if (line.StartsWith('/') && !line.StartsWith("//", StringComparison.Ordinal))
            {
                _failures += await commands.RunAsync(line, ended) ? 0 : 1;
            }
            else if (!string.IsNullOrWhiteSpace(line))
            {
                await SendAsync(client, line.StartsWith('/') ? line[1..] : line, ended);
            }
        }

        if (options.Piped)
        {
            await Task.Delay(options.Linger, clock, ended);
        }
    }

    private async Task SendAsync(ChatClient client, string body, CancellationToken ended)
    {
        // Asked here because a call above 1 MB would cost the connection.
        if (Encoding.UTF8.GetByteCount(body) > Limits.BodyBytes)
        {
            Failed($"not sent: more than {Limits.BodyBytes:N0} bytes ({ErrorCodes.BodyTooLarge}): {Shortened(body)}");
            return;
        }

        var clientMessageId = Guid.NewGuid().ToString("N");
        _underWay[clientMessageId] = body;
        var sending = client.SendAsync(options.Group, body, clientMessageId, ended);
        if (await Task.WhenAny(sending, Task.Delay(Patience, clock, ended)) != sending)
        {
            screen.Note($"not accepted yet, trying until a gateway accepts it: {Shortened(body)}");
        }

        try
        {
            await sending;
        }
        catch (ChatException refused)
        {
            _underWay.TryRemove(clientMessageId, out _);
            Failed($"refused ({refused.Code}): {Shortened(body)}");
        }
    }

    private void Rejected(MessageRejection rejection)
    {
        if (_underWay.TryRemove(rejection.ClientMessageId, out var body))
        {
            var remedy = rejection.Code == ErrorCodes.NotAMember ? $"; nobody got it, and {access.User} is no member any more" : "; nobody got it";
            Failed($"rejected ({rejection.Code}){remedy}: {Shortened(body)}");
        }
    }

    private void Failed(string line)
    {
        Interlocked.Increment(ref _failures);
        screen.Problem(line);
    }

    private static string Shortened(string body) => body.Length <= 60 ? body : $"{body[..59]}…";
}
