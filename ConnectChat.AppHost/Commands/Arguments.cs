#pragma warning disable ASPIREINTERACTION001 // Arguments of commands are marked experimental in 13.6; without them there is no dialog.

namespace ConnectChat.AppHost.Commands;

/// <summary>What a command asks for in a dialog, and what was answered.</summary>
internal static class Arguments
{
    /// <summary>A user of the demo group.</summary>
    public const string UserId = "userId";

    /// <summary>How many messages.</summary>
    public const string Count = "count";

    /// <summary>The options with one field of text, which may be left empty.</summary>
    public static CommandOptions With(CommandOptions options, string name, string label, string placeholder)
    {
        options.Arguments = [new InteractionInput { Name = name, Label = label, InputType = InputType.Text, Placeholder = placeholder }];
        options.UpdateState ??= ProcessCommands.WhileRunning;
        return options;
    }

    /// <summary>What was typed; null when nothing was.</summary>
    public static string? Argument(this ExecuteCommandContext context, string name) =>
        context.Arguments.FirstOrDefault(argument => argument.Name == name)?.Value is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}
