/// What can go wrong between a statement and its result.
package enum PostgresError: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is no connection now; nothing was sent.
    case notConnected(String)
    /// The connection ended while the statement was under way. What was not committed is undone; whether a COMMIT
    /// under way was carried out is unknown.
    case connectionLost(String)
    /// No result in time; the connection was given up.
    case timeout
    /// Too many callers wait already.
    case overloaded
    case server(ServerError)
    /// The transaction was rolled back although COMMIT was asked for: a statement in it had failed.
    case transactionAborted
    /// A result of another shape than the caller expects.
    case unexpectedResult(String)
    case closed

    package struct ServerError: Sendable, Equatable {
        /// Five characters, see appendix A of PostgreSQL's manual.
        package let sqlState: String
        package let message: String

        package init(sqlState: String, message: String) {
            self.sqlState = sqlState
            self.message = message
        }
    }

    /// Whether the statement itself was at fault: repeating it would fail again.
    package var isStatementAtFault: Bool {
        guard case .server(let error) = self else { return false }
        // A row of COPY's binary form that is not of the table's types, though its class is that of connections.
        if error.sqlState == "08P01" { return true }
        // 40: serialization and deadlock, 53: resources, 55: lock or state, 57: operator intervention, 58: system.
        return !["08", "25", "40", "53", "55", "57", "58", "XX"].contains(error.sqlState.prefix(2))
    }

    package var description: String {
        switch self {
        case .notConnected(let reason): "not connected to PostgreSQL: \(reason)"
        case .connectionLost(let reason): "connection to PostgreSQL lost: \(reason)"
        case .timeout: "PostgreSQL did not answer in time"
        case .overloaded: "too many statements wait for PostgreSQL"
        case .server(let error): "PostgreSQL answered: \(error.message) (\(error.sqlState))"
        case .transactionAborted: "the transaction was rolled back"
        case .unexpectedResult(let reason): "unexpected result from PostgreSQL: \(reason)"
        case .closed: "the PostgreSQL client is closed"
        }
    }
}

extension PostgresError {
    /// The reason alone, without what it is the reason for.
    var detail: String {
        switch self {
        case .notConnected(let reason), .connectionLost(let reason), .unexpectedResult(let reason): reason
        case .timeout, .overloaded, .server, .transactionAborted, .closed: description
        }
    }
}
