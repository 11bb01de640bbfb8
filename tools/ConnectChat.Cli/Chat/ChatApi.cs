using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ConnectChat.Client;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;

namespace ConnectChat.Cli.Chat;

/// <summary>The REST side of the gateways, as the user who chats: any of them that answers.</summary>
internal sealed class ChatApi(ChatAccess access, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private int _gateway;

    /// <summary>Enters a group, and creates one that does not exist.</summary>
    /// <returns>True: created. False: the user was a member. Null: it exists, and the user is no member.</returns>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public async Task<bool?> EnterAsync(string groupId, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync<Group>(HttpMethod.Get, $"groups/{groupId}", null, cancellationToken);
            return false;
        }
        catch (ChatException shut) when (shut.Code == ErrorCodes.NotAMember)
        {
            // Outsiders are not told whether it exists; only whoever tries to create it is.
        }

        try
        {
            await CallAsync<Group>(HttpMethod.Post, "groups", new { groupId, name = groupId }, cancellationToken);
            return true;
        }
        catch (ChatException taken) when (taken.Code == ErrorCodes.GroupExists)
        {
            return null;
        }
    }

    /// <summary>The newest messages, oldest first.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public async Task<IReadOnlyList<ChatMessage>> HistoryAsync(string groupId, int count, CancellationToken cancellationToken) =>
        [.. (await CallAsync<HistoryPage>(HttpMethod.Get, $"groups/{groupId}/messages?limit={count}", null, cancellationToken)).Messages.Reverse()];

    /// <summary>The first members, and how many there are.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public async Task<(long Count, IReadOnlyList<Member> First)> MembersAsync(string groupId, int most, CancellationToken cancellationToken)
    {
        var group = await CallAsync<Group>(HttpMethod.Get, $"groups/{groupId}", null, cancellationToken);
        return (group.MemberCount, (await CallAsync<MemberPage>(HttpMethod.Get, $"groups/{groupId}/members?pageSize={most}", null, cancellationToken)).Members);
    }

    /// <summary>Adds a user. False: it was a member already.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public async Task<bool> AddAsync(string groupId, string user, CancellationToken cancellationToken) =>
        (await CallAsync<MembersChanged>(HttpMethod.Post, $"groups/{groupId}/members", new { userIds = new[] { user } }, cancellationToken)).Changed > 0;

    /// <summary>Removes a user. False: it was no member.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public async Task<bool> RemoveAsync(string groupId, string user, CancellationToken cancellationToken) =>
        (await CallAsync<MembersChanged>(HttpMethod.Post, $"groups/{groupId}/members/remove", new { userIds = new[] { user } }, cancellationToken)).Changed > 0;

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<T> CallAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            ChatException refused;
            try
            {
                return await CallOnceAsync<T>(method, path, body, cancellationToken);
            }
            catch (ChatException answered)
            {
                refused = answered;
            }

            if (!ChatException.IsTransient(refused.Code) || clock.GetElapsedTime(started) > Patience)
            {
                throw refused;
            }

            _gateway++;
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private async Task<T> CallOnceAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        var gateway = access.Gateways[_gateway % access.Gateways.Count];
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(gateway, path));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", access.Token());
            request.Content = body is null ? null : JsonContent.Create(body, options: Json);
            using var response = await _http.SendAsync(request, cancellationToken);
            return response.IsSuccessStatusCode
                ? (await response.Content.ReadFromJsonAsync<T>(Json, cancellationToken))!
                : throw await RefusalAsync(gateway, response, cancellationToken);
        }
        catch (HttpRequestException failure)
        {
            throw new ChatException(ErrorCodes.Unavailable, $"No gateway answers. {gateway}: {failure.Message}", failure);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ChatException(ErrorCodes.Unavailable, $"No gateway answers. {gateway}: no answer within {_http.Timeout.TotalSeconds:0} s", late);
        }
        catch (JsonException other)
        {
            throw NoGateway(gateway, other);
        }
    }

    private static async Task<ChatException> RefusalAsync(Uri gateway, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json"
            || await response.Content.ReadFromJsonAsync<Problem>(Json, cancellationToken) is not { Code: { } code } problem)
        {
            return NoGateway(gateway, null);
        }

        return new ChatException(code, code == ErrorCodes.Unauthenticated ? "The gateway refuses the token: it is expired, or of another system." : problem.Detail ?? code);
    }

    private static ChatException NoGateway(Uri gateway, Exception? cause) => new(ErrorCodes.NotFound, $"What answers at {gateway} is no gateway.", cause);

    internal sealed record Member(string UserId, string Role);

    private sealed record Group(long MemberCount);

    private sealed record MemberPage(IReadOnlyList<Member> Members);

    private sealed record MembersChanged(int Changed);

    private sealed record Problem(string? Code, string? Detail);
}
