using ConnectChat.Contracts;
using ConnectChat.Contracts.Groups;
using ConnectChat.LocalCluster.Topologies;
using Grpc.Core;
using Grpc.Net.Client;

namespace ConnectChat.LocalCluster.Clients;

/// <summary>User numbers back to user ids, by asking Groups.</summary>
internal sealed class UserNames(string groupsAddress, Keys keys) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly GrpcChannel _channel = GrpcChannel.ForAddress(
        groupsAddress, new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { UseProxy = false }, DisposeHttpClient = true });

    /// <summary>The ids of those numbers that have one; null when Groups does not answer.</summary>
    public async Task<Dictionary<uint, string>?> DescribeAsync(IEnumerable<uint> numbers, CancellationToken cancellationToken)
    {
        var client = new Groups.GroupsClient(_channel);
        var headers = new Metadata { { "authorization", $"Bearer {UserTokens.ForService(keys.Services, Groups.Descriptor.FullName, TimeProvider.System)}" } };
        var names = new Dictionary<uint, string>();
        try
        {
            foreach (var some in numbers.Chunk(Limits.UsersPerLookup))
            {
                var reply = await client.DescribeUsersAsync(
                    new DescribeUsersRequest { UserNumbers = { some } },
                    headers,
                    TimeProvider.System.GetUtcNow().UtcDateTime + Deadline,
                    cancellationToken);
                foreach (var user in reply.Users)
                {
                    names[user.UserNumber] = user.UserId;
                }
            }

            return names;
        }
        catch (RpcException) when (!cancellationToken.IsCancellationRequested)
        {
            // Not there, or another program in its place: numbers are shown.
            return null;
        }
    }

    public void Dispose() => _channel.Dispose();
}
