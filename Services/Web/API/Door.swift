import Base
import EventLoop
import HTTPServer
import HTTPWire
import JSON

/// The way of a request into the API, the same for every operation: who calls, may they, is what they send of the right shape.
///
/// The order is what keeps it safe: nothing of a request is read deeper before its caller was let in.
struct Door: Sendable {
    private let context: APIContext

    init(_ context: APIContext) { self.context = context }

    /// The operation's route, which answers problems as problem documents.
    func route(_ operation: Operation) -> Route {
        switch operation.answering {
        case .route(let route): route
        case .api(let handler):
            Route(method: operation.method, pattern: operation.pattern) { request, path in
                do throws(Problem) {
                    let call = try enter(request, path, operation)
                    let response = try await handler(call)
                    return response.headers["cache-control"] == nil
                        ? response.with("Cache-Control", "no-store") : response
                } catch {
                    return error.response
                }
            }
        }
    }

    private func enter(_ request: HTTPRequest, _ path: PathParameters, _ operation: Operation) throws(Problem)
        -> APICall
    {
        let caller = try caller(request, operation.access)
        // Of whatever the table calls a guild; handlers see to it that nothing else names one.
        if let key = caller.key, let guild = path["guild"], guild != key.guild.description {
            throw .otherGuild
        }
        let check = OperationCheck(operation)
        let lists = try check.parameters(request.head, path)
        let body = try check.body(request)
        return APICall(
            request: request,
            caller: caller,
            address: request.remoteAddress,
            path: path,
            lists: lists,
            body: body
        )
    }

    private func caller(_ request: HTTPRequest, _ access: Operation.Access) throws(Problem) -> Caller {
        guard access != .anyone else { return .nobody }
        let answer = context.authorizer.caller(
            request.headers,
            now: MonotonicClock.now(),
            unixSeconds: WallClock.unixMilliseconds() / 1000
        )
        switch (answer, access) {
        case (.found(let caller), .maybe): return caller
        case (.refused, .maybe): return .nobody
        case (.unknown, _):
            throw .unavailable("Nobody can say now whether the session or key was ended. Try again.")
        case (.refused(let refusal), _): throw refusal.problem
        case (.found(.nobody), _):
            if case .scope = access, context.config.access == .open { return .nobody }
            throw SessionRefusal.missing.problem
        case (.found(.session(let session)), _): return .session(session)
        case (.found(.key(let key)), .scope(let scope)):
            guard key.scopes.contains(scope) else { throw .lacks(scope) }
            return .key(key)
        case (.found(.key), _): throw .forbidden("Keys cannot do this: log in.")
        }
    }
}
