using System.Text;
using ConnectChat.Groups;
using ConnectChat.ServiceDefaults.Authentication;
using Microsoft.Extensions.Options;

namespace ConnectChat.Tests.Fuzzing.Targets;

/// <summary>No position but those that tokens were made of, each for its list alone.</summary>
internal sealed class PageTokenTarget : IFuzzTarget
{
    private const string List = "members of group-1";

    private static readonly string[] Positions = ["1", "4294967295", new('x', 100)];

    private readonly PageTokens _tokens = new(Options.Create(new InternalAuthenticationOptions { Key = "a key that is as long as it must be" }));

    public IEnumerable<byte[]> Samples() => Positions.Select(position => Encoding.ASCII.GetBytes(_tokens.Create(List, position)));

    public void Parse(byte[] input)
    {
        var token = Encoding.UTF8.GetString(input);
        Assert.Equal(token.Length == 0, _tokens.TryRead("another list", token, out _));
        if (_tokens.TryRead(List, token, out var position))
        {
            Assert.True(token.Length == 0 ? position is null : Positions.Contains(position), $"a token of {position} was made up");
        }
    }
}
