import HTTPServer
import Telemetry
import WebSocketTransport

/// `GET /api/ws`: the live events of `/api/stream`, as messages of a WebSocket. See specs/events.md for their form.
///
/// Who may not have them is told before the upgrade; who has to come again, behind it, since a client that is refused one
/// learns no more than a status.
enum FeedEndpoint: Endpoint {
    /// Chosen where it is offered; who offers others only is refused.
    static let subprotocol = "guildwire.v1"

    static func operations(_ context: EndpointContext) -> [Operation] {
        let route = Route(method: "GET", pattern: "/api/ws") { request, _ in answer(request, context) }
        return [
            Operation(
                route,
                "feed",
                tag: .live,
                "Live events as messages of a WebSocket",
                access: .scope(.stream),
                parameters: StreamEndpoint.parameters,
                answers: [
                    .empty(101, "A WebSocket without end; specs/events.md says what is in it."),
                    .problem(426, "This is no request for a WebSocket of version 13"),
                ]
            )
        ]
    }

    private static func answer(_ request: HTTPRequest, _ context: EndpointContext) -> HTTPResponse {
        switch StreamEntry(request, context) {
        case .refused(let problem): return problem.response
        case .unknown: return feed(request) { StreamEntry.sendAway($0, .webSocket, context) }
        case .allowed(let query, let ticket):
            // A page has a key only if somebody gave it one; cookies it has of itself.
            guard ticket.key != nil || FeedOrigin.isOurs(request.headers, publicURL: context.publicURL) else {
                context.viewerLoop.metrics.feed.foreignOrigins.increment()
                StreamEntry.noteRefusal(foreignOrigin, ticket, context)
                return foreignOrigin.response
            }
            return feed(request) { StreamEntry.enter($0, query, ticket, .webSocket, context) }
        }
    }

    private static let foreignOrigin = Problem.forbidden(
        "Pages of another origin than PUBLIC_BASE_URL's need a key to follow the feed."
    )

    private static func feed(
        _ request: HTTPRequest,
        _ take: @escaping @Sendable (DetachedConnection) -> Void
    ) -> HTTPResponse {
        switch webSocketOpening(of: request, subprotocol: subprotocol, isOptional: true) {
        case .refused(let response): response
        case .accepted(let headers): HTTPResponse(status: 101, headers: headers, body: .detach(take))
        }
    }
}
