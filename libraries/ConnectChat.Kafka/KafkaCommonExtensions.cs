using ConnectChat.ServiceDefaults.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ConnectChat.Kafka;

internal static class KafkaCommonExtensions
{
    /// <summary>What producers and consumers share; the second call of a service changes nothing.</summary>
    public static void AddKafkaCommon(this IHostApplicationBuilder builder)
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(KafkaErrors)))
        {
            return;
        }

        builder.Services.AddSingleton<KafkaErrors>();
        builder.Services.AddSingleton<MskTokens>();
        builder.Services.AddSingleton<IValidateOptions<KafkaSecurityOptions>, KafkaSecurityValidation>();
        builder.Services.AddOptions<KafkaSecurityOptions>().BindConfiguration(KafkaSecurityOptions.Section).ValidateOnStart();
        builder.Services.TryAddSingleton<KafkaTopics>();
        builder.Services.TryAddSingleton<ClusterWatch>();
        builder.Services.AddOptions<KafkaTopicsOptions>().BindConfiguration(KafkaTopicsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.AddDependency("kafka", ProbeTimeouts.Store, (services, token) => Task.Run(() => services.GetRequiredService<KafkaTopics>().Probe(), token));
    }
}
