using System.Text.Json.Serialization;

namespace ConnectChat.Checker.Histories;

/// <summary>Observations as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(Observation))]
internal sealed partial class HistoryFormat : JsonSerializerContext;
