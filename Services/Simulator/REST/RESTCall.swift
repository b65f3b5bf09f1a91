internal import Base
package import HTTPServer
internal import HTTPWire
internal import JSON

/// One request to the simulated API.
package struct RESTCall: Sendable {
    package let request: HTTPRequest
    package let parameters: PathParameters
    package let now: Instant

    package init(request: HTTPRequest, parameters: PathParameters, now: Instant) {
        self.request = request
        self.parameters = parameters
        self.now = now
    }

    func id(_ name: String) -> Snowflake? { parameters[name].flatMap { Snowflake($0) } }
    func query(_ name: String) -> String? { request.head.queryItem(name) }

    /// `true` and `1` are true, as Discord has it.
    func flag(_ name: String) -> Bool { ["true", "1", "True"].contains(query(name) ?? "") }

    /// A number of the query, kept within a range; nil where it is none or lies outside.
    func number(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int? {
        guard let text = query(name) else { return fallback }
        return Int(text).flatMap { range.contains($0) ? $0 : nil }
    }

    var body: JSONFields? { try? JSONFields(JSONDocument(parsing: request.body).root) }
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

    /// Discord's error body: a code of its own and a sentence.
    package static func error(_ status: Int, _ code: Int, _ message: String) -> RESTReply {
        RESTReply(
            JSONText.object { writer in
                writer.member("message", message)
                writer.member("code", code)
            },
            status: status
        )
    }

    static let unauthorized = error(401, 0, "401: Unauthorized")
    static let notFound = error(404, 0, "404: Not Found")
    static let unknownChannel = error(404, 10003, "Unknown Channel")
    static let unknownGuild = error(404, 10004, "Unknown Guild")
    static let unknownMember = error(404, 10007, "Unknown Member")
    static let unknownMessage = error(404, 10008, "Unknown Message")
    static let unknownRole = error(404, 10011, "Unknown Role")
    static let unknownUser = error(404, 10013, "Unknown User")
    static let unknownVoiceState = error(404, 10065, "Unknown Voice State")
    static let wrongChannelType = error(400, 50024, "Cannot execute action on this channel type")
    static let emptyMessage = error(400, 50006, "Cannot send an empty message")
    static let notOwnMessage = error(403, 50005, "Cannot edit a message authored by another user")

    /// One field of the form is wrong. Discord, "Error Messages".
    static func invalidForm(_ field: String, _ code: String, _ message: String) -> RESTReply {
        let problem = JSONText.object { writer in
            writer.member("code", code)
            writer.member("message", message)
        }
        return RESTReply(
            JSONText.object { writer in
                writer.member("message", "Invalid Form Body")
                writer.member("code", 50035)
                let list = JSONText.object { $0.member("_errors", raw: JSONText.array([problem])) }
                writer.member("errors", raw: JSONText.object { $0.member(field, raw: list) })
            },
            status: 400
        )
    }
}

/// A route of the simulated API.
package struct Endpoint: Sendable {
    package typealias Perform = @Sendable (inout GatewayCore, RESTCall) -> RESTReply

    package let method: String
    /// Behind `/api/v10`.
    package let path: String
    package var needsToken = true
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

    func unlimited() -> Endpoint {
        var copy = self
        copy.limit = nil
        return copy
    }
}
