namespace ConnectChat.AppHost.Platform;

internal static class EndpointExtensions
{
    /// <summary>Takes away the https endpoint that Aspire gives every project when publishing: TLS ends in front of the services.</summary>
    public static IResourceBuilder<ProjectResource> WithoutHttps(this IResourceBuilder<ProjectResource> service)
    {
        foreach (var endpoint in service.Resource.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.UriScheme == "https").ToList())
        {
            service.Resource.Annotations.Remove(endpoint);
        }

        return service;
    }
}
