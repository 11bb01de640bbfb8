using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ConnectChat.ServiceDefaults.Authentication;
using Microsoft.Extensions.Options;

namespace ConnectChat.Groups;

/// <summary>
/// Page tokens that only a service of this deployment can make, each for one list: a position, and a MAC over list and position.
/// </summary>
/// <remarks>The key comes from the key that the services share, so any instance reads the tokens of any other; a new key ends old tokens.</remarks>
internal sealed class PageTokens(IOptions<InternalAuthenticationOptions> options)
{
    private const int MacBytes = 16;

    // Far more than a position takes; bounds the work that a forged token costs.
    private const int Longest = 256;

    private readonly byte[] _key = HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(options.Value.Key), 32, info: "groups page tokens"u8.ToArray());

    /// <summary>A token for the rest of a list.</summary>
    public string Create(string list, string position)
    {
        var bytes = Encoding.UTF8.GetBytes(position);
        return Base64Url.EncodeToString([.. Mac(list, bytes), .. bytes]);
    }

    /// <summary>True for a token of this list, with its position; an empty token is the start, position null.</summary>
    public bool TryRead(string list, string token, out string? position)
    {
        position = null;
        if (token.Length == 0)
        {
            return true;
        }

        Span<byte> bytes = stackalloc byte[Longest];
        if (token.Length > Longest || Base64Url.DecodeFromChars(token, bytes, out _, out var length) != OperationStatus.Done || length < MacBytes)
        {
            return false;
        }

        var content = bytes[MacBytes..length];
        if (!CryptographicOperations.FixedTimeEquals(bytes[..MacBytes], Mac(list, content)))
        {
            return false;
        }

        position = Encoding.UTF8.GetString(content);
        return true;
    }

    // The separator occurs in no identifier, so no two pairs of list and position give the same bytes.
    private ReadOnlySpan<byte> Mac(string list, ReadOnlySpan<byte> position)
    {
        byte[] content = [.. Encoding.UTF8.GetBytes(list), (byte)'#', .. position];
        return HMACSHA256.HashData(_key, content).AsSpan(0, MacBytes);
    }
}
