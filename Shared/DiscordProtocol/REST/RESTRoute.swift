/// Method, path and what Discord counts limits by, of one request to its REST API.
///
/// Discord's documentation, "Rate Limits": a bucket belongs to a route (method and path template) and its top-level
/// resource, the *major parameter*: `channel_id`, `guild_id`, or `webhook_id` with its token. An interaction's callback has
/// its id and token there: nothing of it may wait for another one's.
package struct RESTRoute: Hashable, Sendable {
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// How the request proves itself, and which limits count it.
    package enum Authority: Sendable, Hashable {
        /// The bot's token; counts towards the 50 requests a second.
        case bot
        /// A token in the path (interactions, webhooks): no Authorization header, and outside the global limit.
        case path
    }

    package let method: Method
    /// `/channels/{channel.id}/messages/{message.id}`; parameters in braces.
    package let template: String
    /// With its parameters filled in and percent-encoded; behind the API's base.
    package let path: String
    /// The value of the first parameter, where that is a top-level resource; otherwise empty.
    package let major: String
    /// Whose it is as far as a refusal goes: the major parameter's, or else the guild's that the path names further on.
    package let owner: String
    package let authority: Authority
    /// Whether it can be sent: a parameter that is empty, `.` or `..` would name another path, and none is that long.
    /// One that cannot is answered with `RESTError.refused(status: 0, …)`.
    package let isValid: Bool

    /// Of a path, in bytes. Discord's own longest, with an interaction's token, has some 300.
    package static let pathBytesMax = 4096

    /// `parameters` fill the template's braces in order. They are percent-encoded here: only unreserved characters
    /// (RFC 3986, section 2.3) stay as they are, so that none can leave its path segment.
    package init(
        _ method: Method,
        _ template: String,
        _ parameters: [String] = [],
        authority: Authority = .bot
    ) {
        self.method = method
        self.template = template
        self.authority = authority
        var path = ""
        var names: [Substring] = []
        var rest = parameters[...]
        var remaining = template[...]
        while let open = remaining.firstIndex(of: "{"), let close = remaining[open...].firstIndex(of: "}") {
            path += remaining[..<open]
            names.append(remaining[open...close])
            path += Self.encoded(rest.popFirst() ?? "")
            remaining = remaining[close...].dropFirst()
        }
        precondition(
            rest.isEmpty && names.count == parameters.count,
            "a route's parameters fill its template"
        )
        self.path = path + remaining
        isValid =
            self.path.utf8.count <= Self.pathBytesMax
            && parameters.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        major = Self.major(template, names, parameters)
        let guild = names.firstIndex(of: "{guild.id}").map { parameters[$0] }
        owner = major.isEmpty ? guild ?? "" : major
    }

    private static func major(_ template: String, _ names: [Substring], _ parameters: [String]) -> String {
        guard let name = names.first, let value = parameters.first else { return "" }
        switch name {
        case "{channel.id}", "{guild.id}": return value
        case "{webhook.id}", "{interaction.id}":
            let isWithToken = ["{webhook.token}", "{interaction.token}"].contains(names.dropFirst().first)
            return isWithToken ? value + "/" + parameters[1] : value
        default: return ""
        }
    }

    static func encoded(_ parameter: String) -> String {
        var text = ""
        for byte in parameter.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return text
    }
}
