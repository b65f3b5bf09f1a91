import EventLoop
import HTTPServer

/// Who asks for a stream and for what, the same by whatever protocol it goes: a session or a key, and of what is asked as much as
/// the key allows.
enum StreamEntry {
    case allowed(StreamQuery, Ticket)
    /// 401, 403 or 400, in this order: who is refused learns nothing of the query.
    case refused(Problem)
    /// Nobody can say now who it is: come again.
    case unknown

    init(_ request: HTTPRequest, _ context: EndpointContext) {
        let answer = context.authorizer.authorize(
            request.head,
            now: MonotonicClock.now(),
            unixSeconds: WallClock.unixMilliseconds() / 1000
        )
        switch answer {
        case .refused(let refusal): self = .refused(refusal.problem)
        case .unknown: self = .unknown
        case .allowed(let ticket):
            do throws(Problem) {
                self = .allowed(try Self.query(request, ticket, context.queries), ticket)
            } catch {
                Self.noteRefusal(error, ticket, context)
                self = .refused(error)
            }
        }
    }

    /// Streams do not pass the door: who is known and gets 403 is written here.
    static func noteRefusal(_ problem: Problem, _ ticket: Ticket, _ context: EndpointContext) {
        guard problem.status == 403, let actor = ticket.subject.user else { return }
        let change = AuditChange(
            "stream",
            guild: ticket.key?.guild,
            detail: [("status", .number(Int64(problem.status))), ("reason", .text(problem.detail))]
        )
        context.api?.audit.refused(change, by: actor, session: ticket.session, key: ticket.key?.id)
    }

    private static func query(_ request: HTTPRequest, _ ticket: Ticket, _ queries: StreamQueries)
        throws(Problem) -> StreamQuery
    {
        if let key = ticket.key {
            guard key.scopes.contains(.stream) else { throw .lacks(.stream) }
            return try queries.query(request.head, by: key)
        }
        do throws(StreamQuery.Malformed) { return try queries.query(request.head) } catch {
            throw .invalid(error.detail)
        }
    }

    /// On the viewers' loop, where the ends of sessions are told too: one that is revoked from here on is found among the
    /// streams, one that was revoked while the request was answered is found here.
    static func enter(
        _ connection: DetachedConnection,
        _ query: StreamQuery,
        _ ticket: Ticket,
        _ format: StreamFormat,
        _ context: EndpointContext
    ) {
        guard context.authorizer.stillAllows(ticket, now: MonotonicClock.now()) else {
            return sendAway(connection, format, context)
        }
        context.viewerLoop.admit(connection, query, ticket, format)
    }

    static func sendAway(
        _ connection: DetachedConnection,
        _ format: StreamFormat,
        _ context: EndpointContext
    ) {
        context.viewerLoop.assumeIsolated { $0.sendAway(connection, format) }
    }
}
