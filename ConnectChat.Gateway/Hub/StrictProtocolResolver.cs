using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace ConnectChat.Gateway.Hub;

/// <summary>Gives each connection a protocol of its own, so that what cannot be bound is known to be of that connection.</summary>
internal sealed class StrictProtocolResolver(IEnumerable<IHubProtocol> protocols) : IHubProtocolResolver
{
    public IReadOnlyList<IHubProtocol> AllProtocols { get; } = [.. protocols];

    // Null is the answer for a name that is not known, whatever the interface of this version says.
    [return: MaybeNull]
    public IHubProtocol GetProtocol(string protocolName, IReadOnlyList<string>? supportedProtocols) => AllProtocols
        .Where(protocol => supportedProtocols is null || supportedProtocols.Contains(protocol.Name, StringComparer.OrdinalIgnoreCase))
        .Where(protocol => string.Equals(protocol.Name, protocolName, StringComparison.OrdinalIgnoreCase))
        .Select(protocol => new StrictHubProtocol(protocol))
        .FirstOrDefault()!;
}
