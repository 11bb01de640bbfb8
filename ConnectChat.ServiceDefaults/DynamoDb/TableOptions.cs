using System.ComponentModel.DataAnnotations;
using ConnectChat.Contracts;

namespace ConnectChat.ServiceDefaults.DynamoDb;

/// <summary>How tables are called and whether services create them. Configuration section <c>DynamoDb</c>.</summary>
public sealed class TableOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "DynamoDb";

    /// <summary>
    /// Put before every table's name: one account may hold several deployments. Up to 100 letters, digits, <c>. _ -</c>; default
    /// <c>connectchat-</c>.
    /// </summary>
    [RegularExpression(@"\A[A-Za-z0-9._-]{0,100}\z")]
    public string TablePrefix { get; set; } = "connectchat-";

    /// <summary>Whether a service creates its table when it is missing; default true. False where infrastructure code owns the tables.</summary>
    public bool CreateTables { get; set; } = true;

    /// <summary>A table's name with the prefix of this deployment.</summary>
    public string FullName(TableSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return TablePrefix + schema.Name;
    }
}
