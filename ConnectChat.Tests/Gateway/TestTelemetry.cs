using System.Diagnostics.Metrics;
using ConnectChat.Gateway;
using ConnectChat.Gateway.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ConnectChat.Tests.Gateway;

/// <summary>The gateway's instruments without a host, and counting what one host says.</summary>
internal static class TestTelemetry
{
    public static GatewayTelemetry Gateway() => new(
        new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>(),
        NullLoggerFactory.Instance,
        Options.Create(new GatewayOptions()));

    /// <summary>Counts an instrument of one host from now on.</summary>
    public static Counted Count(IServiceProvider host, string instrument) => new(host.GetRequiredService<IMeterFactory>(), instrument);

    internal sealed class Counted : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _sum;

        public Counted(IMeterFactory host, string name)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                // All hosts of the process have meters of the same name; the factory tells them apart.
                if (instrument.Name == name && ReferenceEquals(instrument.Meter.Scope, host))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, measured, _, _) => Interlocked.Add(ref _sum, measured));
            _listener.Start();
        }

        public long Sum => Interlocked.Read(ref _sum);

        public void Dispose() => _listener.Dispose();
    }
}
