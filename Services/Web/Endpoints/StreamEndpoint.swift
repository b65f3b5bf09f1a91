import EventLoop
import HTTPServer
import HTTPWire

/// `GET /api/stream`: the live events, as Server-Sent Events. See specs/events.md for what is in them.
///
/// Load, draining and a state that is not there yet are never an error status: an EventSource gives up for good on
/// anything but 200, so such a stream is opened, told when to come again, and ended.
enum StreamEndpoint: Endpoint {
    static func routes(_ context: EndpointContext) -> [Route] {
        [Route(method: "GET", pattern: "/api/stream") { request, _ in answer(request, context) }]
    }

    private static func answer(_ request: HTTPRequest, _ context: EndpointContext) -> HTTPResponse {
        let answer = context.authorizer.authorize(
            request.head.headers,
            now: MonotonicClock.now(),
            unixSeconds: WallClock.unixMilliseconds() / 1000
        )
        switch answer {
        case .refused(let refusal): return refused(refusal)
        case .unknown:
            return stream { connection in context.viewerLoop.assumeIsolated { $0.sendAway(connection) } }
        case .allowed(let ticket):
            do throws(StreamQuery.Malformed) {
                let query = try context.queries.query(request.head)
                return stream { connection in enter(connection, query, ticket, context) }
            } catch {
                return .problem(status: 400, detail: error.detail)
            }
        }
    }

    /// On the viewers' loop, where the ends of sessions are told too: one that is revoked from here on is found among the
    /// streams, one that was revoked while the request was answered is found here.
    private static func enter(
        _ connection: DetachedConnection,
        _ query: StreamQuery,
        _ ticket: Ticket,
        _ context: EndpointContext
    ) {
        guard context.authorizer.stillAllows(ticket, now: MonotonicClock.now()) else {
            return context.viewerLoop.assumeIsolated { $0.sendAway(connection) }
        }
        context.viewerLoop.admit(connection, query, ticket)
    }

    private static func stream(_ take: @escaping @Sendable (DetachedConnection) -> Void) -> HTTPResponse {
        HTTPResponse(headers: headers, body: .detach(take))
    }

    private static func refused(_ refusal: SessionRefusal) -> HTTPResponse {
        let problem = HTTPResponse.problem(status: 401, detail: refusal.detail)
            .with("WWW-Authenticate", "Bearer realm=\"guildwire\"")
        return refusal.isFinal ? problem.with("Set-Cookie", SessionCookie.removal) : problem
    }

    /// No cache and no proxy may hold a stream back.
    private static let headers: HTTPHeaders = [
        "Content-Type": "text/event-stream; charset=utf-8",
        "Cache-Control": "no-cache, no-transform",
        "X-Accel-Buffering": "no",
        "X-Content-Type-Options": "nosniff",
    ]
}
