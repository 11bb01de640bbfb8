using System.Text.Json;
using ConnectChat.Contracts;
using ConnectChat.LocalCluster.Embedded;
using ConnectChat.Tests.Infrastructure;

namespace ConnectChat.Tests.Gateway;

/// <summary>R6: a read costs about what it returns, and what nobody takes is not read.</summary>
[UsesGivenKafka]
public sealed class HistoryMemoryTests(KafkaFixture kafka)
{
    private const long Bound = 200L << 20;
    private const int Clients = 50;
    private const int Messages = 500;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task R6_fifty_full_pages_of_the_largest_messages_at_the_same_time_leave_memory_as_it_was()
    {
        await using var services = await FullAsync("g");
        await using var gateway = await GatewayProcess.StartAsync(kafka, services, FreePort.Next());
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Address) };
        var pages = await WithinBoundAsync(gateway, () => Task.WhenAll(Enumerable.Range(0, Clients).Select(async user =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/groups/g/messages?after=0&limit={Messages}");
            request.Headers.Authorization = new("Bearer", GatewayHost.Token($"u{user}"));
            using var answer = await http.SendAsync(request, Token);
            return JsonElement.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Token));
        })));

        Assert.All(pages, page =>
        {
            Assert.InRange(page.GetProperty("messages").GetArrayLength(), 10, (1 << 20) / Limits.BodyBytes);
            Assert.False(page.GetProperty("endOfHistory").GetBoolean());
        });
    }

    [Theory(Timeout = 120_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task R6_fifty_resumes_by_clients_that_do_not_read_leave_memory_as_it_was(bool direct)
    {
        var groups = Enumerable.Range(0, 8).Select(group => $"g{group}").ToArray();
        await using var services = await FullAsync(groups);
        var reads = 0;
        services.State.BeforeRead = _ =>
        {
            Interlocked.Increment(ref reads);
            return Task.CompletedTask;
        };
        await using var gateway = await GatewayProcess.StartAsync(
            kafka, services, FreePort.Next(), ("Gateway__DirectWrites", $"{direct}"), ("Gateway__ReplayPatience", "00:00:05"));
        var sockets = new List<RawClient>();
        try
        {
            for (var user = 0; user < Clients; user++)
            {
                sockets.Add(await RawClient.ConnectAsync(gateway.Address, $"u{user}"));
            }

            var positions = string.Join(',', groups.Select(group => $$"""{"groupId":"{{group}}","lastSequence":0}"""));
            await WithinBoundAsync(gateway, async () =>
            {
                foreach (var socket in sockets)
                {
                    await socket.SendAsync($$"""{"type":1,"invocationId":"1","target":"Resume","arguments":[[{{positions}}]]}""" + RawClient.End);
                }

                // Until nothing is read any more: all wait for their clients, or have given them up.
                for (var (seen, quiet) = (-1, 0); quiet < 20; quiet = seen == Volatile.Read(ref reads) ? quiet + 1 : 0)
                {
                    seen = Volatile.Read(ref reads);
                    await Task.Delay(100, Token);
                }

                return true;
            });
            Assert.True(reads >= Clients);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task R6_a_resume_of_many_groups_is_paced_and_not_refused()
    {
        await using var gateway = await GatewayHost.StartAsync(kafka, ("Gateway:ReplayBurst", "10"), ("Gateway:ReplaysPerSecond", "20"));
        await using var ann = await gateway.ConnectAsync("ann");
        var positions = Enumerable.Range(0, 30).Select(group => ($"g{group}", 0L)).ToArray();
        Array.ForEach(positions, position => gateway.State.Join(position.Item1, "ann"));
        var begun = TimeProvider.System.GetTimestamp();

        var results = await ann.ResumeAsync(positions);

        Assert.All(results, result => Assert.True(result.Complete));
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.FromMilliseconds(800), Eventually.Deadline);
    }

    private static async Task<FakeServices> FullAsync(params string[] groups)
    {
        var services = await FakeServices.StartAsync(TestContext.Current.CancellationToken);
        var body = new string('x', Limits.BodyBytes);
        foreach (var group in groups)
        {
            services.State.Join(group, [.. Enumerable.Range(0, Clients).Select(user => $"u{user}")]);
            for (var i = 0; i < Messages; i++)
            {
                services.State.Write(group, body);
            }
        }

        return services;
    }

    private static async Task<T> WithinBoundAsync<T>(GatewayProcess gateway, Func<Task<T>> load)
    {
        var (result, before, most) = await gateway.MemoryWhileAsync(load);
        TestContext.Current.TestOutputHelper?.WriteLine($"{before >> 20} MB, at most {most >> 20} MB");
        Assert.True(most - before <= Bound, $"{before >> 20} MB became {most >> 20} MB");
        return result;
    }
}
