using ConnectChat.Gateway;
using ConnectChat.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ConnectChat.Tests.Gateway;

/// <summary>F9: an origin that no browser sends is refused at start, its key named, all of them at once.</summary>
public sealed class AllowedOriginsTests
{
    [Theory]
    [InlineData("https://chat.example.com/", "write 'https://chat.example.com'")]
    [InlineData("https://chat.example.com:443", "write 'https://chat.example.com'")]
    [InlineData("http://chat.example.com:80", "write 'http://chat.example.com'")]
    [InlineData("https://chat.example.com/app", "write 'https://chat.example.com'")]
    [InlineData("https://chat.example.com?a=b", "write 'https://chat.example.com'")]
    [InlineData("https://ann@chat.example.com", "write 'https://chat.example.com'")]
    [InlineData("HTTPS://Chat.Example.com", "write 'https://chat.example.com'")]
    [InlineData("https://bücher.example", "write 'https://xn--bcher-kva.example'")]
    [InlineData("chat.example.com", "write scheme and host")]
    [InlineData("chat.example.com:8443", "write scheme and host")]
    [InlineData("ftp://chat.example.com", "write scheme and host")]
    [InlineData("https://*.example.com", "write scheme and host")]
    [InlineData("*", "no *")]
    [InlineData("null", "write scheme and host")]
    [InlineData("", "write scheme and host")]
    [InlineData("https://a.example,https://b.example", "write scheme and host")]
    public void F9_what_no_browser_sends_is_refused_at_start_with_its_key(string origin, string advice)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Start("https://fine.example", origin));

        Assert.Contains($"Gateway:AllowedOrigins:1 is '{origin}'", refused.Message, StringComparison.Ordinal);
        Assert.Contains(advice, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void F9_all_errors_are_told_at_once_with_those_of_other_keys()
    {
        var refused = Assert.Throws<AggregateException>(() => Start(
            ("Gateway:AllowedOrigins:0", "*"), ("Gateway:AllowedOrigins:1", "x"), ("Gateway:MaximumConnections", "0")));

        Assert.Contains("Gateway:AllowedOrigins:0", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Gateway:AllowedOrigins:1", refused.Message, StringComparison.Ordinal);
        Assert.Contains("MaximumConnections", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void F9_what_browsers_send_is_taken() =>
        Start(
            "https://chat.example.com",
            "http://localhost:5173",
            "https://chat.example.com:8443",
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
            "https://xn--bcher-kva.example");

    private static void Start(params string[] origins) =>
        Start([.. origins.Select((origin, i) => ($"Gateway:AllowedOrigins:{i}", origin))]);

    private static void Start(params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:kafka"] = "127.0.0.1:1",
            ["Authentication:Key"] = GatewayHost.UserKey,
            ["InternalAuthentication:Key"] = GatewayHost.InternalKey,
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.AddServiceDefaults();
        builder.AddGateway();
        using var app = (IDisposable)builder.Build();

        // What the host does before it starts anything.
        ((WebApplication)app).Services.GetRequiredService<IStartupValidator>().Validate();
    }
}
