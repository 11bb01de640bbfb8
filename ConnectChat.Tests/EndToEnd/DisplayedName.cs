using ConnectChat.LocalCluster.Tracing;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>What the Aspire dashboard writes beside a span instead of its name (<c>OtlpSpan.GetDisplaySummary</c>, read at 13.6).</summary>
internal static class DisplayedName
{
    private const int Client = 3;
    private const int Consumer = 5;

    /// <summary>The text of a span's row.</summary>
    public static string Of(Span span)
    {
        if (span.Kind is < Client or > Consumer)
        {
            return span.Name;
        }

        return (Tag(span, "http.request.method"), Tag(span, "db.system"), Tag(span, "rpc.system"), Tag(span, "messaging.system")) switch
        {
            ({ Length: > 0 } method, _, _, _) => $"HTTP {method}",
            (_, { Length: > 0 } store, _, _) => $"DATA {store} {span.Name}",
            (_, _, { Length: > 0 }, _) => $"RPC {Tag(span, "rpc.service")}/{Tag(span, "rpc.method")}",
            (_, _, _, { Length: > 0 } system) => $"MSG {system} {Tag(span, "messaging.operation")} {Tag(span, "messaging.destination.name")}",
            _ => span.Name,
        };
    }

    private static string Tag(Span span, string name) => span.Tags.GetValueOrDefault(name, "");
}
