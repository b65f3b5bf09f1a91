package import Base
package import HTTPServer
package import JSON

/// A request that was checked by its operation's table: the parameters and the body have the shapes that it says.
package struct APICall: Sendable {
    package let request: HTTPRequest
    package let caller: Caller
    /// As text; the client's own where a trusted proxy told it.
    package let address: String
    /// The body's root; nil where the operation takes none, or an optional one was left out.
    package let body: JSONValue?
    /// Whether the change that this call makes is in the audit log.
    let audit = AuditMark()
    private let path: PathParameters
    private let lists: [String: [String]]

    package init(
        request: HTTPRequest,
        caller: Caller,
        address: String,
        path: PathParameters,
        lists: [String: [String]],
        body: JSONValue?
    ) {
        self.request = request
        self.caller = caller
        self.address = address
        self.path = path
        self.lists = lists
        self.body = body
    }

    /// A path's or query's value, nil where it was not given.
    package func text(_ name: String) -> String? { path[name] ?? lists[name]?.first }

    package func list(_ name: String) -> [String] { lists[name] ?? [] }

    package func snowflakes(_ name: String) -> [Snowflake] { list(name).compactMap { Snowflake($0) } }

    package func integer(_ name: String) -> Int64? { text(name).flatMap { Int64($0) } }

    /// A required id, which the table has checked.
    package func id(_ name: String) throws(Problem) -> Snowflake {
        guard let id = text(name).flatMap({ Snowflake($0) }) else { throw .invalid("\(name) is no id.") }
        return id
    }

    /// Who calls, where the operation lets in nobody else.
    package func user() throws(Problem) -> Snowflake {
        guard let user = caller.user else { throw Problem(401, SessionRefusal.missing.detail) }
        return user
    }
}
