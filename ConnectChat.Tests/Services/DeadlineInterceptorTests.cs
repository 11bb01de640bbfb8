using ConnectChat.ServiceDefaults.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Time.Testing;

namespace ConnectChat.Tests.Services;

public sealed class DeadlineInterceptorTests
{
    private static readonly Marshaller<string> Text = Marshallers.StringMarshaller;

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));
    private readonly DeadlineInterceptor _interceptor;

    public DeadlineInterceptorTests() => _interceptor = new DeadlineInterceptor(TimeSpan.FromSeconds(5), _clock);

    [Fact]
    public void A_unary_call_without_a_deadline_gets_one() =>
        Assert.Equal(_clock.GetUtcNow().UtcDateTime.AddSeconds(5), DeadlineOfCall(new CallOptions()));

    [Fact]
    public void A_stream_without_a_deadline_gets_one() =>
        Assert.Equal(_clock.GetUtcNow().UtcDateTime.AddSeconds(5), DeadlineOfStream(new CallOptions()));

    [Fact]
    public void A_call_that_is_given_a_deadline_keeps_it()
    {
        var own = _clock.GetUtcNow().UtcDateTime.AddMinutes(1);

        Assert.Equal(own, DeadlineOfCall(new CallOptions(deadline: own)));
        Assert.Equal(own, DeadlineOfStream(new CallOptions(deadline: own)));
    }

    private DateTime? DeadlineOfCall(CallOptions options)
    {
        DateTime? deadline = null;
        _interceptor.AsyncUnaryCall("", Context(MethodType.Unary, options), (_, context) =>
        {
            deadline = context.Options.Deadline;
            return null!;
        });
        return deadline;
    }

    private DateTime? DeadlineOfStream(CallOptions options)
    {
        DateTime? deadline = null;
        _interceptor.AsyncServerStreamingCall("", Context(MethodType.ServerStreaming, options), (_, context) =>
        {
            deadline = context.Options.Deadline;
            return null!;
        });
        return deadline;
    }

    private static ClientInterceptorContext<string, string> Context(MethodType type, CallOptions options) =>
        new(new Method<string, string>(type, "service", "method", Text, Text), host: null, options);
}
