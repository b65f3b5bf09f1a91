import HTTPServer
import ServiceEndpoints

/// `GET /api/health`, `/api/ready` and `/metrics`.
///
/// A gateway that is away is named by `ready` but is no reason for 503: what the bus holds is served without it, and a
/// balancer must not take every replica out because of it.
enum OperationsEndpoint: Endpoint {
    static func routes(_ context: EndpointContext) -> [Route] {
        OperationsRoutes.routes(prefix: "/api", readiness: context.readiness, metrics: context.metrics)
    }
}
