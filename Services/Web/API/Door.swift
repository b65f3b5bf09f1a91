import Base
import EventLoop
package import HTTPServer
import HTTPWire
import JSON

/// The way of a request into the API, the same for every operation: who calls, may they, is what they send of the right shape.
///
/// The order is what keeps it safe: nothing of a request is read deeper before its caller was let in. Who calls is computed
/// before the limits are asked, so that one question has all counters, but what was found is told only behind them.
package struct Door: Sendable {
    private let context: APIContext
    private let sameOrigin: SameOrigin

    package init(_ context: APIContext) {
        self.context = context
        sameOrigin = SameOrigin(publicURL: context.config.publicURL)
    }

    /// A request on its way.
    private struct Visit {
        let request: HTTPRequest
        let path: PathParameters
        let operation: Operation
        let address: ClientAddress
        let found: Authorizer.Found

        /// Who it is, where that is known, whether they may or not.
        var caller: Caller { if case .found(let caller) = found { caller } else { .nobody } }
    }

    /// The operation's route, which answers problems as problem documents.
    package func route(_ operation: Operation) -> Route {
        switch operation.answering {
        case .route(let route): route
        case .api(let handler):
            Route(method: operation.method, pattern: operation.pattern) { request, path in
                let visit = visit(request, path, operation)
                let counters = context.limits.counters(operation, visit.address, visit.caller)
                let limits = await context.limits.take(counters)
                var response = await answer(visit, limits, handler)
                limits.add(to: &response.headers)
                response.headers.addIfMissing("Cache-Control", "no-store")
                return response
            }
        }
    }

    private func answer(_ visit: Visit, _ limits: LimitAnswer, _ handler: Operation.Handler) async
        -> HTTPResponse
    {
        do throws(Problem) {
            if let problem = limits.problem { throw problem }
            let call = try enter(visit)
            let response = try await handler(call)
            await noteChange(visit, call, response)
            return response
        } catch {
            noteRefusal(visit, error)
            return error.response
        }
    }

    private func visit(_ request: HTTPRequest, _ path: PathParameters, _ operation: Operation) -> Visit {
        let address = ClientAddress(
            peer: request.remoteAddress,
            headers: request.headers,
            trusted: context.config.trustedProxies
        )
        let found: Authorizer.Found =
            operation.access == .anyone
            ? .found(.nobody)
            : context.authorizer.caller(
                request.headers,
                now: MonotonicClock.now(),
                unixSeconds: WallClock.unixMilliseconds() / 1000
            )
        return Visit(request: request, path: path, operation: operation, address: address, found: found)
    }

    private func enter(_ visit: Visit) throws(Problem) -> APICall {
        let caller = try caller(visit)
        // Of whatever the table calls a guild; handlers see to it that nothing else names one.
        if let key = caller.key, let guild = visit.path["guild"], guild != key.guild.description {
            throw .otherGuild
        }
        let check = OperationCheck(visit.operation)
        let lists = try check.parameters(visit.request.head, visit.path)
        let body = try check.body(visit.request)
        return APICall(
            request: visit.request,
            caller: caller,
            address: visit.address.text,
            path: visit.path,
            lists: lists,
            body: body
        )
    }

    private func caller(_ visit: Visit) throws(Problem) -> Caller {
        let access = visit.operation.access
        switch (visit.found, access) {
        case (.refused, .maybe): return .nobody
        case (.unknown, _):
            throw .unavailable("Nobody can say now whether the session or key was ended. Try again.")
        case (.refused(let refusal), _): throw refusal.problem
        case (.found(.nobody), .anyone), (.found(.nobody), .maybe): return .nobody
        case (.found(.nobody), _):
            if case .scope = access, context.config.access == .open { return .nobody }
            throw SessionRefusal.missing.problem
        case (.found(.session(let session)), _):
            guard !SameOrigin.isChange(visit.request.method) || sameOrigin.vouches(for: visit.request.headers)
            else { throw SameOrigin.problem }
            return .session(session)
        case (.found(.key(let key)), .scope(let scope)):
            guard key.scopes.contains(scope) else { throw .lacks(scope) }
            return .key(key)
        case (.found(.key), _): throw .forbidden("Keys cannot do this: log in.")
        }
    }

    // MARK: The audit log

    /// What became of each change is written: where its handler wrote nothing, so much is.
    private func noteChange(_ visit: Visit, _ call: APICall, _ response: HTTPResponse) async {
        guard SameOrigin.isChange(visit.request.method), response.status < 400, call.caller != .nobody,
            !call.audit.isSet
        else { return }
        let change = AuditChange(visit.operation.name, guild: guild(visit), target: target(visit))
        await context.audit.changed(change, by: call)
    }

    /// What was refused to somebody who is known: 401, 403 and 429, and a guild that is not theirs.
    private func noteRefusal(_ visit: Visit, _ problem: Problem) {
        guard visit.caller != .nobody else { return }
        let isOfGuild: Bool
        switch problem.status {
        case 401, 403, 429: isOfGuild = false
        case 404 where problem == .notFound("guild") && guild(visit) != nil: isOfGuild = true
        default: return
        }
        // Whatever was to be done at a guild that is not theirs is one action: who tries all routes makes one row.
        let change = AuditChange(
            isOfGuild ? Self.seeGuild : visit.operation.name,
            guild: guild(visit),
            target: isOfGuild ? nil : target(visit),
            detail: [("status", .number(Int64(problem.status))), ("reason", .text(problem.detail))]
        )
        context.audit.refused(change, visit.caller)
    }

    private static let seeGuild = "seeGuild"

    private func guild(_ visit: Visit) -> Snowflake? {
        visit.caller.key?.guild ?? visit.path["guild"].flatMap { Snowflake($0) }
    }

    /// What else the path names.
    private func target(_ visit: Visit) -> String? {
        let names = visit.operation.parameters.lazy.filter { $0.place == .path && $0.name != "guild" }
        return names.compactMap { visit.path[$0.name] }.first
    }
}
