using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ConnectChat.Contracts;
using ConnectChat.Contracts.Hub;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.EndToEnd;

/// <summary>A first message without writing a program.</summary>
[UsesGivenKafka]
[Collection(OneTopology.Name)]
public sealed class FirstMessageTests(TopologyFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_posted_message_is_one_record_received_live_and_its_retry_is_the_same_message()
    {
        await fixture.ReadyAsync(Token);
        var users = TopologyFixture.Users("posting", 2);
        var group = await fixture.CreateGroupAsync(users, Token);
        using var outgoing = new TopicReader(fixture.Topology.Kafka, Topics.Outgoing);
        await using var ben = await fixture.ConnectPlainlyAsync(users[1], 1, Token);
        using var ann = fixture.Http(users[0]);

        var first = await PostAsync(new { clientMessageId = "once", body = "hello" });
        var again = await PostAsync(new { clientMessageId = "once", body = "hello" });
        var next = await PostAsync(new { body = "the next" });

        Assert.Equal(("once", "once"), (first.ClientMessageId, again.ClientMessageId));
        var (one, two) = (await ben.NextAsync(), await ben.NextAsync());
        Assert.Equal((1, "once", "hello", users[0], first.AcceptedAt), (one.Sequence, one.ClientMessageId, one.Body, one.SenderId, one.SentAt));
        Assert.Equal((2, next.ClientMessageId, "the next"), (two.Sequence, two.ClientMessageId, two.Body));

        // A group is one partition, in order: a second record of the first message would stand before that of the next.
        var records = await outgoing.WaitAsync(group, found => found.Any(record => TopicReader.Message(record).Sequence == 2), Token);
        Assert.Equal([1, 2], records.Select(record => TopicReader.Message(record).Sequence));
        var history = await ann.GetFromJsonAsync<HistoryPage>($"groups/{group}/messages?after=0", JsonSerializerOptions.Web, Token);
        Assert.Equal(["hello", "the next"], history!.Messages.Select(message => message.Body));

        async Task<SendReceipt> PostAsync(object message)
        {
            using var answer = await ann.PostAsJsonAsync($"groups/{group}/messages", message, Token);
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            return (await answer.Content.ReadFromJsonAsync<SendReceipt>(JsonSerializerOptions.Web, Token))!;
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task The_address_of_every_service_says_what_it_is()
    {
        await fixture.ReadyAsync(Token);
        using var http = new HttpClient();
        foreach (var (service, name) in new[] { ("groups", "ConnectChat.Groups"), ("messaging", "ConnectChat.Messaging") })
        {
            using var answer = await http.GetAsync(new Uri(fixture.Topology.Services[service].HealthUrl, "/"), Token);
            Assert.Equal((HttpStatusCode.OK, "text/plain"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            var line = await answer.Content.ReadAsStringAsync(Token);
            Assert.Equal($"This is {name}, a service of Connect Chat. Its health: /health. Clients connect to a gateway.\n", line);
        }

        Assert.Contains("gateway-2", await http.GetStringAsync(fixture.Topology.Gateways[1], Token), StringComparison.Ordinal);
    }
}
