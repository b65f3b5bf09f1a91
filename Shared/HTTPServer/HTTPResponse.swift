package import HTTPWire

/// What a handler answers. The server adds `Date`, `Content-Length` and `Connection`.
package struct HTTPResponse: Sendable {
    package enum Body: Sendable {
        case empty
        case bytes([UInt8])
        /// A body made while it is sent, in chunks; the writer waits when the client is slow. Its task is
        /// cancelled when the client goes away; when it throws, the connection is cut, so that the client
        /// sees the body break off instead of ending.
        case stream(@Sendable (HTTPBodyWriter) async throws -> Void)
        /// The response never ends: its head and the connection's descriptor go to whoever keeps many of
        /// them. The head says `Connection: close` (but with status 101) and no length. Called on the loop.
        case detach(@Sendable (DetachedConnection) -> Void)
        /// Another protocol from here on (status 101): the stream goes, once the head is written, to whoever
        /// speaks it. Called on the loop; it sets the stream's delegate, or the stream is closed.
        case upgrade(@Sendable (UpgradedConnection) -> Void)
    }

    package var status: Int
    package var headers: HTTPHeaders
    package var body: Body

    package init(status: Int = 200, headers: HTTPHeaders = [:], body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package static func json(_ bytes: [UInt8], status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["Content-Type": "application/json"], body: .bytes(bytes))
    }

    package static func text(
        _ text: String,
        status: Int = 200,
        contentType: String = "text/plain; charset=utf-8"
    ) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["Content-Type": contentType], body: .bytes(Array(text.utf8)))
    }

    package static func redirect(to location: String, status: Int = 303) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["Location": location])
    }

    /// A problem document (RFC 9457). `title` defaults to the status' own name; `detail` is for people.
    package static func problem(status: Int, title: String? = nil, detail: String? = nil) -> HTTPResponse {
        var json = "{\"type\":\"about:blank\",\"title\":\(quoted(title ?? HTTPStatus.reason(status)))"
        json += ",\"status\":\(status)"
        if let detail { json += ",\"detail\":\(quoted(detail))" }
        json += "}\n"
        return HTTPResponse(
            status: status,
            headers: ["Content-Type": "application/problem+json", "Cache-Control": "no-store"],
            body: .bytes(Array(json.utf8))
        )
    }

    /// The same response with one more header.
    package func with(_ name: String, _ value: String) -> HTTPResponse {
        var copy = self
        copy.headers.add(name, value)
        return copy
    }
}

/// A JSON string; the few bytes that need it escaped (RFC 8259 section 7).
private func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case "\u{0}"..<" ":
            let hex = String(scalar.value, radix: 16)
            out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out + "\""
}
