using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ConnectChat.Client;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.LocalCluster.Clients;

/// <summary>The REST side of the gateways, as one user: any of them that answers. Waits out refusals that pass.</summary>
/// <param name="http">Sends the requests; disposed of with this.</param>
/// <param name="gateways">Base addresses; at least one.</param>
/// <param name="token">Gives a token that is valid now.</param>
/// <param name="patience">How long refusals that pass are waited out.</param>
/// <param name="clock">Measures the patience.</param>
internal sealed class GatewayApi(HttpClient http, IReadOnlyList<Uri> gateways, Func<string> token, TimeSpan patience, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LoopbackTimeout = TimeSpan.FromMinutes(2);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private int _gateway;

    /// <summary>One gateway on this machine, with the patience of a program that nobody waits for.</summary>
    public static GatewayApi OnLoopback(Uri gateway, string token) =>
        new(LoopbackHttp.Client(LoopbackTimeout), [gateway], () => token, LoopbackTimeout, TimeProvider.System);

    /// <summary>Creates a group that the user owns; one that the user owns already is left as it is.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public Task CreateGroupAsync(string groupId, string name, CancellationToken cancellationToken) =>
        PostAsync<Group>("groups", new { groupId, name }, cancellationToken);

    /// <summary>How many members a group has.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public async Task<long> MemberCountAsync(string groupId, CancellationToken cancellationToken) =>
        (await CallAsync<Group>(HttpMethod.Get, $"groups/{groupId}", null, cancellationToken)).MemberCount;

    /// <summary>The first members.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public async Task<IReadOnlyList<Member>> MembersAsync(string groupId, int most, CancellationToken cancellationToken) =>
        (await CallAsync<MemberPage>(HttpMethod.Get, $"groups/{groupId}/members?pageSize={most}", null, cancellationToken)).Members;

    /// <summary>Adds users, and says how many of them were no members, and who of them has to join by itself.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public Task<MembersChanged> AddMembersAsync(string groupId, IEnumerable<string> userIds, CancellationToken cancellationToken) =>
        PostAsync<MembersChanged>($"groups/{groupId}/members", new { userIds }, cancellationToken);

    /// <summary>Makes the user, who left and was invited, a member again.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public Task JoinAsync(string groupId, CancellationToken cancellationToken) =>
        CallAsync<MembersChanged>(HttpMethod.Post, $"groups/{groupId}/members/me", null, cancellationToken);

    /// <summary>Removes users, and says how many of them were members.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public async Task<int> RemoveMembersAsync(string groupId, IEnumerable<string> userIds, CancellationToken cancellationToken) =>
        (await PostAsync<MembersChanged>($"groups/{groupId}/members/remove", new { userIds }, cancellationToken)).Changed;

    /// <summary>The newest messages, the newest first.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public async Task<IReadOnlyList<ChatMessage>> HistoryAsync(string groupId, int count, CancellationToken cancellationToken) =>
        (await CallAsync<HistoryPage>(HttpMethod.Get, $"groups/{groupId}/messages?limit={count}", null, cancellationToken)).Messages;

    /// <summary>Sends a message.</summary>
    /// <exception cref="ChatException">Refused, or no gateway answers.</exception>
    public Task<SendReceipt> SendAsync(string groupId, string clientMessageId, string body, CancellationToken cancellationToken) =>
        PostAsync<SendReceipt>($"groups/{groupId}/messages", new { clientMessageId, body }, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private Task<T> PostAsync<T>(string path, object body, CancellationToken cancellationToken) => CallAsync<T>(HttpMethod.Post, path, body, cancellationToken);

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

            if (!ChatException.IsTransient(refused.Code) || clock.GetElapsedTime(started) > patience)
            {
                throw refused;
            }

            _gateway++;
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private async Task<T> CallOnceAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        var gateway = gateways[_gateway % gateways.Count];
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(gateway, path));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token());
            request.Content = body is null ? null : JsonContent.Create(body, options: Json);
            using var response = await http.SendAsync(request, cancellationToken);
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
            throw new ChatException(ErrorCodes.Unavailable, $"No gateway answers. {gateway}: no answer within {http.Timeout.TotalSeconds:0} s", late);
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

        return new ChatException(
            code, code == ErrorCodes.Unauthenticated ? "The gateway refuses the token: it is expired, or of another system." : problem.Detail ?? code);
    }

    private static ChatException NoGateway(Uri gateway, Exception? cause) => new(ErrorCodes.NotFound, $"What answers at {gateway} is no gateway.", cause);

    /// <summary>A member of a group.</summary>
    internal sealed record Member(string UserId, string Role);

    /// <summary>What a change of members did.</summary>
    internal sealed record MembersChanged(int Changed, IReadOnlyList<string> Declined);

    private sealed record Group(long MemberCount);

    private sealed record MemberPage(IReadOnlyList<Member> Members);

    private sealed record Problem(string? Code, string? Detail);
}
