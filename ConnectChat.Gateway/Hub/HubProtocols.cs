using System.Text.Encodings.Web;
using ConnectChat.Gateway.Sending;
using MessagePack;
using MessagePack.Resolvers;
using Microsoft.AspNetCore.SignalR;

namespace ConnectChat.Gateway.Hub;

/// <summary>JSON and MessagePack, both strict about text.</summary>
internal static class HubProtocols
{
    public static void AddStrictProtocols(this ISignalRServerBuilder signalR)
    {
        signalR.AddJsonProtocol(json =>
        {
            // Nothing here is embedded in HTML, and \uXXXX would triple the size of most of the world's text.
            json.PayloadSerializerOptions.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
            json.PayloadSerializerOptions.Converters.Add(new StrictJsonText());
        });
        signalR.AddMessagePackProtocol(messagePack => messagePack.SerializerOptions = MessagePackSerializerOptions.Standard
            .WithResolver(
                CompositeResolver.Create([new StrictMessagePackText()], [DynamicEnumAsStringResolver.Instance, ContractlessStandardResolver.Instance]))
            .WithSecurity(MessagePackSecurity.UntrustedData));

        signalR.Services.AddSingleton<IHubProtocolResolver, StrictProtocolResolver>();
    }
}
