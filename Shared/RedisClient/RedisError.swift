/// What can go wrong between a command and its reply.
package enum RedisError: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is no connection now; the command was not sent.
    case notConnected(String)
    /// The connection ended while the command was under way: it may or may not have been carried out.
    case connectionLost(String)
    /// No reply within the configured time: it may or may not have been carried out.
    case timeout
    /// Too many commands or bytes wait already; this one was not sent.
    case overloaded
    /// Redis answered with this error (`ERR …`, `NOSCRIPT …`, `OOM …`).
    case server(String)
    /// Bytes that are no reply; the connection is dropped.
    case protocolViolation(String)
    /// A reply of another shape than the command promises.
    case unexpectedReply(String)
    /// The client was closed.
    case closed

    /// Whether Redis may have carried the command out although no reply says so.
    package var outcomeUnknown: Bool {
        switch self {
        case .connectionLost, .timeout, .protocolViolation: true
        case .notConnected, .overloaded, .server, .unexpectedReply, .closed: false
        }
    }

    /// The first word of a server's error, such as `NOSCRIPT`; nil for other errors.
    package var serverCode: Substring? {
        guard case .server(let text) = self else { return nil }
        return text.prefix { $0 != " " }
    }

    package var description: String {
        switch self {
        case .notConnected(let reason): "not connected to Redis: \(reason)"
        case .connectionLost(let reason): "connection to Redis lost: \(reason)"
        case .timeout: "Redis did not answer in time"
        case .overloaded: "too many Redis commands are waiting"
        case .server(let text): "Redis answered: \(text)"
        case .protocolViolation(let reason): "not a Redis reply: \(reason)"
        case .unexpectedReply(let reason): "unexpected reply from Redis: \(reason)"
        case .closed: "the Redis client is closed"
        }
    }
}

extension RedisError {
    /// The reason alone, without what it is the reason for.
    var detail: String {
        switch self {
        case .notConnected(let reason), .connectionLost(let reason), .protocolViolation(let reason): reason
        case .server(let text): text
        case .timeout, .overloaded, .unexpectedReply, .closed: description
        }
    }
}
