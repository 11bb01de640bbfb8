using System.Text;
using ConnectChat.Client;
using ConnectChat.Contracts;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Tests.Fuzzing.Targets;

/// <summary>Whatever a server says went wrong, the .NET client makes a code of it.</summary>
internal sealed class HubErrorTarget : IFuzzTarget
{
    public IEnumerable<byte[]> Samples() => new[]
    {
        $"An unexpected error occurred invoking 'SendMessage' on the server. HubException: {ErrorCodes.NotAMember}: The caller is no member of the group.",
        $"Failed to invoke 'Resume' due to an error on the server. HubException: {ErrorCodes.TooManyGroups}: Too many.",
        "An unexpected error occurred invoking 'Resume' on the server.",
        $"{ErrorCodes.RateLimited}: Too many messages",
    }.Select(Encoding.UTF8.GetBytes);

    public void Parse(byte[] input)
    {
        var code = ChatException.CodeOf(new HubException(Encoding.UTF8.GetString(input)));
        Assert.NotEmpty(code);
        Assert.DoesNotContain(code, letter => letter is not ((>= 'a' and <= 'z') or '_'));
        ChatException.IsTransient(code);
    }
}
