using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Tests.Infrastructure;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Tests.Gateway;

[UsesGivenKafka]
public sealed class RefusalTests(KafkaFixture kafka)
{
    [Fact(Timeout = 60_000)]
    public async Task Only_a_valid_token_for_this_service_opens_a_connection()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        var none = Base64("""{"alg":"none","typ":"JWT"}""") + "." + Base64("""{"sub":"ann","iss":"connectchat","aud":"connectchat","exp":4102444800}""") + ".";
        string?[] bad =
        [
            null,
            "nonsense",
            none,
            GatewayHost.Token("ann", lifetime: TimeSpan.FromMinutes(-1)),
            GatewayHost.Token("ann", key: "a-different-key-of-32-characters-or-more"),
            GatewayHost.Token("ann", audience: "connectchat-internal"),
            GatewayHost.Token("ann", issuer: "someone-else"),
            GatewayHost.Token("not an id"),
        ];
        foreach (var token in bad)
        {
            using var http = gateway.Http(token);
            foreach (var path in new[] { $"{HubContract.Path}/negotiate?negotiateVersion=1", "/groups" })
            {
                using var response = await http.PostAsJsonAsync(path, new { name = "x" }, TestContext.Current.CancellationToken);
                await AssertProblemAsync(response, HttpStatusCode.Unauthorized, ErrorCodes.Unauthenticated);
            }
        }

        using var drain = await gateway.Http(GatewayHost.Token("ann")).PostAsync("/admin/drain", null, TestContext.Current.CancellationToken);
        await AssertProblemAsync(drain, HttpStatusCode.Unauthorized, ErrorCodes.Unauthenticated);
        await using var good = await gateway.ConnectAsync("ann");

        static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_ends_when_its_token_expires()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        await using var ann = await gateway.ConnectAsync("ann", token: GatewayHost.Token("ann", lifetime: TimeSpan.FromSeconds(2)));
        await ann.Closed.Task.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => gateway.Connections.Count == 0);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refused_send_says_why_and_the_connection_stays(bool messagePack)
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        await using var ann = await gateway.ConnectAsync("ann", messagePack);
        await RefusedAsync(ErrorCodes.MalformedIdentifier, "g#", "c", "x");
        await RefusedAsync(ErrorCodes.MalformedIdentifier, "g", "", "x");
        await RefusedAsync(ErrorCodes.MalformedIdentifier, null, "c", "x");
        await RefusedAsync(ErrorCodes.BodyEmpty, "g", "c", "");
        await RefusedAsync(ErrorCodes.BodyEmpty, "g", "c", null);
        await RefusedAsync(ErrorCodes.BodyTooLarge, "g", "c", new string('x', Limits.BodyBytes + 1));
        await RefusedAsync(ErrorCodes.BodyTooLarge, "g", "c", new string('界', (Limits.BodyBytes / 3) + 1));
        await RefusedAsync(ErrorCodes.MalformedRequest, "g", "c", 7);
        await RefusedAsync(ErrorCodes.MalformedRequest, "g", "c");
        await RefusedAsync(ErrorCodes.MalformedRequest, "g", new[] { "c" }, "x");

        var receipt = await ann.CallAsync<SendReceipt>(HubContract.SendMessage, "g", "c", new string('x', Limits.BodyBytes));
        Assert.Equal("c", receipt.ClientMessageId);

        async Task RefusedAsync(string code, params object?[] arguments)
        {
            var refusal = await Assert.ThrowsAsync<HubException>(() => ann.CallAsync<SendReceipt>(HubContract.SendMessage, arguments));
            Assert.Contains($"HubException: {code}: ", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Text_that_is_no_unicode_is_refused_in_json_and_the_connection_stays()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var raw = await RawClient.ConnectAsync(gateway, "ann");

        // An escaped surrogate without its other half, and invalid UTF-8. The latter in a binary frame: in a text frame the WebSocket
        // itself must close (RFC 6455).
        await raw.SendAsync("""{"type":1,"invocationId":"1","target":"SendMessage","arguments":["g","c","\ud800"]}""" + RawClient.End);
        Assert.Contains("HubException: invalid_text: ", await AnswerAsync("1"), StringComparison.Ordinal);
        byte[] invalid = [.. """{"type":1,"invocationId":"2","target":"SendMessage","arguments":["g","c","a"""u8, 0xff, 0xfe, .. "\"]}"u8, (byte)RawClient.End];
        await raw.SendAsync(invalid, WebSocketMessageType.Binary);
        Assert.Contains("HubException: invalid_text: ", await AnswerAsync("2"), StringComparison.Ordinal);
        await raw.SendAsync("""{"type":1,"invocationId":"3","target":"NoSuchMethod","arguments":[]}""" + RawClient.End);
        Assert.Contains("HubException: malformed_request: ", await AnswerAsync("3"), StringComparison.Ordinal);
        await raw.SendAsync("""{"type":1,"invocationId":"4","target":"SendMessage","arguments":["g","c","fine"]}""" + RawClient.End);
        Assert.Contains("acceptedAt", await AnswerAsync("4"), StringComparison.Ordinal);

        async Task<string> AnswerAsync(string id)
        {
            while (true)
            {
                var answer = await raw.ReceiveAsync();
                if (answer.Contains($"\"invocationId\":\"{id}\"", StringComparison.Ordinal))
                {
                    return answer;
                }
            }
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Text_that_is_no_unicode_is_refused_in_messagepack_and_the_connection_stays()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var raw = await RawClient.ConnectAsync(gateway, "ann", "messagepack");

        // [1, {}, "1", "SendMessage", ["g", "c", <bytes ff fe>], []], with its length in front. Then the same with good text.
        Assert.Contains("HubException: invalid_text: ", await CallAsync([0xff, 0xfe]), StringComparison.Ordinal);
        Assert.Contains("HubException: invalid_text: ", await CallAsync([0xed, 0xa0]), StringComparison.Ordinal);
        Assert.Contains("acceptedAt", await CallAsync([(byte)'h', (byte)'i']), StringComparison.Ordinal);

        async Task<string> CallAsync(byte[] body)
        {
            byte[] message =
                [0x96, 1, 0x80, 0xa1, (byte)'1', 0xab, .. "SendMessage"u8, 0x93, 0xa1, (byte)'g', 0xa1, (byte)'c', (byte)(0xa0 | body.Length), .. body, 0x90];
            await raw.SendAsync([(byte)message.Length, .. message], WebSocketMessageType.Binary);
            while (true)
            {
                var answer = Encoding.Latin1.GetString(await raw.ReceiveBytesAsync());
                if (answer.Contains("Exception", StringComparison.Ordinal) || answer.Contains("acceptedAt", StringComparison.Ordinal))
                {
                    return answer;
                }
            }
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Too_many_sends_are_rate_limited()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Gateway:SendBurst", "3"), ("Gateway:SendsPerSecond", "1"));
        await using var ann = await gateway.ConnectAsync("ann");
        for (var i = 0; i < 3; i++)
        {
            await ann.CallAsync<SendReceipt>(HubContract.SendMessage, "g", $"c{i}", "x");
        }

        var refusal = await Assert.ThrowsAsync<HubException>(() => ann.CallAsync<SendReceipt>(HubContract.SendMessage, "g", "c4", "x"));
        Assert.Contains($"HubException: {ErrorCodes.RateLimited}: ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Rest_errors_are_problems_with_a_code()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        var group = $"g-{Guid.NewGuid():N}";
        using var ann = gateway.Http(GatewayHost.Token("ann"));
        var cancel = TestContext.Current.CancellationToken;
        using (var created = await ann.PostAsJsonAsync("/groups", new { groupId = group, name = "friends" }, cancel))
        {
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        }

        using (var added = await ann.PostAsJsonAsync($"/groups/{group}/members", new { userIds = new[] { "ben", "cid" } }, cancel))
        {
            Assert.Equal(3, (await added.Content.ReadFromJsonAsync<JsonElement>(cancel)).GetProperty("memberCount").GetInt64());
        }

        gateway.State.Write(group, "first");
        var history = await ann.GetFromJsonAsync<JsonElement>($"/groups/{group}/messages?after=0", cancel);
        Assert.Equal("first", history.GetProperty("messages")[0].GetProperty("body").GetString());
        Assert.Equal(3, (await ann.GetFromJsonAsync<JsonElement>($"/groups/{group}/members", cancel)).GetProperty("members").GetArrayLength());
        Assert.Contains(group, await ann.GetStringAsync("/groups", cancel), StringComparison.Ordinal);
        using (var removed = await ann.DeleteAsync($"/groups/{group}/members/cid", cancel))
        {
            Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        }

        await AssertProblemAsync(await ann.GetAsync("/groups/g%23x", cancel), HttpStatusCode.BadRequest, ErrorCodes.MalformedIdentifier);
        await AssertProblemAsync(await ann.GetAsync("/groups/unknown", cancel), HttpStatusCode.Forbidden, ErrorCodes.NotAMember);
        await AssertProblemAsync(await ann.GetAsync("/groups?pageSize=many", cancel), HttpStatusCode.BadRequest, ErrorCodes.MalformedRequest);
        await AssertProblemAsync(
            await ann.GetAsync($"/groups/{group}/messages?after=1&before=1", cancel), HttpStatusCode.BadRequest, ErrorCodes.MalformedRequest);
        await AssertProblemAsync(await ann.GetAsync("/nowhere", cancel), HttpStatusCode.NotFound, ErrorCodes.NotFound);
        await AssertProblemAsync(
            await ann.PostAsync("/groups", new StringContent("{", Encoding.UTF8, "application/json"), cancel),
            HttpStatusCode.BadRequest,
            ErrorCodes.MalformedRequest);
        await AssertProblemAsync(
            await ann.PostAsJsonAsync("/groups", new { name = " \u200b " }, cancel), HttpStatusCode.BadRequest, ErrorCodes.MalformedRequest);
        var many = new { userIds = Enumerable.Range(0, 1_001).Select(user => $"u{user}") };
        await AssertProblemAsync(await ann.PostAsJsonAsync($"/groups/{group}/members", many, cancel), HttpStatusCode.BadRequest, ErrorCodes.TooManyUsers);
        Assert.Contains("/groups/{groupId}/members", await ann.GetStringAsync("/openapi/v1.json", cancel), StringComparison.Ordinal);

        await gateway.Services.DisposeAsync();
        using var unavailable = await ann.GetAsync($"/groups/{group}", cancel);
        await AssertProblemAsync(unavailable, HttpStatusCode.ServiceUnavailable, ErrorCodes.Unavailable);
        Assert.NotNull(unavailable.Headers.RetryAfter);
    }

    internal static async Task AssertProblemAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == response.StatusCode, $"{response.RequestMessage?.RequestUri}: {response.StatusCode} {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(code, JsonDocument.Parse(text).RootElement.GetProperty("code").GetString());
    }
}
