using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Contracts.Records;
using ConnectChat.Gateway.Telemetry;
using ConnectChat.ServiceDefaults.Telemetry;
using ConnectChat.Tests.Infrastructure;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Tests.Gateway;

/// <summary>POST /groups/{groupId}/messages: for servers and scripts, by the rules of SendMessage.</summary>
[UsesGivenKafka]
public sealed class RestSendTests(KafkaFixture kafka)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_posted_message_is_accepted_as_one_of_the_hub_is()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var incoming = new TopicReader(kafka.BootstrapServers, Topics.Incoming);
        using var http = gateway.Http(GatewayHost.Token("ann"));
        await using var ann = await gateway.ConnectAsync("ann");
        var group = $"posted-{Guid.NewGuid():N}";

        using var answer = await http.PostAsJsonAsync($"/groups/{group}/messages", new { clientMessageId = "c1", body = "hello" }, Token);
        await ann.CallAsync<SendReceipt>(HubContract.SendMessage, group, "c2", "hello");

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var receipt = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal(["clientMessageId", "acceptedAt"], receipt.EnumerateObject().Select(property => property.Name));
        var records = await incoming.WaitAsync(group, found => found.Count == 2, Token);
        var (posted, called) = (Parse(0), Parse(1));
        Assert.Equal(("c1", "ann", "hello"), (posted.ClientMessageId, posted.SenderId, posted.Body));
        Assert.Equal(
            (receipt.GetProperty("clientMessageId").GetString(), receipt.GetProperty("acceptedAt").GetInt64()),
            (posted.ClientMessageId, posted.AcceptedAtUnixMs));
        Assert.Equal(gateway.State.Number("ann"), posted.SenderNumber);
        (called.ClientMessageId, called.AcceptedAtUnixMs) = (posted.ClientMessageId, posted.AcceptedAtUnixMs);
        Assert.Equal(called, posted);

        IncomingEvent Parse(int record) => IncomingEvent.Parser.ParseFrom(records[record].Message.Value);
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_a_client_message_id_each_call_is_a_message_of_its_own()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var http = gateway.Http(GatewayHost.Token("ann"));
        var first = await PostAsync("""{"body":"x"}""");
        var second = await PostAsync("""{"clientMessageId":null,"body":"x"}""");
        Assert.True(Identifier.IsValid(first));
        Assert.True(Identifier.IsValid(second));
        Assert.NotEqual(first, second);

        async Task<string?> PostAsync(string message)
        {
            using var answer = await http.PostAsync("/groups/g/messages", Json(message), Token);
            return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<SendReceipt>(JsonSerializerOptions.Web, Token))!.ClientMessageId;
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task What_the_hub_refuses_is_refused_with_the_same_code()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var http = gateway.Http(GatewayHost.Token("ann"));
        var long64 = new string('i', Limits.IdentifierLength + 1);
        await RefusedAsync(HttpStatusCode.BadRequest, ErrorCodes.MalformedIdentifier, """{"clientMessageId":"","body":"x"}""");
        await RefusedAsync(HttpStatusCode.BadRequest, ErrorCodes.MalformedIdentifier, $$"""{"clientMessageId":"{{long64}}","body":"x"}""");
        await RefusedAsync(HttpStatusCode.BadRequest, ErrorCodes.MalformedIdentifier, """{"clientMessageId":"c","body":"x"}""", "g%23x");
        await RefusedAsync(HttpStatusCode.BadRequest, ErrorCodes.BodyEmpty, """{"clientMessageId":"c","body":""}""");
        await RefusedAsync(HttpStatusCode.BadRequest, ErrorCodes.BodyEmpty, """{"clientMessageId":"c","body":null}""");
        await RefusedAsync(HttpStatusCode.BadRequest, ErrorCodes.BodyEmpty, """{"clientMessageId":"c"}""");
        await RefusedAsync(HttpStatusCode.RequestEntityTooLarge, ErrorCodes.BodyTooLarge, Body(new string('x', Limits.BodyBytes + 1)));
        await RefusedAsync(HttpStatusCode.RequestEntityTooLarge, ErrorCodes.BodyTooLarge, Body(new string('界', (Limits.BodyBytes / 3) + 1)));
        await RefusedAsync(HttpStatusCode.BadRequest, ErrorCodes.InvalidText, Body("\\ud800"));
        await RefusedAsync(HttpStatusCode.BadRequest, ErrorCodes.InvalidText, Body("a\u00ff\u00fe"), encoding: Encoding.Latin1);
        string[] bodies =
        [
            "", "{", "null", "[]", "7", """{"body":7}""", """{"body":{}}""", """{"body":"x"} more""", """{"\ud800":1}""", new string('[', 1_000),
        ];
        foreach (var malformed in bodies)
        {
            await RefusedAsync(HttpStatusCode.BadRequest, ErrorCodes.MalformedRequest, malformed);
        }

        using (var form = await http.PostAsync("/groups/g/messages", new StringContent("body=x", Encoding.UTF8, "application/x-www-form-urlencoded"), Token))
        {
            await RefusalTests.AssertProblemAsync(form, HttpStatusCode.UnsupportedMediaType, ErrorCodes.MalformedRequest);
        }

        using var anonymous = gateway.Http(null);
        using (var unknown = await anonymous.PostAsync("/groups/g/messages", Json(Body("x")), Token))
        {
            await RefusalTests.AssertProblemAsync(unknown, HttpStatusCode.Unauthorized, ErrorCodes.Unauthenticated);
        }

        // The largest there is, with every byte escaped.
        using var largest = await http.PostAsync("/groups/g/messages", Json(Body(string.Concat(Enumerable.Repeat("\\u0001", Limits.BodyBytes)))), Token);
        Assert.Equal(HttpStatusCode.Accepted, largest.StatusCode);

        async Task RefusedAsync(HttpStatusCode status, string code, string message, string group = "g", Encoding? encoding = null)
        {
            using var content = Json(message, encoding);
            using var answer = await http.PostAsync($"/groups/{group}/messages", content, Token);
            await RefusalTests.AssertProblemAsync(answer, status, code);
        }
    }

    [Theory(Timeout = 60_000)]
    [InlineData("Content-Length: 31457280")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task A_request_larger_than_any_message_is_refused_before_it_is_read(string length)
    {
        const int Sent = 600 * 1024;
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(gateway.Address).Port, Token);
        await using var stream = socket.GetStream();
        var head = $"POST /groups/g/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {GatewayHost.Token("ann")}\r\n"
            + $"Content-Type: application/json\r\n{length}\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), Token);
        if (length.EndsWith("chunked", StringComparison.Ordinal))
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{Sent:x}\r\n"), Token);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Body(new string('x', Sent))).AsMemory(0, Sent), Token);
        }

        // Neither request ends: what answers has not waited for the rest.
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var answer = new StringBuilder();
        while (!answer.ToString().Contains("\"code\"", StringComparison.Ordinal))
        {
            answer.AppendLine(await reader.ReadLineAsync(Token).AsTask().WaitAsync(Eventually.Deadline, Token));
        }

        Assert.StartsWith("HTTP/1.1 413", answer.ToString(), StringComparison.Ordinal);
        Assert.Contains("\"code\":\"body_too_large\"", answer.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Hub_and_rest_share_one_rate_and_refused_sends_count()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Gateway:SendBurst", "3"), ("Gateway:SendsPerSecond", "1"));
        using var http = gateway.Http(GatewayHost.Token("ann"));
        await using var ann = await gateway.ConnectAsync("ann");
        await ann.CallAsync<SendReceipt>(HubContract.SendMessage, "g", "c1", "x");
        using (var malformed = await http.PostAsync("/groups/g/messages", Json("{"), Token))
        {
            await RefusalTests.AssertProblemAsync(malformed, HttpStatusCode.BadRequest, ErrorCodes.MalformedRequest);
        }

        await Assert.ThrowsAsync<HubException>(() => ann.CallAsync<SendReceipt>(HubContract.SendMessage, "g#", "c3", "x"));

        using var limited = await http.PostAsync("/groups/g/messages", Json(Body("x")), Token);
        await RefusalTests.AssertProblemAsync(limited, HttpStatusCode.TooManyRequests, ErrorCodes.RateLimited);
        Assert.NotNull(limited.Headers.RetryAfter);
        Assert.True(limited.Headers.CacheControl?.NoStore);
        var refusal = await Assert.ThrowsAsync<HubException>(() => ann.CallAsync<SendReceipt>(HubContract.SendMessage, "g", "c4", "x"));
        Assert.Contains($"HubException: {ErrorCodes.RateLimited}: ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_sender_whose_number_cannot_be_learned_is_told_to_try_again()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        await gateway.Services.DisposeAsync();
        using var http = gateway.Http(GatewayHost.Token($"new-{Guid.NewGuid():N}"));
        using var answer = await http.PostAsync("/groups/g/messages", Json(Body("x")), Token);
        await RefusalTests.AssertProblemAsync(answer, HttpStatusCode.ServiceUnavailable, ErrorCodes.Unavailable);
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_posted_message_begins_a_trace_of_its_own_that_says_how_large_the_group_is()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        var group = $"sized-{Guid.NewGuid():N}";
        gateway.State.Join(group, "ann", "ben", "cid");
        await using var ben = await gateway.ConnectAsync("ben");
        await gateway.SayAsync(group);
        await ben.NextAsync();
        var (begun, ended) = (new ConcurrentQueue<int?>(), new ConcurrentQueue<Activity>());
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is GatewayTelemetry.Name or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> creation) =>
            {
                // What a sampler is shown, and not what is added later.
                var tags = creation.Tags?.ToDictionary() ?? [];
                if (creation.Name == "POST /groups/{groupId}/messages" && group.Equals(tags.GetValueOrDefault("connectchat.group.id")))
                {
                    begun.Enqueue((int?)tags.GetValueOrDefault(TelemetryExtensions.GroupSize));
                }

                return ActivitySamplingResult.AllDataAndRecorded;
            },
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        using var http = gateway.Http(GatewayHost.Token("ann"));
        http.DefaultRequestHeaders.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        using var answer = await http.PostAsync($"/groups/{group}/messages", Json(Body("x")), Token);
        using var refused = await http.PostAsync($"/groups/{group}/messages", Json(Body("")), Token);

        Assert.Equal([3, 3], begun);
        var send = await EndedAsync(span => span.OperationName == $"send {Topics.Incoming}" && group.Equals(span.GetTagItem("connectchat.group.id")));
        var call = await EndedAsync(span => span.SpanId == send.ParentSpanId);
        Assert.Equal(("POST /groups/{groupId}/messages", ActivityKind.Server, default(ActivitySpanId)), (call.OperationName, call.Kind, call.ParentSpanId));
        Assert.NotEqual("0af7651916cd43dd8448eb211c80319c", call.TraceId.ToHexString());
        var refusal = await EndedAsync(span => ErrorCodes.BodyEmpty.Equals(span.GetTagItem("error.type"))
            && group.Equals(span.GetTagItem("connectchat.group.id")));
        Assert.Equal(ActivityStatusCode.Unset, refusal.Status);

        async Task<Activity> EndedAsync(Func<Activity, bool> wanted)
        {
            await Eventually.TrueAsync(() => ended.Any(wanted));
            return ended.First(wanted);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task It_is_described()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var http = gateway.Http(null);
        var api = await http.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Token);
        var post = api.GetProperty("paths").GetProperty("/groups/{groupId}/messages").GetProperty("post");
        Assert.Equal(
            ["202", "400", "401", "413", "415", "429", "500", "503"],
            post.GetProperty("responses").EnumerateObject().Select(response => response.Name).Order());
        Assert.EndsWith("/NewMessage", Schema(post.GetProperty("requestBody")), StringComparison.Ordinal);
        Assert.EndsWith("/SendReceipt", Schema(post.GetProperty("responses").GetProperty("202")), StringComparison.Ordinal);

        static string? Schema(JsonElement described) =>
            described.GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString();
    }

    private static string Body(string escaped) => $$"""{"clientMessageId":"c","body":"{{escaped}}"}""";

    private static ByteArrayContent Json(string message, Encoding? encoding = null) => new((encoding ?? Encoding.UTF8).GetBytes(message))
    {
        Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
    };
}
