using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using ConnectChat.Gateway.Authentication;
using Microsoft.Extensions.Options;

namespace ConnectChat.Gateway.Landing;

/// <summary>The page at <c>/</c>: what this address is, and the lines that lead to a first message. It loads nothing from elsewhere.</summary>
internal sealed class LandingPage
{
    private readonly string _template;

    public LandingPage(IOptions<GatewayOptions> gateway, IOptions<UserAuthenticationOptions> authentication, IConfiguration configuration)
    {
        // The AppHost signs with a key of its own, which ./dev does not know.
        var underAppHost = configuration["Landing:Tokens"] == "dashboard";
        var style = Resource("landing.css");
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        ContentSecurityPolicy = $"default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        _template = Resource("landing.html")
            .Replace("{{style}}", style, StringComparison.Ordinal)
            .Replace("{{gateway}}", HtmlEncoder.Default.Encode(gateway.Value.Id), StringComparison.Ordinal)
            .Replace("{{token}}", WayToAToken(authentication.Value, underAppHost), StringComparison.Ordinal)
            .Replace(
                "{{chat}}",
                underAppHost ? "./dev chat --gateway {{address}} --token \"$TOKEN\" --group team" : "./dev chat --as anna --group team",
                StringComparison.Ordinal);
    }

    /// <summary>Allows this page's own style, known by its hash, and nothing else.</summary>
    public string ContentSecurityPolicy { get; }

    /// <summary>A text that is part of this assembly.</summary>
    public static string Resource(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);

        // One kind of line end whatever the checkout has: a browser hashes what it parsed.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>The page, with the address that the reader used filled in.</summary>
    public string Render(string address) => _template.Replace("{{address}}", HtmlEncoder.Default.Encode(address), StringComparison.Ordinal);

    // Tokens of a development key can be made on this machine, all others come from the issuer alone.
    private static string WayToAToken(UserAuthenticationOptions authentication, bool underAppHost) => string.IsNullOrEmpty(authentication.Authority)
        ? underAppHost
        ? """
          <p>In the AppHost's dashboard the command <q>Copy a token</q> of a gateway shows one for a user of your choice.</p>
          <pre><code>TOKEN=…</code></pre>
          """
        : """
          <p>Beside <code>./dev run</code>: <code>./dev token anna</code> prints a token for the user anna.
          In the AppHost's dashboard: the command <q>Copy a token</q> of a gateway.</p>
          <pre><code>TOKEN=$(./dev token anna)</code></pre>
          """
        : $"""
          <p>Tokens come from the issuer <code>{HtmlEncoder.Default.Encode(authentication.Authority)}</code>.</p>
          <pre><code>TOKEN=…</code></pre>
          """;
}
