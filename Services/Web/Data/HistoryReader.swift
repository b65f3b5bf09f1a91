import Base
import PostgresClient
import Telemetry

/// Reads what analytics has stored: in a transaction that changes nothing, with a time zone, and for so long and no longer.
struct HistoryReader: Sendable {
    private let api: APIContext

    /// Requests that wait for the one connection; past it 503.
    static let waitingMax = 16
    /// Of one statement.
    private static let millisecondsMax: Int64 = 5_000

    init(_ api: APIContext) { self.api = api }

    /// `zone` is one that `TimeZones` knows.
    func read<Result: Sendable>(
        zone: String = "UTC",
        _ body: (PostgresConnection) async throws -> Result
    ) async throws(Problem) -> Result {
        guard let database = api.history else { throw .noDatabase }
        do {
            return try await database.transaction { session in
                try await session.query("SET TRANSACTION READ ONLY")
                // As values of a call, not as a part of the statement's text.
                try await session.query(
                    "SELECT set_config('statement_timeout', $1, true), set_config('TimeZone', $2, true)",
                    [.text(String(Self.millisecondsMax)), .text(zone)]
                )
                return try await body(session)
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw problem(of: error)
        }
    }

    private func problem(of error: any Error) -> Problem {
        switch error as? PostgresError {
        case .server(let server) where server.sqlState == "57014":
            return .unavailable("It took longer than 5 s. Ask for a shorter range, or for days.")
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
