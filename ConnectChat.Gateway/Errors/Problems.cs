using ConnectChat.Contracts;
using Grpc.Core;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace ConnectChat.Gateway.Errors;

/// <summary>Every error of the REST side as <c>application/problem+json</c> with a stable <c>code</c>.</summary>
internal sealed class Problems : IExceptionHandler
{
    private const int RetryAfterSeconds = 1;

    /// <summary>The HTTP status of a code; one that is not in the catalogue is a fault of the service.</summary>
    public static int StatusOf(string code) => ErrorCatalogue.Find(code)?.HttpStatus ?? StatusCodes.Status500InternalServerError;

    /// <summary>Writes an error as the answer.</summary>
    public static Task WriteAsync(HttpContext context, int status, string code, string detail)
    {
        context.Response.StatusCode = status;
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable && context.Response.Headers.RetryAfter.Count == 0)
        {
            context.Response.Headers.RetryAfter = $"{RetryAfterSeconds}";
        }

        return Results.Problem(new ProblemDetails { Status = status, Detail = detail, Extensions = { ["code"] = code } }).ExecuteAsync(context);
    }

    /// <summary>Writes a refusal as the answer.</summary>
    public static Task WriteAsync(HttpContext context, Refusal refusal)
    {
        // As ASP.NET Core does for errors that are exceptions.
        var headers = context.Response.Headers;
        (headers.CacheControl, headers.Pragma, headers.Expires) = ("no-cache,no-store", "no-cache", "-1");
        return WriteAsync(context, StatusOf(refusal.Code), refusal.Code, refusal.Detail);
    }

    /// <summary>Gives answers without a body (no route, wrong method, wrong content type) one.</summary>
    public static Task WriteStatusAsync(StatusCodeContext context)
    {
        var status = context.HttpContext.Response.StatusCode;
        var (code, detail) = status switch
        {
            StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed => (ErrorCodes.NotFound, "There is no such route."),
            StatusCodes.Status413PayloadTooLarge => (ErrorCodes.BodyTooLarge, "The request is too large."),
            >= 500 => (ErrorCodes.Internal, "The service failed."),
            _ => (ErrorCodes.MalformedRequest, "The request does not fit this route."),
        };
        return WriteAsync(context.HttpContext, status, code, detail);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var (status, code, detail) = Describe(exception);
        await WriteAsync(httpContext, status, code, detail);
        return true;
    }

    private static (int Status, string Code, string Detail) Describe(Exception exception) => exception switch
    {
        RequestException refused => Describe(refused.Refusal),
        RpcException rpc => Describe(Refusal.From(rpc)),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => (413, ErrorCodes.BodyTooLarge, "The request is too large."),
        BadHttpRequestException bad => (bad.StatusCode, ErrorCodes.MalformedRequest, "The request does not fit this route."),
        _ => (500, ErrorCodes.Internal, "The service failed."),
    };

    private static (int Status, string Code, string Detail) Describe(Refusal refusal) =>
        (StatusOf(refusal.Code), refusal.Code, refusal.Detail);
}
