using System.Globalization;
using Amazon.DynamoDBv2.Model;

namespace ConnectChat.ServiceDefaults.DynamoDb;

/// <summary>Attributes of items, written and read.</summary>
public static class Attributes
{
    /// <summary>A string.</summary>
    public static AttributeValue Text(string value) => new() { S = value };

    /// <summary>A number.</summary>
    public static AttributeValue Number(long value) => new() { N = value.ToString(CultureInfo.InvariantCulture) };

    /// <summary>Bytes.</summary>
    public static AttributeValue Binary(byte[] value) => new() { B = new MemoryStream(value, writable: false) };

    /// <summary>The string in an attribute that the item has.</summary>
    public static string Text(this Dictionary<string, AttributeValue> item, string attribute)
    {
        ArgumentNullException.ThrowIfNull(item);
        return item[attribute].S;
    }

    /// <summary>The number in an attribute that the item has.</summary>
    public static long Number(this Dictionary<string, AttributeValue> item, string attribute)
    {
        ArgumentNullException.ThrowIfNull(item);
        return long.Parse(item[attribute].N, CultureInfo.InvariantCulture);
    }

    /// <summary>The key with more attributes: a whole item. Changes and returns what it is given.</summary>
    public static Dictionary<string, AttributeValue> With(
        this Dictionary<string, AttributeValue> key, params ReadOnlySpan<(string Name, AttributeValue Value)> attributes)
    {
        ArgumentNullException.ThrowIfNull(key);
        foreach (var (name, value) in attributes)
        {
            key[name] = value;
        }

        return key;
    }
}
