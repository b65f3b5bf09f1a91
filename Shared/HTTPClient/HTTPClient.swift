/// One request of ours to somebody's HTTP API.
package struct HTTPCall: Sendable, Equatable {
    package struct Header: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var method: String
    /// Absolute, http or https, percent-encoded.
    package var url: String
    package var headers: [Header]
    package var body: [UInt8]?
    /// From the call to the last byte of the answer.
    package var timeout: Duration

    package init(
        _ method: String = "GET",
        _ url: String,
        headers: [Header] = [],
        body: [UInt8]? = nil,
        timeout: Duration = .seconds(15)
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// The answer, whatever its status: 404 and 500 are answers, not errors. Redirects are answers too.
package struct HTTPReply: Sendable, Equatable {
    package let status: Int
    /// Names in lower case.
    package let headers: [String: String]
    package let body: [UInt8]

    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
        self.body = body
    }

    /// A header by its name, in any case.
    package subscript(header name: String) -> String? { headers[name.lowercased()] }

    package var isSuccess: Bool { (200..<300).contains(status) }
}

/// What services call. Tests give them one that answers from a table.
package protocol HTTPClient: Sendable {
    /// Throws `HTTPClientError` when no answer came.
    func send(_ call: HTTPCall) async throws -> HTTPReply
}

/// Why no answer came. Never holds the URL: paths and queries of Discord's API carry tokens.
package struct HTTPClientError: Error, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// The call itself is malformed; nothing was sent.
        case invalidCall
        case timedOut
        /// The body of the answer passed the client's limit.
        case tooLarge
        /// The caller's task was cancelled.
        case cancelled
        /// No connection, or it broke.
        case connectionFailed
    }

    package let code: Code
    package let reason: String

    package init(code: Code, reason: String) {
        self.code = code
        self.reason = reason
    }

    package var description: String { "HTTP: \(reason)" }
}
