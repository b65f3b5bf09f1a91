internal import RedisClient

/// Why the bus did not do what it was asked.
package struct BusError: Error, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// Not reached, or too busy: nothing was done.
        case unavailable
        /// It went away on the way: done or not done, ask for the top.
        case outcomeUnknown
        /// It answered that it cannot: out of memory, read-only, not allowed. Nothing was done.
        case refused
        /// Data of another form than ours, on either side.
        case malformed
    }

    package let code: Code
    package let reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    init(_ error: RedisError) {
        reason = error.description
        switch error {
        case .notConnected, .overloaded, .closed: code = .unavailable
        case .connectionLost, .timeout, .protocolViolation: code = .outcomeUnknown
        case .server: code = .refused
        case .unexpectedReply: code = .malformed
        }
    }

    package var description: String { reason }
}
