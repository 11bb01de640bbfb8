namespace ConnectChat.Gateway.Errors;

/// <summary>A refusal as the answer of a REST endpoint.</summary>
internal sealed class RefusalResult(Refusal refusal) : IResult
{
    /// <summary>Why.</summary>
    public Refusal Refusal { get; } = refusal;

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext) => Problems.WriteAsync(httpContext, Refusal);
}
