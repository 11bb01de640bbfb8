using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace ConnectChat.Gateway.Landing;

/// <summary>For whoever opens a gateway's address in a browser, until the web client lives there. Anonymous; it says no secret.</summary>
internal static partial class LandingEndpoints
{
    public static void MapLanding(this IEndpointRouteBuilder routes)
    {
        string[] read = [HttpMethods.Get, HttpMethods.Head];
        routes.MapMethods("/", read, (HttpContext context, LandingPage page) => Show(context, page)).AllowAnonymous().ExcludeFromDescription();

        // Markdown that a browser shows instead of saving it.
        var protocol = LandingPage.Resource("protocol.md");
        routes.MapMethods("/docs/protocol.md", read, () => TypedResults.Text(protocol, "text/plain", Encoding.UTF8)).AllowAnonymous().ExcludeFromDescription();
    }

    private static ContentHttpResult Show(HttpContext context, LandingPage page)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = page.ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers[HeaderNames.CacheControl] = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        return TypedResults.Text(page.Render(Address(context)), "text/html", Encoding.UTF8);
    }

    // The lines are there to be pasted into a shell. A host with other characters than a host name has is not repeated.
    private static string Address(HttpContext context)
    {
        var host = context.Request.Host.Value ?? "";
        return PlainHost().IsMatch(host)
            ? $"{context.Request.Scheme}://{host}"
            : $"{context.Request.Scheme}://localhost:{context.Connection.LocalPort}";
    }

    [GeneratedRegex(@"\A(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlainHost();
}
