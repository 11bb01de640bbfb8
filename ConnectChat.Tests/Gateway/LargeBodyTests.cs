using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Gateway;

/// <summary>R5: what a request may make a gateway read is bounded per route, and nothing is read for nothing.</summary>
[UsesGivenKafka]
public sealed class LargeBodyTests(KafkaFixture kafka)
{
    private const long Bound = 200L << 20;
    private const int Bodies = 50;
    private const int BodyBytes = 30 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("/groups")]
    [InlineData("/groups/g/members")]
    [InlineData("/groups/g/messages")]
    [InlineData($"{HubContract.Path}?id=x")]
    [InlineData($"{HubContract.Path}/negotiate?negotiateVersion=1")]
    public async Task R5_fifty_bodies_of_30_MB_at_the_same_time_leave_memory_as_it_was(string path)
    {
        await using var services = await FakeServices.StartAsync(TestContext.Current.CancellationToken);
        await using var gateway = await GatewayProcess.StartAsync(kafka, services, FreePort.Next());
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Address) };

        var (_, before, most) = await gateway.MemoryWhileAsync(
            () => Task.WhenAll(Enumerable.Range(0, Bodies).Select(user => PostAsync(http, path, $"u{user}"))));

        Assert.InRange(most - before, long.MinValue, Bound);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("/groups", 20_000)]
    [InlineData("/groups/g/members", 600_000)]
    [InlineData("/groups/g/members/remove", 600_000)]
    public async Task R5_a_body_above_the_limit_of_its_route_is_refused(string path, int bytes)
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var ann = gateway.Http(GatewayHost.Token("ann"));

        using var content = new StringContent(new string(' ', bytes), Encoding.UTF8, "application/json");

        await RefusalTests.AssertProblemAsync(await ann.PostAsync(path, content, Token), HttpStatusCode.RequestEntityTooLarge, ErrorCodes.BodyTooLarge);
    }

    [Fact(Timeout = 60_000)]
    public async Task R5_the_largest_legal_bodies_are_not_refused()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var ann = gateway.Http(GatewayHost.Token("ann"));
        var group = $"g-{Guid.NewGuid():N}{Guid.NewGuid():N}"[..Limits.IdentifierLength];
        var name = string.Concat(Enumerable.Repeat(@"\ud83d\ude00", Limits.GroupNameLength));
        using var created = await ann.PostAsync("/groups", Json($$"""{"groupId":"{{group}}","name":"{{name}}"}"""), Token);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);

        var ids = Enumerable.Range(0, Limits.MembersPerChange).Select(user =>
            $"\"{string.Concat($"u{user}".PadRight(Limits.IdentifierLength, 'x').Select(letter => $"\\u{(int)letter:x4}"))}\"");
        using var added = await ann.PostAsync($"/groups/{group}/members", Json($$"""{"userIds":[{{string.Join(',', ids)}}]}"""), Token);
        Assert.Equal(HttpStatusCode.OK, added.StatusCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("/groups", HttpStatusCode.BadRequest, "Gateway:ReadBurst", "Gateway:ReadsPerSecond")]
    [InlineData($"{HubContract.Path}/negotiate?negotiateVersion=1", HttpStatusCode.OK, "Gateway:ConnectBurst", "Gateway:ConnectsPerSecond")]
    public async Task R5_malformed_bodies_and_negotiations_are_charged_for(string path, HttpStatusCode within, string burst, string perSecond)
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, (burst, "3"), (perSecond, "1"));
        using var ann = gateway.Http(GatewayHost.Token("ann"));
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 10; i++)
        {
            using var answer = await ann.PostAsync(path, Json("{"), Token);
            statuses.Add(answer.StatusCode);
        }

        Assert.All(statuses.Take(3), status => Assert.Equal(within, status));
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
        using var ben = gateway.Http(GatewayHost.Token("ben"));
        using var other = await ben.PostAsync(path, Json("{"), Token);
        Assert.Equal(within, other.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task R5_one_user_has_so_many_requests_at_the_same_time()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Gateway:ConcurrentRequests", "1"));
        using var ann = gateway.Http(GatewayHost.Token("ann"));
        gateway.State.Join("g", "ann");
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.State.BeforeRead = _ =>
        {
            asked.TrySetResult();
            return answer.Task;
        };
        var slow = ann.GetAsync("/groups/g/messages", Token);
        await asked.Task.WaitAsync(Eventually.Deadline, Token);

        await RefusalTests.AssertProblemAsync(await ann.GetAsync("/groups", Token), HttpStatusCode.TooManyRequests, ErrorCodes.RateLimited);
        await RefusalTests.AssertProblemAsync(
            await ann.PostAsJsonAsync("/groups/g/messages", new { body = "x" }, Token), HttpStatusCode.TooManyRequests, ErrorCodes.RateLimited);
        answer.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await slow).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ann.GetAsync("/groups", Token)).StatusCode);
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static async Task<bool> PostAsync(HttpClient http, string path, string user)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new LongName() };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", GatewayHost.Token(user));
        try
        {
            using var answer = await http.SendAsync(request, Token);
            Assert.True((int)answer.StatusCode < 500, $"{answer.StatusCode}");
            return true;
        }
        catch (HttpRequestException)
        {
            // Refused before all of it was sent.
            return false;
        }
    }

    /// <summary>One very long name, of a length that is not told beforehand.</summary>
    private sealed class LongName : HttpContent
    {
        private static readonly byte[] Chunk = Encoding.ASCII.GetBytes(new string('x', 64 * 1024));

        public LongName() => Headers.ContentType = new MediaTypeHeaderValue("application/json");

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("{\"name\":\""u8.ToArray(), Token);
            for (var sent = 0; sent < BodyBytes; sent += Chunk.Length)
            {
                await stream.WriteAsync(Chunk, Token);
            }

            await stream.WriteAsync("\"}"u8.ToArray(), Token);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
