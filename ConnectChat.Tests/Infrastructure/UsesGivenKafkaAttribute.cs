using Xunit.v3;

namespace ConnectChat.Tests.Infrastructure;

/// <summary>
/// Marks tests on the broker of the run, which is real Kafka when <c>CONNECTCHAT_KAFKA</c> names one. <c>./dev test</c> runs them, and only
/// them, once more on real Kafka: <c>--filter Kafka=given</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class UsesGivenKafkaAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Kafka", "given")];
}
