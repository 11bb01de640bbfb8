using Microsoft.AspNetCore.Mvc;

namespace ConnectChat.Gateway;

/// <summary>The largest request body of each route: what its largest legal content needs, however it is escaped. More is answered 413.</summary>
internal static class BodyLimits
{
    /// <summary>Where nothing else is said: a new group, whose name of 128 characters has 1.5 KiB with each escaped as <c>\uD800\uDC00</c>.</summary>
    public const int Default = 16 * 1024;

    /// <summary>1,000 user ids of 64 characters, each escaped as <c>\u0061</c>, have 380 KiB.</summary>
    public const int Members = 512 * 1024;

    /// <summary>The largest message body with every byte of it escaped as <c>\u0000</c> has 384 KiB.</summary>
    public const int Message = 512 * 1024;

    /// <summary>One post of a connection without a WebSocket: the largest message to the hub, and those that a client sends with it.</summary>
    public const int Hub = 2 * 1024 * 1024;

    /// <summary>Gives a route another limit than <see cref="Default"/>.</summary>
    public static TBuilder WithBodyLimit<TBuilder>(this TBuilder route, int bytes)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RequestSizeLimitAttribute(bytes));
}
