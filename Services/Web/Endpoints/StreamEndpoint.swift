import HTTPServer
import HTTPWire

/// `GET /api/stream`: the live events, as Server-Sent Events. See specs/events.md for what is in them.
///
/// Load, draining and a state that is not there yet are never an error status: an EventSource gives up for good on
/// anything but 200, so such a stream is opened, told when to come again, and ended.
enum StreamEndpoint: Endpoint {
    static func operations(_ context: EndpointContext) -> [Operation] {
        let route = Route(method: "GET", pattern: "/api/stream") { request, _ in answer(request, context) }
        return [
            Operation(
                route,
                "stream",
                tag: .live,
                "Live events as Server-Sent Events",
                access: .scope(.stream),
                parameters: parameters,
                answers: [
                    .content("text/event-stream", "A stream without end; specs/events.md says what is in it.")
                ]
            )
        ]
    }

    /// Of a stream, by whatever protocol; `StreamQuery` reads them.
    static let parameters: [Operation.Parameter] = [
        .list("guild", .snowflake, "Of these guilds; without it of all that you may see"),
        .list("events", .string(1...65), "Of these kinds: voice.joined, voice.*"),
        .list("channels", .snowflake, "Of these channels; what has none comes anyway"),
        .query("lastEventId", .string(0...1_024), "Go on behind this event, as Last-Event-ID"),
        .query("snapshot", .string(0...1), "1: a snapshot comes behind what was missed"),
        .query("key", .string(0...4_096), "A key, for overlays: what else shows one has a header for it"),
    ]

    private static func answer(_ request: HTTPRequest, _ context: EndpointContext) -> HTTPResponse {
        switch StreamEntry(request, context) {
        case .refused(let problem): problem.response
        case .unknown: stream { StreamEntry.sendAway($0, .serverSent, context) }
        case .allowed(let query, let ticket):
            stream { StreamEntry.enter($0, query, ticket, .serverSent, context) }
        }
    }

    private static func stream(_ take: @escaping @Sendable (DetachedConnection) -> Void) -> HTTPResponse {
        HTTPResponse(headers: headers, body: .detach(take))
    }

    /// No cache and no proxy may hold a stream back.
    private static let headers: HTTPHeaders = {
        var headers: HTTPHeaders = [
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-cache, no-transform",
            "X-Accel-Buffering": "no",
        ]
        for field in SecurityHeaders.data { headers.add(field.name, field.value) }
        return headers
    }()
}
