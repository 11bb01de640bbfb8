using System.Threading.RateLimiting;
using ConnectChat.Contracts;
using ConnectChat.Gateway.Errors;
using Microsoft.Extensions.Options;
using SignalROptions = Microsoft.AspNetCore.Http.Connections.ConnectionOptions;

namespace ConnectChat.Gateway.Connections;

/// <summary>
/// The places for connections, of this gateway and of each user. Every connection holds one from its admission to its end, whatever its
/// transport; one that is negotiated holds it until it connects, or until SignalR has forgotten it.
/// </summary>
internal sealed class ConnectionPlaces(IOptions<ConnectionOptions> options, IOptions<SignalROptions> signalR, TimeProvider clock) : IDisposable
{
    // SignalR looks once a second for negotiated connections that nobody opened: until then they take memory.
    private readonly TimeSpan _negotiatedFor = (signalR.Value.DisconnectTimeout ?? TimeSpan.FromSeconds(15)) + TimeSpan.FromSeconds(2);

    private readonly ConcurrencyLimiter _gateway = new(new() { PermitLimit = options.Value.MaximumConnections });
    private readonly PartitionedRateLimiter<string> _users = PartitionedRateLimiter.Create<string, string>(user =>
        RateLimitPartition.GetConcurrencyLimiter(user, _ => new() { PermitLimit = options.Value.ConnectionsPerUser }));

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<ConnectionPlace>> _negotiated = new(StringComparer.Ordinal);

    /// <summary>A place, or why there is none: this user has as many as one user may, or the gateway is full.</summary>
    public Outcome<ConnectionPlace> Take(string userId)
    {
        var user = _users.AttemptAcquire(userId);
        if (!user.IsAcquired)
        {
            user.Dispose();
            return new Refusal(ErrorCodes.TooManyConnections, $"A user may have {options.Value.ConnectionsPerUser} connections to one gateway.");
        }

        var gateway = _gateway.AttemptAcquire();
        if (!gateway.IsAcquired)
        {
            user.Dispose();
            gateway.Dispose();
            return new Refusal(ErrorCodes.Overloaded, "This gateway has as many connections as it admits.");
        }

        return new ConnectionPlace(user, gateway);
    }

    /// <summary>A place for a connection that was negotiated: the one that was kept for it, unless it comes too late.</summary>
    public Outcome<ConnectionPlace> TakeNegotiated(string userId)
    {
        lock (_lock)
        {
            // Any of the user's kept places will do.
            if (_negotiated.GetValueOrDefault(userId) is [.., var kept])
            {
                Forget(userId, kept);
                return kept;
            }
        }

        return Take(userId);
    }

    /// <summary>Keeps a place for the connection that was just negotiated.</summary>
    public void Keep(string userId, ConnectionPlace place)
    {
        lock (_lock)
        {
            if (!_negotiated.TryGetValue(userId, out var kept))
            {
                _negotiated.Add(userId, kept = []);
            }

            kept.Insert(0, place);
        }

        _ = ExpireAsync(userId, place);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _gateway.Dispose();
        _users.Dispose();
    }

    private async Task ExpireAsync(string userId, ConnectionPlace place)
    {
        await Task.Delay(_negotiatedFor, clock);
        lock (_lock)
        {
            if (!Forget(userId, place))
            {
                return;
            }
        }

        place.Dispose();
    }

    // Under the lock. False when it was taken.
    private bool Forget(string userId, ConnectionPlace place)
    {
        if (!_negotiated.TryGetValue(userId, out var kept) || !kept.Remove(place))
        {
            return false;
        }

        if (kept.Count == 0)
        {
            _negotiated.Remove(userId);
        }

        return true;
    }
}
