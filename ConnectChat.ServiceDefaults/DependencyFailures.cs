using System.Net.Sockets;
using Amazon.Runtime;
using ConnectChat.ServiceDefaults.DynamoDb;
using ConnectChat.ServiceDefaults.Rpc;
using Grpc.Core;

namespace ConnectChat.ServiceDefaults;

/// <summary>
/// Tells a dependency that is down, busy or wrongly set up from a request that it will never take. The rule of each kind of dependency is
/// beside its client: <see cref="RpcErrors"/>, <see cref="DynamoDbErrors"/>, and <c>KafkaFailures</c> in the library for Kafka.
/// </summary>
public static class DependencyFailures
{
    /// <summary>
    /// True when the same call may succeed later: the network, or a dependency, failed. A missing permission or table counts as well: an
    /// operator mends it. A cancellation counts as a timeout; whether the caller itself cancelled, the caller knows.
    /// </summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        RpcException rpc => RpcErrors.IsTransient(rpc),
        AmazonServiceException or AmazonClientException => DynamoDbErrors.IsTransient(exception),
        OperationCanceledException or TimeoutException or HttpRequestException or IOException or SocketException => true,
        _ => false,
    };
}
