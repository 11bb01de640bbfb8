using ConnectChat.Tests.Infrastructure;
using Xunit.v3;

[assembly: CollectionBehavior(typeof(TestCollections))]

namespace ConnectChat.Tests.Infrastructure;

/// <summary>
/// Classes run in parallel, but one after the other when <c>CONNECTCHAT_KAFKA</c> names a real bus: it is one for all, and every
/// Messaging on it processes what any test sends.
/// </summary>
public sealed class TestCollections(IXunitTestAssembly assembly) : IXunitTestCollectionFactory
{
    private readonly IXunitTestCollectionFactory _factory = Environment.GetEnvironmentVariable("CONNECTCHAT_KAFKA") is { Length: > 0 }
        ? new CollectionPerAssemblyTestCollectionFactory(assembly)
        : new CollectionPerClassTestCollectionFactory(assembly);

    public string DisplayName => _factory.DisplayName;

    public IXunitTestCollection Get(Type testClass) => _factory.Get(testClass);
}
