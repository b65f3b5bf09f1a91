/// One request to Discord's REST API; the limiter in front of it adds address, authentication and User-Agent.
package struct RESTRequest: Sendable, Equatable {
    package struct File: Sendable, Equatable {
        package var name: String
        package var contentType: String
        package var bytes: [UInt8]

        package init(name: String, contentType: String, bytes: [UInt8]) {
            self.name = name
            self.contentType = contentType
            self.bytes = bytes
        }
    }

    package enum Body: Sendable, Equatable {
        case none
        case json([UInt8])
        /// `payload_json` and `files[n]`. Discord takes 10 MiB per file and 25 MiB in all.
        case multipart(json: [UInt8], files: [File])
    }

    package var route: RESTRoute
    /// In this order; percent-encoded when it is sent.
    package var query: [(name: String, value: String)] = []
    package var body = Body.none
    /// `X-Audit-Log-Reason`: 1 to 512 characters, cut beyond.
    package var reason: String?
    /// Whether it may be sent again when nobody knows whether the first was carried out (time-out, broken connection,
    /// 5xx): reads, PUT, DELETE, edits, and messages with an enforced nonce.
    package var isRepeatable: Bool
    /// From the call to the answer, time in line included.
    package var timeout: Duration
    /// Of one try at most; nil: what the limiter gives, `RESTLimiter.tryTimeout`.
    package var tryTimeout: Duration?

    /// Repeatable by its method, unless told: GET, PUT, PATCH and DELETE are.
    package init(
        _ route: RESTRoute,
        body: Body = .none,
        isRepeatable: Bool? = nil,
        timeout: Duration = .seconds(30)
    ) {
        self.route = route
        self.body = body
        self.isRepeatable = isRepeatable ?? (route.method != .post)
        self.timeout = timeout
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.route == right.route && left.query.map(\.name) == right.query.map(\.name)
            && left.query.map(\.value) == right.query.map(\.value) && left.body == right.body
            && left.reason == right.reason && left.isRepeatable == right.isRepeatable
            && left.timeout == right.timeout && left.tryTimeout == right.tryTimeout
    }
}

/// An answer that Discord gave: 2xx.
package struct RESTReply: Sendable, Equatable {
    package let status: Int
    package let body: [UInt8]
    /// It was sent before, and nobody knows what became of that.
    package let isResent: Bool

    package init(status: Int, body: [UInt8], isResent: Bool = false) {
        self.status = status
        self.body = body
        self.isResent = isResent
    }
}

/// Why a request has no such answer. Never holds a path or a token.
package enum RESTError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Discord said no, with one of its own codes (0: none) and sentences. Status 0: it was not sent, because it cannot be
    /// (a route that is not valid, a body above the limit). `isResent`: it was sent before, and nobody knows what became of
    /// that; what is refused may be so because it had been carried out.
    case refused(status: Int, code: Int, message: String, isResent: Bool = false)
    /// 401: the token is wrong; every later request with it fails without being sent.
    case unauthorized
    /// It was not carried out: its time was over, or would be, before its turn came.
    case timedOut
    /// It was not sent: the line it would have to stand in is full.
    case overloaded
    /// It was not sent: too many requests were refused of late, and Discord shuts out who goes on (10,000 in 10 minutes).
    case invalidRequestBudgetSpent(wait: Duration)
    /// It was not sent: this target answered 401, 403 or 404 before.
    case quarantined(status: Int, wait: Duration)
    /// It was not sent, or its answer is not waited for any more: the caller's task was cancelled.
    case cancelled
    /// It was sent, and nobody knows whether it was carried out.
    case unknownOutcome(String)

    package var description: String {
        switch self {
        case .refused(0, _, let message, _): "not sent: \(message)"
        case .refused(let status, let code, let message, _): "Discord answered \(status), \(code): \(message)"
        case .unauthorized: "Discord refused the token"
        case .timedOut: "no time was left before its turn came"
        case .overloaded: "too many requests wait"
        case .invalidRequestBudgetSpent(let wait):
            "too many requests were refused; none is sent for \(wait.components.seconds) s"
        case .quarantined(let status, let wait):
            "this target answered \(status); it is not asked again for \(wait.components.seconds) s"
        case .cancelled: "cancelled"
        case .unknownOutcome(let reason): "sent, but whether it was carried out is unknown: \(reason)"
        }
    }
}
