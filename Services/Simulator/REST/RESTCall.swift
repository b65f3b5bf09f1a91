internal import Base
package import HTTPServer
internal import HTTPWire
internal import JSON

/// One request to the simulated API.
package struct RESTCall: Sendable {
    package let request: HTTPRequest
    package let parameters: PathParameters
    package let now: Instant
    /// Whose access token came, where one did.
    package let grant: OAuthGrant?

    package init(request: HTTPRequest, parameters: PathParameters, now: Instant, grant: OAuthGrant? = nil) {
        self.request = request
        self.parameters = parameters
        self.now = now
        self.grant = grant
    }

    func id(_ name: String) -> Snowflake? { parameters[name].flatMap { Snowflake($0) } }
    /// A variable part of the path.
    func text(_ name: String) -> String? { parameters[name] }
    func header(_ name: String) -> String? { request.headers[name] }
    func query(_ name: String) -> String? { request.head.queryItem(name) }

    /// A parameter that may stand there several times.
    func ids(_ name: String) -> Set<Snowflake> {
        Set(request.head.queryItems(name).compactMap { Snowflake($0) })
    }

    /// `true` and `1` are true, as Discord has it.
    func flag(_ name: String) -> Bool { ["true", "1", "True"].contains(query(name) ?? "") }

    /// A number of the query, kept within a range; nil where it is none or lies outside.
    func number(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int? {
        guard let text = query(name) else { return fallback }
        return Int(text).flatMap { range.contains($0) ? $0 : nil }
    }

    /// The object that came, also as a form's `payload_json`; no body counts as `{}`.
    func form() throws(RESTReply) -> (fields: JSONFields, files: [UploadedFile]) {
        if request.body.isEmpty { return (JSONFields(), []) }
        guard let form = FormBody.read(request) else { throw RESTReply.invalidJSON }
        guard form.files.allSatisfy({ $0.byteCount <= 10 << 20 }) else { throw RESTReply.fileTooLarge }
        return form
    }

    func urlForm() -> [String: String] { FormBody.urlEncoded(request.body) }

    func body() throws(RESTReply) -> JSONFields { try form().fields }

    /// The elements of a body that is an array of objects.
    func list() throws(RESTReply) -> [JSONFields] {
        guard let root = try? JSONDocument(parsing: request.body).root, let array = root.array else {
            throw RESTReply.invalidForm("_", "BASE_TYPE_BAD_TYPE", "Only iterables may be used in a list")
        }
        var list: [JSONFields] = []
        for value in array {
            guard let fields = JSONFields(value) else { throw RESTReply.invalidJSON }
            list.append(fields)
        }
        return list
    }

    /// A number of the query within a range.
    func limit(_ fallback: Int, _ range: ClosedRange<Int>) throws(RESTReply) -> Int {
        guard let limit = number("limit", default: fallback, in: range) else {
            throw RESTReply.outOfRange("limit", range)
        }
        return limit
    }
}

/// What the simulated API answers.
package struct RESTReply: Sendable {
    package var status: Int
    package var body: [UInt8]
    package var headers: [(name: String, value: String)] = []

    package init(_ body: [UInt8], status: Int = 200) {
        self.body = body
        self.status = status
    }

    package static let noContent = RESTReply([], status: 204)
}

/// A route of the simulated API.
package struct Endpoint: Sendable {
    package typealias Perform = @Sendable (inout GatewayCore, RESTCall) throws(RESTReply) -> RESTReply

    package let method: String
    /// Behind `/api/v10`.
    package let path: String
    package var needsToken = true
    /// An access token with this scope will do as well as the bot's; nil: the bot's alone.
    package var scope: String?
    /// Endpoints of the same name share a bucket; nil: a bucket of its own.
    package var bucket: String?
    /// Not counted among the 50 a second. Discord: interactions; here webhooks as well.
    package var isExempt = false
    /// For one major parameter; nil: no bucket of its own.
    package var limit: RateLimits.Limit? = RateLimits.Limit(20, in: 5)
    package let perform: Perform

    init(_ method: String, _ path: String, needsToken: Bool = true, perform: @escaping Perform) {
        self.method = method
        self.path = path
        self.needsToken = needsToken
        self.perform = perform
    }

    func limited(to calls: Int, in seconds: Int, _ window: RateLimits.Window = .sliding) -> Endpoint {
        var copy = self
        copy.limit = RateLimits.Limit(calls, in: seconds, window)
        return copy
    }

    func open(to scope: String) -> Endpoint {
        var copy = self
        copy.scope = scope
        return copy
    }

    func sharing(_ bucket: String) -> Endpoint {
        var copy = self
        copy.bucket = bucket
        return copy
    }

    func exempt() -> Endpoint {
        var copy = self
        copy.isExempt = true
        return copy
    }

    func unlimited() -> Endpoint {
        var copy = self
        copy.limit = nil
        return copy
    }
}
