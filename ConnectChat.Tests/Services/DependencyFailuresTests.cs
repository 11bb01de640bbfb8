using System.Net;
using System.Net.Sockets;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Confluent.Kafka;
using ConnectChat.Kafka;
using ConnectChat.ServiceDefaults;
using Grpc.Core;

namespace ConnectChat.Tests.Services;

/// <summary>What is down, busy or wrongly set up may answer later; what refuses this very request never will.</summary>
public sealed class DependencyFailuresTests
{
    [Theory]
    [InlineData(StatusCode.Unavailable, true)]
    [InlineData(StatusCode.DeadlineExceeded, true)]
    [InlineData(StatusCode.Internal, true)]
    [InlineData(StatusCode.Unauthenticated, true)]
    [InlineData(StatusCode.PermissionDenied, true)]
    [InlineData(StatusCode.InvalidArgument, false)]
    [InlineData(StatusCode.OutOfRange, false)]
    [InlineData(StatusCode.FailedPrecondition, false)]
    public void Another_service_refuses_for_ever_only_what_is_wrong_with_the_call(StatusCode status, bool transient) =>
        Assert.Equal(transient, DependencyFailures.IsTransient(new RpcException(new Status(status, ""))));

    [Theory]
    [InlineData("ThrottlingException", true)]
    [InlineData("AccessDeniedException", true)]
    [InlineData("ResourceNotFoundException", true)]
    [InlineData("ValidationException", false)]
    public void The_store_refuses_for_ever_only_what_is_malformed(string code, bool transient) => Assert.Equal(
        transient, DependencyFailures.IsTransient(new AmazonDynamoDBException("", ErrorType.Sender, code, "", HttpStatusCode.BadRequest)));

    [Fact]
    public void A_network_that_fails_and_a_store_that_is_busy_may_answer_later() => Assert.All<Exception>(
        [
            new HttpRequestException(), new IOException(), new SocketException(), new TimeoutException(), new TaskCanceledException(),
            new AmazonClientException(""), new TransactionConflictException("") { ErrorCode = "TransactionConflictException" },
        ],
        exception => Assert.True(DependencyFailures.IsTransient(exception)));

    [Fact]
    public void A_fault_of_the_program_does_not_mend_itself() =>
        Assert.False(DependencyFailures.IsTransient(new InvalidOperationException()));

    [Theory]
    [InlineData(ErrorCode.Local_MsgTimedOut, true)]
    [InlineData(ErrorCode.TopicAuthorizationFailed, true)]
    [InlineData(ErrorCode.UnknownTopicOrPart, true)]
    [InlineData(ErrorCode.MsgSizeTooLarge, false)]
    [InlineData(ErrorCode.RecordListTooLarge, false)]
    [InlineData(ErrorCode.InvalidRecord, false)]
    public void Kafka_refuses_for_ever_only_a_record_that_it_cannot_take(ErrorCode code, bool transient) =>
        Assert.Equal(transient, KafkaFailures.IsTransient(new KafkaException(code)));
}
