import HTTPServer
import HTTPWire

/// `GET /api/stream`: the live events, as Server-Sent Events. See specs/events.md for what is in them.
///
/// Load, draining and a state that is not there yet are never an error status: an EventSource gives up for good on
/// anything but 200, so such a stream is opened, told when to come again, and ended.
enum StreamEndpoint: Endpoint {
    static func routes(_ context: EndpointContext) -> [Route] {
        [
            Route(method: "GET", pattern: "/api/stream") { request, _ in
                guard context.config.access == .open else {
                    return .problem(
                        status: 401,
                        detail:
                            "Log in to follow the stream. (WEB_ACCESS=open shows it to anyone on this machine.)"
                    )
                    .with("WWW-Authenticate", "Bearer realm=\"guildwire\"")
                }
                do throws(StreamQuery.Malformed) {
                    let query = try StreamQuery(request.head)
                    return HTTPResponse(
                        headers: headers,
                        body: .detach { connection in context.viewerLoop.admit(connection, query, .open) }
                    )
                } catch {
                    return .problem(status: 400, detail: error.detail)
                }
            }
        ]
    }

    /// No cache and no proxy may hold a stream back.
    private static let headers: HTTPHeaders = [
        "Content-Type": "text/event-stream; charset=utf-8",
        "Cache-Control": "no-cache, no-transform",
        "X-Accel-Buffering": "no",
        "X-Content-Type-Options": "nosniff",
    ]
}
