import Base
import EventLoop
import PostgresClient
import Telemetry

/// Reads what analytics has stored: in a transaction that changes nothing, with a time zone, and for so long and no longer.
struct HistoryReader: Sendable {
    private let api: APIContext

    /// Requests that wait for the one connection; past it 503.
    static let waitingMax = 16
    /// Of all statements of a request together, once it has the connection.
    private static let timeMax = Duration.seconds(5)

    init(_ api: APIContext) { self.api = api }

    /// `zone` is one that `TimeZones` knows.
    func read<Result: Sendable>(
        zone: String = "UTC",
        _ body: (HistorySession) async throws -> Result
    ) async throws(Problem) -> Result {
        guard let database = api.history else { throw .noDatabase }
        do {
            return try await database.transaction { session in
                // Who asked may have gone while this waited for the connection.
                try Task.checkCancellation()
                let history = HistorySession(session, until: MonotonicClock.now() + Self.timeMax)
                try await session.query("SET TRANSACTION READ ONLY")
                // As a value of a call, not as a part of the statement's text.
                try await history.query("SELECT set_config('TimeZone', $1, true)", [.text(zone)])
                return try await body(history)
            }
        } catch is HistorySession.Overdue {
            throw Self.tookTooLong
        } catch is CancellationError {
            throw .unavailable("The request was given up.")
        } catch let problem as Problem {
            throw problem
        } catch {
            throw problem(of: error)
        }
    }

    private static let tookTooLong = Problem.unavailable(
        "It took longer than 5 s. Ask for a shorter range, or for days."
    )

    private func problem(of error: any Error) -> Problem {
        switch error as? PostgresError {
        case .server(let server) where server.sqlState == "57014":
            return Self.tookTooLong
        case .server(let server) where server.sqlState == "42P01" || server.sqlState == "42703":
            return .unavailable("The database has no such tables yet: start analytics, which makes them.")
        case .overloaded: return .unavailable("Too many requests wait for the database. Try again.")
        default:
            api.log.warning("history cannot be read", [.error: .string("\(error)")])
            return .unavailable("The database does not answer. Try again in a moment.")
        }
    }

    /// As the tables have ids.
    static func value(of id: Snowflake) -> PostgresValue { .int(Int64(bitPattern: id.rawValue)) }

    /// For `$n::bigint[]`.
    static func value(of ids: some Sequence<Snowflake>) -> PostgresValue {
        .text("{\(ids.map { String(Int64(bitPattern: $0.rawValue)) }.joined(separator: ","))}")
    }
}

/// A transaction that reads, whose statements share one time: each may take what the ones before it left.
struct HistorySession {
    private let connection: PostgresConnection
    private let deadline: Duration

    /// Nothing was left for the statement.
    struct Overdue: Error {}

    /// `deadline` is one of `MonotonicClock`.
    init(_ connection: PostgresConnection, until deadline: Duration) {
        self.connection = connection
        self.deadline = deadline
    }

    @discardableResult func query(_ statement: String, _ values: [PostgresValue] = []) async throws
        -> PostgresRows
    {
        let left = (deadline - MonotonicClock.now()).nanosecondsClipped / 1_000_000
        // PostgreSQL takes 0 for no bound at all.
        guard left > 0 else { throw Overdue() }
        try await connection.query("SELECT set_config('statement_timeout', $1, true)", [.text(String(left))])
        return try await connection.query(statement, values)
    }
}

/// The time zones that the database knows by IANA's names: it would take other texts for zones too.
package final class TimeZones: Sendable {
    private let names = Locked<Set<String>?>(nil)

    package static let form = TextForm(
        pattern: "^[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}$",
        length: 1...98,
        about: "a time zone by its IANA name, like Europe/Berlin"
    ) { text in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count <= 3 && parts.allSatisfy { isName($0) }
    }

    private static func isName(_ part: Substring) -> Bool {
        1...32 ~= part.utf8.count
            && part.utf8.allSatisfy { byte in
                0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte || byte == 0x5F
                    || byte == 0x2B || byte == 0x2D
            }
    }

    package init() {}

    /// Throws 400 for a zone that there is not. They are read once; a new version of them comes with the next start.
    func check(_ zone: String, _ api: APIContext) async throws(Problem) {
        guard zone != "UTC" else { return }
        var known = names.withLock { $0 }
        if known == nil {
            known = try await HistoryReader(api).read { session in
                let rows = try await session.query("SELECT name FROM pg_timezone_names LIMIT 2000")
                return Set(rows.all.compactMap { $0.string("name") })
            }
            names.withLock { [known] in $0 = known }
        }
        guard known?.contains(zone) == true else {
            throw .invalid("zone must be a time zone by its IANA name, like Europe/Berlin.")
        }
    }
}
