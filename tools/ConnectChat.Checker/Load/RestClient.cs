using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ConnectChat.Checker.Histories;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.Checker.Load;

/// <summary>A request that was refused with a code after which nobody tries again.</summary>
internal sealed class RequestRefusedException(string code) : Exception($"Refused: {code}")
{
    public string Code { get; } = code;
}

/// <summary>REST of the gateways as one user, read by hand: any gateway that answers, as often as it takes.</summary>
internal sealed class RestClient(IReadOnlyList<Uri> gateways, Func<string> token) : IDisposable
{
    private const int PageSize = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly string[] Transient = ["rate_limited", "too_many_connections", "overloaded", "unavailable", "internal"];

    private readonly HttpClient _http = LoopbackHttp.Client(TimeSpan.FromSeconds(15));
    private int _gateway = Random.Shared.Next(gateways.Count);

    /// <summary>A message as the hub and REST write it.</summary>
    public static MessageFacts FactsOf(JsonElement message) => new(
        message.GetProperty("sequence").GetInt64(),
        message.GetProperty("messageId").GetString()!,
        message.GetProperty("senderId").GetString()!,
        message.GetProperty("clientMessageId").GetString()!,
        message.GetProperty("membershipVersion").GetInt64(),
        Observer.Digest(message.GetProperty("body").GetString()!));

    /// <summary>Creates a group; its version.</summary>
    public async Task<long> CreateAsync(string group, CancellationToken cancellationToken) =>
        (await CallAsync(HttpMethod.Post, "groups", new { groupId = group, name = group }, cancellationToken)).GetProperty("version").GetInt64();

    /// <summary>Adds or removes users; the group's version afterwards.</summary>
    public async Task<long> ChangeAsync(string group, bool adds, IReadOnlyList<string> users, CancellationToken cancellationToken) =>
        (await CallAsync(HttpMethod.Post, $"groups/{group}/members{(adds ? "" : "/remove")}", new { userIds = users }, cancellationToken))
        .GetProperty("version").GetInt64();

    /// <summary>The user's groups.</summary>
    public async Task<IReadOnlyList<string>> GroupsAsync(CancellationToken cancellationToken) =>
    [
        .. (await CallAsync(HttpMethod.Get, "groups?pageSize=500", null, cancellationToken)).GetProperty("groups").EnumerateArray()
            .Select(group => group.GetProperty("groupId").GetString()!),
    ];

    /// <summary>History from a sequence on to its end.</summary>
    /// <exception cref="RequestRefusedException">The user is no member.</exception>
    public async Task<IReadOnlyList<MessageFacts>> HistoryAsync(string group, long after, CancellationToken cancellationToken)
    {
        var messages = new List<MessageFacts>();
        while (true)
        {
            var from = messages.Count == 0 ? after : messages[^1].Sequence;
            var page = await CallAsync(HttpMethod.Get, $"groups/{group}/messages?after={from}&limit={PageSize}", null, cancellationToken);
            messages.AddRange(page.GetProperty("messages").EnumerateArray().Select(FactsOf));
            if (page.GetProperty("endOfHistory").GetBoolean())
            {
                return messages;
            }
        }
    }

    /// <summary>What became of the user's own send.</summary>
    public async Task<(string Outcome, long? Sequence, string? Code)> OutcomeAsync(string group, string clientId, CancellationToken cancellationToken)
    {
        var path = $"groups/{group}/messages/outcomes?clientMessageId={Uri.EscapeDataString(clientId)}";
        var told = (await CallAsync(HttpMethod.Get, path, null, cancellationToken))[0];
        return (
            told.GetProperty("outcome").GetString()!,
            told.TryGetProperty("sequence", out var sequence) && sequence.ValueKind == JsonValueKind.Number ? sequence.GetInt64() : null,
            told.TryGetProperty("code", out var code) ? code.GetString() : null);
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> CallAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await CallOnceAsync(method, path, body, cancellationToken);
            }
            catch (Exception failed) when (Passes(failed) && !cancellationToken.IsCancellationRequested)
            {
                _gateway++;
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        }
    }

    private static bool Passes(Exception failed) => failed switch
    {
        RequestRefusedException refused => Transient.Contains(refused.Code),
        _ => failed is HttpRequestException or IOException or JsonException or OperationCanceledException,
    };

    private async Task<JsonElement> CallOnceAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(gateways[(int)((uint)_gateway % gateways.Count)], path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token());
        request.Content = body is null ? null : new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request, cancellationToken);
        using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        return response.IsSuccessStatusCode
            ? document.RootElement.Clone()
            : throw new RequestRefusedException(document.RootElement.TryGetProperty("code", out var code) ? code.GetString()! : "internal");
    }
}
