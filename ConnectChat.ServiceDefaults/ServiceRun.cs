using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ConnectChat.ServiceDefaults;

/// <summary>How a service runs as a process.</summary>
public static class ServiceRun
{
    /// <summary>
    /// Runs until the service is told to stop. Wrong settings end it before it starts: each is named on standard error, and the exit code is 1.
    /// </summary>
    public static void RunService(this WebApplication app)
    {
        try
        {
            app.Services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (Exception exception) when (WrongSettings(exception) is { Count: > 0 } wrong)
        {
            wrong.ForEach(Console.Error.WriteLine);
            Environment.ExitCode = 1;
            return;
        }

        app.Run();
    }

    // One exception for wrong options of one class, another around them for several classes.
    private static List<string> WrongSettings(Exception exception) => exception switch
    {
        OptionsValidationException one => [.. one.Failures],
        AggregateException several when several.InnerExceptions.All(each => each is OptionsValidationException) =>
            [.. several.InnerExceptions.Cast<OptionsValidationException>().SelectMany(each => each.Failures)],
        _ => [],
    };
}
