using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;

namespace ConnectChat.LocalCluster.Embedded;

/// <summary>
/// The Kafka-protocol mock cluster inside librdkafka (<c>rdkafka_mock.h</c>): one broker on a loopback port of its own choice.
/// </summary>
/// <remarks>
/// In memory only, at most 5 MiB or 100,000 batches per partition; older records vanish. For development and tests, never a place
/// for data.
/// </remarks>
internal sealed partial class MockBroker : IDisposable
{
    private const string Library = "librdkafka";
    private const int Producer = 0;
    private const short ProduceRequest = 0;

    // Without a cyrus-sasl on the machine the first flavour does not load; Confluent.Kafka falls back in the same order.
    private static readonly string[] Flavours = ["librdkafka", "centos8-librdkafka", "alpine-librdkafka"];

    private readonly nint _client;
    private readonly nint _cluster;

    static MockBroker() => NativeLibrary.SetDllImportResolver(typeof(MockBroker).Assembly, Resolve);

    /// <summary>Starts the broker; it answers when the constructor returns.</summary>
    public MockBroker()
    {
        var error = new byte[512];
        var configuration = rd_kafka_conf_new();

        // The handle that carries the mock has no brokers of its own, and would say so on the terminal. 2 is syslog's "critical".
        _ = rd_kafka_conf_set(configuration, "log_level", "2", error, error.Length);
        _client = rd_kafka_new(Producer, configuration, error, error.Length);
        if (_client == 0)
        {
            throw new InvalidOperationException($"librdkafka did not start: {Encoding.UTF8.GetString(error).TrimEnd('\0')}");
        }

        _cluster = rd_kafka_mock_cluster_new(_client, 1);
        BootstrapServers = Marshal.PtrToStringUTF8(rd_kafka_mock_cluster_bootstraps(_cluster))!;

        // The defaults are made for librdkafka's own tests: groups would settle 3 s late, and admin calls would wait for a controller.
        _ = rd_kafka_mock_group_initial_rebalance_delay_ms(_cluster, 50);
        _ = rd_kafka_mock_set_controller_id(_cluster, 1);
    }

    /// <summary>Where the mock itself listens.</summary>
    public string BootstrapServers { get; }

    /// <summary>Creates a topic; one that exists already is left as it is.</summary>
    public void CreateTopic(string name, int partitions) => _ = rd_kafka_mock_topic_create(_cluster, name, partitions, 1);

    /// <summary>Makes metadata name another address, that of a forwarder, so that clients find the broker again after a restart.</summary>
    public void Advertise(string host, int port) => rd_kafka_mock_broker_set_host_port(_cluster, 1, host, port);

    /// <summary>Answers the next produce requests with these errors, one each, and takes nothing of them.</summary>
    public void RefuseProduces(ErrorCode[] errors) =>
        rd_kafka_mock_push_request_errors_array(_cluster, ProduceRequest, errors.Length, Array.ConvertAll(errors, error => (int)error));

    /// <inheritdoc/>
    public void Dispose()
    {
        rd_kafka_mock_cluster_destroy(_cluster);
        rd_kafka_destroy(_client);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
        {
            return 0;
        }

        foreach (var flavour in Flavours)
        {
            if (NativeLibrary.TryLoad(flavour, assembly, path, out var handle))
            {
                return handle;
            }
        }

        return 0;
    }

#pragma warning disable SYSLIB1054, IDE1006 // The names are librdkafka's.
    [LibraryImport(Library)]
    private static partial nint rd_kafka_conf_new();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rd_kafka_conf_set(nint configuration, string name, string value, byte[] error, nint errorSize);

    [LibraryImport(Library)]
    private static partial nint rd_kafka_new(int type, nint configuration, byte[] error, nint errorSize);

    [LibraryImport(Library)]
    private static partial void rd_kafka_destroy(nint client);

    [LibraryImport(Library)]
    private static partial nint rd_kafka_mock_cluster_new(nint client, int brokers);

    [LibraryImport(Library)]
    private static partial void rd_kafka_mock_cluster_destroy(nint cluster);

    [LibraryImport(Library)]
    private static partial nint rd_kafka_mock_cluster_bootstraps(nint cluster);

    [LibraryImport(Library)]
    private static partial void rd_kafka_mock_push_request_errors_array(nint cluster, short request, nint count, int[] errors);

    [LibraryImport(Library)]
    private static partial int rd_kafka_mock_group_initial_rebalance_delay_ms(nint cluster, int milliseconds);

    [LibraryImport(Library)]
    private static partial int rd_kafka_mock_set_controller_id(nint cluster, int broker);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rd_kafka_mock_topic_create(nint cluster, string topic, int partitions, int replicas);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial void rd_kafka_mock_broker_set_host_port(nint cluster, int broker, string host, int port);
#pragma warning restore SYSLIB1054, IDE1006
}
