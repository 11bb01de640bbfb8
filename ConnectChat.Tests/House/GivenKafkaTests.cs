using ConnectChat.Tests.Events;
using ConnectChat.Tests.Infrastructure;
using ConnectChat.Tests.Messaging;
using NetArchTest.Rules;

namespace ConnectChat.Tests.House;

/// <summary>Whoever tests on the broker of the run says so, and runs once more on real Kafka.</summary>
public sealed class GivenKafkaTests
{
    private static readonly string[] Given =
        [.. new[] { typeof(KafkaFixture), typeof(TopologyFixture), typeof(MessagingWorld) }.Select(type => type.FullName!)];

    // Their brokers are their own, though they share a host with those that use the given one.
    private static readonly Type[] Embedded = [typeof(EventKindTests), typeof(ToldTests)];

    [Fact]
    public void Classes_on_the_given_broker_are_marked_and_no_others_are()
    {
        var users = Types.InAssembly(typeof(GivenKafkaTests).Assembly)
            .That().HaveDependencyOnAny(Given)
            .GetTypes()
            .Where(HasTests)
            .Except([typeof(GivenKafkaTests), .. Embedded])
            .ToList();
        var marked = typeof(GivenKafkaTests).Assembly.GetTypes().Where(type => type.IsDefined(typeof(UsesGivenKafkaAttribute), inherit: false)).ToList();

        Assert.Empty(users.Except(marked));
        Assert.Empty(marked.Except(users));
    }

    private static bool HasTests(Type type) =>
        !type.IsAbstract && type.GetMethods().Any(method => method.IsDefined(typeof(FactAttribute), inherit: true));
}
