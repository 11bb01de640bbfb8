using System.Net;

namespace ConnectChat.Tests.Infrastructure;

/// <summary>Waits for what a test cannot be told of, with a deadline.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ReadyDeadline = TimeSpan.FromSeconds(30);

    public static async Task TrueAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!condition())
        {
            await Task.Delay(5, deadline.Token);
        }
    }

    /// <summary>Until a gateway says of itself that it is ready; it has no other way to tell, and may not listen yet.</summary>
    public static async Task ReadyAsync(HttpClient http)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(ReadyDeadline);
        while (!await IsReadyAsync(http, deadline.Token))
        {
            await Task.Delay(50, deadline.Token);
        }
    }

    /// <summary>Until a service says that it is not ready, which it may learn of a dependency a second late; what it says.</summary>
    public static async Task<string> UnhealthyAsync(HttpClient http, Uri health)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        while (true)
        {
            using var response = await http.GetAsync(health, deadline.Token);
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                return await response.Content.ReadAsStringAsync(deadline.Token);
            }

            await Task.Delay(50, deadline.Token);
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync("/health", cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
