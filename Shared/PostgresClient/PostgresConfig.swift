package import Base
internal import CPostgres

/// Which database, and how long to wait for it.
package struct PostgresConfig: Sendable, Equatable {
    /// `postgresql://…`, which may hold a password.
    package let url: Secret
    /// The name under which the server lists the connection.
    package var applicationName = "guildwire"
    package var connectTimeout: Duration = .seconds(10)
    /// A statement without a result for this long costs the connection.
    package var statementTimeout: Duration = .seconds(30)
    /// Callers that may wait for the connection.
    package var waitingMax = 1000
    package var backoff = Backoff(base: .milliseconds(100), limit: .seconds(5))

    /// Checks that libpq can read the URL; says no more of what is wrong, since the URL may hold a password.
    package init(url: Secret) throws(PostgresURLError) {
        guard url.exposed.hasPrefix("postgresql://") || url.exposed.hasPrefix("postgres://") else {
            throw PostgresURLError(problem: "must begin with postgresql://")
        }
        var message: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(url.exposed, &message)
        PQfreemem(message)
        guard let options else { throw PostgresURLError(problem: "is no PostgreSQL URL that libpq can read") }
        PQconninfoFree(options)
        self.url = url
    }
}

package struct PostgresURLError: Error, Equatable, CustomStringConvertible {
    package let problem: String
    package var description: String { problem }
}
