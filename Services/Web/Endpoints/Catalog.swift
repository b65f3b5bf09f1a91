package import HTTPServer

/// Every endpoint there is.
package enum Catalog {
    private static let endpoints: [any Endpoint.Type] = [
        OperationsEndpoint.self,
        StreamEndpoint.self,
        PagesEndpoint.self,
    ]

    package static func routes(_ context: EndpointContext) -> [Route] {
        endpoints.flatMap { $0.routes(context) }
    }
}
