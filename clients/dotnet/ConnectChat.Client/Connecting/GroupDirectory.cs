using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization;

namespace ConnectChat.Client.Connecting;

/// <summary>The groups that the user belongs to now, from <c>GET /groups</c> of a gateway.</summary>
internal static class GroupDirectory
{
    /// <summary>Reads all pages.</summary>
    /// <exception cref="HttpRequestException">The gateway does not answer, or refuses; 401 when it is the token.</exception>
    public static async Task<IReadOnlyList<string>> ReadAsync(
        HttpClient http, Uri endpoint, string token, CancellationToken cancellationToken)
    {
        var groups = new List<string>();
        string? page = null;
        do
        {
            var query = page is null ? "groups" : $"groups?pageToken={Uri.EscapeDataString(page)}";
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(endpoint, query));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            response.EnsureSuccessStatusCode();
            var answer = await response.Content.ReadFromJsonAsync<Page>(cancellationToken).ConfigureAwait(false)
                ?? throw new HttpRequestException("GET /groups answered null.", null, HttpStatusCode.OK);
            groups.AddRange(answer.Groups.Select(group => group.GroupId));
            page = answer.NextPageToken;
        }
        while (!string.IsNullOrEmpty(page));
        return groups;
    }

    internal sealed record Page(
        [property: JsonPropertyName("groups")] IReadOnlyList<Row> Groups,
        [property: JsonPropertyName("nextPageToken")] string? NextPageToken);

    internal sealed record Row([property: JsonPropertyName("groupId")] string GroupId);
}
