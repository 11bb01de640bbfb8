namespace ConnectChat.Contracts;

/// <summary>A DynamoDB table: what services create, what a deployment provisions. All key attributes are strings.</summary>
/// <param name="Name">Without the deployment's prefix.</param>
/// <param name="PartitionKey">The hash key.</param>
/// <param name="SortKey">The range key.</param>
/// <param name="Indexes">Global secondary indexes, each with all attributes.</param>
/// <param name="TimeToLive">The attribute, epoch seconds, after which an item may be deleted; null where items stay.</param>
public sealed record TableSchema(string Name, string PartitionKey, string SortKey, IReadOnlyList<TableIndex> Indexes, string? TimeToLive = null)
{
    /// <summary>Groups, their members, and the numbers of users.</summary>
    public static readonly TableSchema Groups = new("groups", "PK", "SK", [new TableIndex("by-member", "member", "PK")]);

    /// <summary>Messages by group and sequence, and the client ids that they were sent under.</summary>
    public static readonly TableSchema History = new("history", "PK", "SK", [], TimeToLive: "ExpiresAt");

    /// <summary>Every table of the product.</summary>
    public static readonly IReadOnlyList<TableSchema> All = [Groups, History];
}

/// <summary>A global secondary index with all attributes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="PartitionKey">The hash key.</param>
/// <param name="SortKey">The range key.</param>
public sealed record TableIndex(string Name, string PartitionKey, string SortKey);
