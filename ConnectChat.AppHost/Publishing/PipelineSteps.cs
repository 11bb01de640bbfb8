#pragma warning disable ASPIREPIPELINES001 // The pipeline is marked experimental in 13.6; without it `aspire publish` says that it succeeded and does nothing.
#pragma warning disable ASPIREPIPELINES004

using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;

namespace ConnectChat.AppHost.Publishing;

/// <summary>What <c>aspire publish</c> and <c>aspire deploy</c> do: the one writes the manifest, the other says that it cannot yet.</summary>
internal static class PipelineSteps
{
    private const string Manifest = "publish-manifest";

    /// <summary>Adds the two steps.</summary>
    public static void AddPipelineSteps(this IDistributedApplicationBuilder builder)
    {
        // Aspire's own step writes the file; nothing asks for it unless somebody does.
        builder.Pipeline.AddStep(
            "publish-connectchat",
            context =>
            {
                var folder = context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory();
                context.Summary.Add("Manifest", Path.Combine(folder, "aspire-manifest.json"));
                return Task.CompletedTask;
            },
            dependsOn: Manifest,
            requiredBy: WellKnownPipelineSteps.Publish);
        builder.Pipeline.AddStep(
            "deploy-connectchat",
            _ =>
            {
                // Without Aspire's CLI the process would end with 0 all the same.
                Environment.ExitCode = 1;
                throw new DistributedApplicationException(
                    "Nothing was deployed: this AppHost has no deployment target. "
                        + "Publish the manifest (aspire publish) and deploy from it as docs/deploy.md says.");
            },
            requiredBy: WellKnownPipelineSteps.Deploy);
    }
}
