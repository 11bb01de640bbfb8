using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using ConnectChat.LocalCluster.Topologies;

namespace ConnectChat.LocalCluster.Demo;

/// <summary>The gateway's REST API, as the owner of a group. Waits out refusals that pass.</summary>
internal sealed class DemoApi(Uri gateway, string token) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly HttpClient _http = Create(gateway, token);

    public Task CreateGroupAsync(string groupId, CancellationToken cancellationToken) =>
        PostAsync("groups", new { groupId, name = "Demo" }, cancellationToken);

    public Task AddMembersAsync(string groupId, IEnumerable<string> userIds, CancellationToken cancellationToken) =>
        PostAsync($"groups/{groupId}/members", new { userIds }, cancellationToken);

    public void Dispose() => _http.Dispose();

    private static HttpClient Create(Uri gateway, string token)
    {
        var http = LoopbackHttp.Client(TimeSpan.FromMinutes(2), gateway);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private async Task PostAsync(string path, object body, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var response = await _http.PostAsJsonAsync(path, body, cancellationToken);
            if (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
            {
                await Task.Delay(Pause, cancellationToken);
                continue;
            }

            if (!response.IsSuccessStatusCode)
            {
                throw new CommandException($"POST /{path} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}");
            }

            return;
        }
    }
}
