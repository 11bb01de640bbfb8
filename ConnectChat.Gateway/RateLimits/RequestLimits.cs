using ConnectChat.Contracts;
using ConnectChat.Gateway.Errors;

namespace ConnectChat.Gateway.RateLimits;

/// <summary>
/// Limits REST requests before anything of them is read: so many of a user at the same time, and so many per second of those that are
/// marked as reads. A body that cannot be bound has been charged for as well.
/// </summary>
internal sealed class RequestLimits(RequestDelegate next, UserRateLimits limits)
{
    public Task InvokeAsync(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<LimitedRequest>() is { } limited
        ? LimitAsync(context, limited, context.User.FindFirst("sub")!.Value)
        : next(context);

    private async Task LimitAsync(HttpContext context, LimitedRequest limited, string userId)
    {
        using var place = limits.EnterRequest(userId);
        if (!place.IsAcquired || (limited.IsRead && !limits.TryRead(userId)))
        {
            await Problems.WriteAsync(context, new Refusal(ErrorCodes.RateLimited, "Too many requests; pause before the next."));
            return;
        }

        await next(context);
    }
}

/// <summary>Metadata of a route whose requests are limited. It must require an authenticated user.</summary>
/// <param name="IsRead">Whether each counts as a read; otherwise the route charges by itself.</param>
internal sealed record LimitedRequest(bool IsRead);
