using Aspire.Hosting.Publishing;
using ConnectChat.AppHost.Platform;
using ConnectChat.Contracts;

namespace ConnectChat.AppHost.Publishing;

/// <summary>
/// What the product needs beside its services, for whoever deploys it from the manifest: topics, tables, and where health is asked. It
/// is there only when publishing, as resource <c>connectchat</c> of type <c>connectchat.v0</c>.
/// </summary>
internal sealed class Description(string name) : Resource(name);

internal static class DescriptionExtensions
{
    private const string TablePrefix = "connectchat-";

    /// <summary>Adds the description to the manifest.</summary>
    public static void AddDescription(this IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsPublishMode)
        {
            builder.AddResource(new Description("connectchat")).WithManifestPublishingCallback(Write);
        }
    }

    private static void Write(ManifestPublishingContext context)
    {
        var json = context.Writer;
        json.WriteString("type", "connectchat.v0");
        json.WriteStartObject("health");
        json.WriteString("ready", Health.ReadyPath);
        json.WriteString("live", Health.LivePath);
        json.WriteString("binding", "http");
        json.WriteEndObject();
        json.WriteStartArray("topics");
        foreach (var topic in TopicSchema.All)
        {
            json.WriteStartObject();
            json.WriteString("name", topic.Name);
            json.WriteNumber("partitions", topic.Partitions);
            json.WriteNumber("retentionMs", (long)topic.Retention.TotalMilliseconds);
            json.WriteNumber("replicationFactor", 3);
            json.WriteNumber("minInSyncReplicas", 2);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("tables");
        foreach (var table in TableSchema.All)
        {
            json.WriteStartObject();
            json.WriteString("name", TablePrefix + table.Name);
            WriteKeys(table.PartitionKey, table.SortKey);
            json.WriteStartArray("indexes");
            foreach (var index in table.Indexes)
            {
                json.WriteStartObject();
                json.WriteString("name", index.Name);
                WriteKeys(index.PartitionKey, index.SortKey);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (table.TimeToLive is { } timeToLive)
            {
                json.WriteString("timeToLive", timeToLive);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();

        void WriteKeys(string partition, string sort)
        {
            json.WriteString("partitionKey", partition);
            json.WriteString("sortKey", sort);
        }
    }
}
