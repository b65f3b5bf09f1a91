import HTTPServer
import ServiceEndpoints

/// `GET /api/health`, `/api/ready` and `/metrics`.
///
/// A gateway that is away is named by `ready` but is no reason for 503: what the bus holds is served without it, and a
/// balancer must not take every replica out because of it.
enum OperationsEndpoint: Endpoint {
    static func operations(_ context: EndpointContext) -> [Operation] {
        let routes = OperationsRoutes.routes(
            prefix: "/api",
            readiness: context.readiness,
            metrics: context.metrics
        )
        return routes.map { route in
            switch route.pattern {
            case "/api/health":
                operation(route, "health", "Whether it is alive", .json(.anyObject, "It is"))
            case "/api/ready":
                operation(
                    route,
                    "ready",
                    "Whether it can do its job, and what is missing",
                    .json(.anyObject, "It can"),
                    .json(.anyObject, "Something is missing", status: 503)
                )
            default:
                operation(
                    route,
                    "metrics",
                    "Metrics, for inside alone",
                    .content("text/plain", "Prometheus' text format")
                )
            }
        }
    }

    private static func operation(
        _ route: Route,
        _ name: String,
        _ summary: String,
        _ answers: Operation.Answer...
    ) -> Operation {
        Operation(route, name, tag: .operations, summary, answers: answers)
    }
}
