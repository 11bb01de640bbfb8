using System.Net.Http.Json;
using System.Reflection;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Gateway.Hub;
using ConnectChat.LocalCluster.Topologies;
using ConnectChat.Tests.Infrastructure;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>
/// Who may do what (docs/security.md): every route of the gateway, every method of the hub and every method between services, as everybody. A new
/// one without a row fails here.
/// </summary>
[UsesGivenKafka]
[Collection(OneTopology.Name)]
public sealed class AuthorisationTests(TopologyFixture fixture, KafkaFixture kafka)
{
    private static readonly string[] Who = ["owner", "administrator", "member", "former", "stranger", "anonymous", "service"];

    // In the order of Who. {user} is somebody who is no member, so that no row changes another's ground.
    private static readonly (string Route, object? Body, int[] Status)[] Routes =
    [
        ("POST /groups/", new { name = "one more" }, [201, 201, 201, 201, 201, 401, 401]),
        ("GET /groups/", null, [200, 200, 200, 200, 200, 401, 401]),
        ("GET /groups/{groupId}", null, [200, 200, 200, 403, 403, 401, 401]),
        ("GET /groups/{groupId}/members", null, [200, 200, 200, 403, 403, 401, 401]),
        ("POST /groups/{groupId}/members", new { userIds = new[] { "{user}" } }, [200, 200, 403, 403, 403, 401, 401]),
        ("POST /groups/{groupId}/members/remove", new { userIds = new[] { "{user}" } }, [200, 200, 403, 403, 403, 401, 401]),
        ("DELETE /groups/{groupId}/members/{userId}", null, [200, 200, 403, 403, 403, 401, 401]),
        ("POST /groups/{groupId}/members/me", null, [200, 200, 200, 403, 403, 401, 401]),
        ("GET /me/invitations", null, [200, 200, 200, 200, 200, 401, 401]),
        ("DELETE /me/invitations/{groupId}", null, [204, 204, 204, 204, 204, 401, 401]),
        ("GET /me/blocks", null, [200, 200, 200, 200, 200, 401, 401]),
        ("PUT /me/blocks/users/{userId}", null, [204, 204, 204, 204, 204, 401, 401]),
        ("PUT /me/blocks/groups/{groupId}", null, [204, 204, 204, 204, 204, 401, 401]),
        ("DELETE /me/blocks/users/{userId}", null, [204, 204, 204, 204, 204, 401, 401]),
        ("DELETE /me/blocks/groups/{groupId}", null, [204, 204, 204, 204, 204, 401, 401]),
        ("GET /groups/{groupId}/messages", null, [200, 200, 200, 403, 403, 401, 401]),

        // Everybody may ask about what they sent themselves, also about what was refused because they are no member.
        ("GET /groups/{groupId}/messages/outcomes", null, [200, 200, 200, 200, 200, 401, 401]),

        // Whether the sender is a member is decided with the message's place in the group, and told afterwards (SendMessage below).
        ("POST /groups/{groupId}/messages", new { body = "hello" }, [202, 202, 202, 202, 202, 401, 401]),

        // Of operators alone, and on their port alone: the gateway would end here. GatewayProcessTests does it.
        ("POST /admin/drain", null, [401, 401, 401, 401, 401, 401, 401]),
        ("* /hubs/chat/negotiate", null, [200, 200, 200, 200, 200, 401, 401]),
        ("* /hubs/chat", null, [400, 400, 400, 400, 400, 401, 401]),
        ("GET,HEAD /", null, [200, 200, 200, 200, 200, 200, 200]),
        ("GET,HEAD /docs/protocol.md", null, [200, 200, 200, 200, 200, 200, 200]),
        ("GET /openapi/{documentName}.json", null, [200, 200, 200, 200, 200, 200, 200]),
        ("* /health", null, [200, 200, 200, 200, 200, 200, 200]),
        ("* /alive", null, [200, 200, 200, 200, 200, 200, 200]),
    ];

    private static readonly (string Method, bool[] Allowed)[] HubMethods =
    [
        (HubContract.SendMessage, [true, true, true, false, false]),
        (HubContract.Resume, [true, true, true, false, false]),
        (HubContract.GetHistory, [true, true, true, false, false]),
        (HubContract.GetOutcomes, [true, true, true, true, true]),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Every_route_and_every_method_of_the_hub_has_a_row()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        var routes = gateway.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(endpoint =>
            $"{Methods(endpoint)} {endpoint.RoutePattern.RawText}");
        Assert.Equal([], routes.Except(Routes.Select(row => row.Route)));

        var methods = typeof(ChatHub).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => !method.IsVirtual).Select(method => method.Name);
        Assert.Equal(methods.Order(), HubMethods.Select(row => row.Method).Order());
    }

    [Fact(Timeout = 120_000)]
    public async Task Every_route_answers_everybody_as_its_row_says()
    {
        await fixture.ReadyAsync(Token);
        var (users, group) = await GroupAsync();
        foreach (var (route, body, statuses) in Routes)
        {
            for (var i = 0; i < Who.Length; i++)
            {
                if (statuses[i] != 0)
                {
                    var status = await AskAsync(route, body, Who[i], users, group);
                    Assert.True(status == statuses[i], $"{route} as {Who[i]}: {status} instead of {statuses[i]}");
                }
            }
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Every_method_of_the_hub_answers_everybody_as_its_row_says()
    {
        await fixture.ReadyAsync(Token);
        var (users, group) = await GroupAsync();
        for (var i = 0; i < users.Count; i++)
        {
            await using var client = await fixture.ConnectPlainlyAsync(users[i], gateway: 0, Token);
            foreach (var (method, allowed) in HubMethods)
            {
                Assert.True(await MayAsync(client, method, group) == allowed[i], $"{method} as {Who[i]}");
            }
        }
    }

    [Theory(Timeout = 60_000)]
    [InlineData("anonymous")]
    [InlineData("user")]
    [InlineData("operator")]
    [InlineData("the other service's caller")]
    public async Task No_method_between_services_answers_anybody_but_a_service(string who)
    {
        await fixture.ReadyAsync(Token);
        var user = TopologyFixture.Users("outside", 1)[0];
        var key = Keys.Of(fixture.Data).Services;
        foreach (var (address, service, other) in new[]
        {
            (fixture.Topology.Groups, Contracts.Groups.Groups.Descriptor, Contracts.History.History.Descriptor),
            (fixture.Topology.Messaging, Contracts.History.History.Descriptor, Contracts.Groups.Groups.Descriptor),
        })
        {
            var token = who switch
            {
                "user" => fixture.Topology.TokenFor(user),
                "operator" => UserTokens.ForOperator(key, TimeProvider.System),
                "the other service's caller" => UserTokens.ForService(key, other.FullName, TimeProvider.System),
                _ => null,
            };
            var headers = token is null ? [] : new Metadata { { "authorization", $"Bearer {token}" } };
            using var channel = GrpcChannel.ForAddress(address);
            Assert.NotEmpty(service.Methods);
            foreach (var method in service.Methods)
            {
                var refused = await Assert.ThrowsAsync<RpcException>(() => CallAsync(channel, service, method, headers));
                var expected = who == "the other service's caller" ? StatusCode.PermissionDenied : StatusCode.Unauthenticated;
                Assert.True(refused.StatusCode == expected, $"{method.FullName} as {who}: {refused.StatusCode}");
            }
        }
    }

    private static string Methods(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { HttpMethods.Count: > 0 } methods ? string.Join(',', methods.HttpMethods.Order()) : "*";

    private static async Task CallAsync(GrpcChannel channel, Google.Protobuf.Reflection.ServiceDescriptor service, MethodDescriptor method, Metadata headers)
    {
        var bytes = Marshallers.Create<byte[]>(value => value, value => value);
        var raw = new Method<byte[], byte[]>(MethodType.Unary, service.FullName, method.Name, bytes, bytes);
        await channel.CreateCallInvoker().AsyncUnaryCall(raw, host: null, new CallOptions(headers, cancellationToken: Token), []);
    }

    private async Task<(List<string> Users, string Group)> GroupAsync()
    {
        var users = Who[..5].Select(role => $"{role}-{Guid.NewGuid():N}").ToList();
        var group = await fixture.CreateGroupAsync([users[0], users[2], users[3]], Token);
        using var owner = fixture.Http(users[0]);
        using var administrator = await owner.PostAsJsonAsync($"/groups/{group}/members", new { userIds = new[] { users[1] }, role = "Administrator" }, Token);
        using var former = await owner.DeleteAsync($"/groups/{group}/members/{users[3]}", Token);
        administrator.EnsureSuccessStatusCode();
        former.EnsureSuccessStatusCode();
        return (users, group);
    }

    private async Task<int> AskAsync(string route, object? body, string who, List<string> users, string group)
    {
        var parts = route.Split(' ');
        var path = parts[1].Replace("{groupId}", group, StringComparison.Ordinal).Replace("{userId}", $"nobody-{Guid.NewGuid():N}", StringComparison.Ordinal)
            .Replace("{documentName}", "v1", StringComparison.Ordinal);
        path += path.EndsWith("/outcomes", StringComparison.Ordinal) ? "?clientMessageId=order-7" : "";
        var any = path.EndsWith("negotiate", StringComparison.Ordinal) ? "POST" : "GET";
        using var request = new HttpRequestMessage(new HttpMethod(parts[0].Split(',')[0].Replace("*", any, StringComparison.Ordinal)), path);
        if (body is not null)
        {
            var text = System.Text.Json.JsonSerializer.Serialize(body).Replace("{user}", $"new-{Guid.NewGuid():N}", StringComparison.Ordinal);
            request.Content = new StringContent(text, System.Text.Encoding.UTF8, "application/json");
        }

        var token = who switch
        {
            "anonymous" => null,
            "service" => UserTokens.ForService(Keys.Of(fixture.Data).Services, Contracts.Groups.Groups.Descriptor.FullName, TimeProvider.System),
            _ => fixture.Topology.TokenFor(users[Array.IndexOf(Who, who)]),
        };
        request.Headers.Authorization = token is null ? null : new("Bearer", token);
        using var http = new HttpClient { BaseAddress = fixture.Topology.Gateways[0] };
        using var answer = await http.SendAsync(request, Token);
        return (int)answer.StatusCode;
    }

    private static async Task<bool> MayAsync(TestClient client, string method, string group)
    {
        switch (method)
        {
            case HubContract.SendMessage:
                var id = Guid.NewGuid().ToString("N");
                await client.CallAsync<SendReceipt>(method, group, id, "hello");
                return await Task.WhenAny(ShownAsync(client, id), client.RejectedAsync()) is Task<bool>;
            case HubContract.Resume:
                var result = Assert.Single(await client.ResumeAsync((group, 1_000_000)));
                return result.Code != ErrorCodes.NotAMember;
            case HubContract.GetOutcomes:
                return await client.CallAsync<SendOutcome[]>(method, group, new[] { "order-7" }) is [{ Outcome: SendOutcomes.Unknown }];
            default:
                try
                {
                    await client.CallAsync<HistoryPage>(method, group, new HistoryPosition { After = 0 }, 10);
                    return true;
                }
                catch (HubException refused) when (refused.Message.Contains($"HubException: {ErrorCodes.NotAMember}: ", StringComparison.Ordinal))
                {
                    return false;
                }
        }
    }

    private static async Task<bool> ShownAsync(TestClient client, string clientMessageId)
    {
        while ((await client.NextAsync()).ClientMessageId != clientMessageId)
        {
        }

        return true;
    }
}
