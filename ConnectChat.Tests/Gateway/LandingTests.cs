using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Gateway;

/// <summary>What someone sees who opens the address of a service.</summary>
[UsesGivenKafka]
public sealed partial class LandingTests(KafkaFixture kafka)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_gateways_address_opens_a_page_that_leads_to_a_first_message()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Gateway:Id", "gateway-<7>"));
        using var http = gateway.Http(null);
        using var answer = await http.GetAsync("/", Token);
        var page = await answer.Content.ReadAsStringAsync(Token);

        Assert.Equal(
            (HttpStatusCode.OK, "text/html", "utf-8"),
            (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, answer.Content.Headers.ContentType?.CharSet));
        Assert.Contains("gateway-&lt;7&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
        Assert.Contains("./dev token anna", page, StringComparison.Ordinal);
        Assert.Contains("Copy a token", page, StringComparison.Ordinal);
        Assert.Contains($"{gateway.Address}/groups/team/messages", page, StringComparison.Ordinal);
        var links = Links().Matches(page).Select(link => link.Groups[1].Value).Where(link => link != "data:,").ToList();
        Assert.Equal(["/openapi/v1.json", "/docs/protocol.md", "/health"], links);
        foreach (var link in links)
        {
            using var linked = await http.GetAsync(link, Token);
            Assert.Equal(HttpStatusCode.OK, linked.StatusCode);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task The_page_may_load_nothing_but_its_own_style()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var http = gateway.Http(null);
        using var answer = await http.GetAsync("/", Token);
        var page = await answer.Content.ReadAsStringAsync(Token);

        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        var style = Style().Match(page).Groups[1].Value;
        Assert.Contains($"style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("://", Regex.Replace(page, Regex.Escape(gateway.Address), ""), StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(" style=", page, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_host_that_is_no_host_name_does_not_get_into_the_lines_to_paste()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(gateway.Address).Port, Token);
        await using var stream = socket.GetStream();
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: a$(reboot)\r\nConnection: close\r\n\r\n"u8.ToArray(), Token);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var page = await reader.ReadToEndAsync(Token).WaitAsync(Eventually.Deadline, Token);

        Assert.StartsWith("HTTP/1.1 200", page, StringComparison.Ordinal);
        Assert.Contains($"http://localhost:{new Uri(gateway.Address).Port}/groups", page, StringComparison.Ordinal);
        Assert.DoesNotContain("reboot", page, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task With_an_issuer_the_page_names_it_instead_of_a_development_token()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Authentication:Key", ""), ("Authentication:Authority", "https://login.example.com"));
        using var http = gateway.Http(null);
        var page = await http.GetStringAsync("/", Token);
        Assert.Contains("https://login.example.com", page, StringComparison.Ordinal);
        Assert.DoesNotContain("./dev token", page, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_page_is_no_part_of_the_api()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka);
        using var http = gateway.Http(null);
        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/"), Token);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        var api = await http.GetStringAsync("/openapi/v1.json", Token);
        Assert.DoesNotContain("\"/\":", api, StringComparison.Ordinal);
        Assert.DoesNotContain("protocol.md\":", api, StringComparison.Ordinal);
    }

    [GeneratedRegex("href=\"([^\"]*)\"")]
    private static partial Regex Links();

    [GeneratedRegex("<style>(.*)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();
}
