internal import JSON

/// Trouble with calls of the API on demand, at most 100 at a time.
package struct RESTFaults: Sendable {
    package enum Action: Sendable, Equatable {
        /// An answer instead of the call: `scope` and `retryAfter` are of a 429.
        case answer(status: Int, scope: String, retryAfter: Double)
        /// The connection breaks off, before the call is done or after; the client cannot tell.
        case drop(isDone: Bool)
        /// The call is done later.
        case delay(Duration)
        /// The call is done at once, and answered later.
        case hold(Duration)
    }

    private struct Fault: Sendable {
        /// `METHOD /template` with `{}` for each variable; nil: every route.
        let route: String?
        let action: Action
        var times: Int
    }

    private var faults: [Fault] = []

    package init() {}

    package mutating func add(_ route: String?, _ action: Action, times: Int) {
        if faults.count >= 100 { faults.removeFirst() }
        faults.append(Fault(route: route.map(Self.bare), action: action, times: times))
    }

    package mutating func clear() { faults = [] }

    /// The trouble that this call is in for, counted down.
    package mutating func take(_ method: String, _ path: String) -> Action? {
        let route = Self.bare("\(method) \(path)")
        guard let index = faults.firstIndex(where: { $0.route == nil || $0.route == route }) else {
            return nil
        }
        let action = faults[index].action
        faults[index].times -= 1
        if faults[index].times <= 0 { faults.remove(at: index) }
        return action
    }

    private static func bare(_ route: String) -> String {
        route.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("{") ? "{}" : String($0) }.joined(separator: "/")
    }

    /// `{"route","status","scope","retry_after","drop":"before|after","ms","answer_ms","times"}`.
    /// Nil: says nothing that can be done.
    static func read(_ root: JSONValue) -> (route: String?, action: Action, times: Int)? {
        let times = root["times"]?.int ?? 1
        guard times > 0 else { return nil }
        let route = root["route"]?.string
        if let status = root["status"]?.int, 400...599 ~= status {
            let scope = root["scope"]?.string ?? "shared"
            return (
                route, .answer(status: status, scope: scope, retryAfter: root["retry_after"]?.double ?? 1),
                times
            )
        }
        switch root["drop"]?.string {
        case "before": return (route, .drop(isDone: false), times)
        case "after": return (route, .drop(isDone: true), times)
        default: break
        }
        if let ms = root["ms"]?.int, ms > 0 { return (route, .delay(.milliseconds(ms)), times) }
        guard let ms = root["answer_ms"]?.int, ms > 0 else { return nil }
        return (route, .hold(.milliseconds(ms)), times)
    }
}
