internal import JSON

/// What came back from Discord, or from what stands before it, to one request.
package struct RESTAnswer: Sendable, Equatable {
    /// The bucket that the request was counted in. Discord's documentation, "Rate Limits": headers of most answers.
    package struct Bucket: Sendable, Equatable {
        /// `X-RateLimit-Bucket`: says nothing about the major parameter.
        package let id: String
        package let limit: Int
        package let remaining: Int
        /// From the moment of the answer, by `X-RateLimit-Reset-After`; `X-RateLimit-Reset` would need equal clocks.
        package let resetAfter: Duration
    }

    /// Which limit a 429 speaks of.
    package enum Scope: String, Sendable, CaseIterable {
        /// The bot's bucket for this route.
        case user
        /// The resource's, which others use too: the only one that is not our fault, and not counted against us.
        case shared
        /// The bot's 50 requests a second.
        case global
        /// Cloudflare before Discord: no JSON and no headers of Discord's. It shuts out the address, whatever is asked.
        case edge
    }

    package let status: Int
    package let body: [UInt8]
    package let bucket: Bucket?
    package let scope: Scope
    /// Of a 429: how long nothing may be sent; the longer of header and body, 1 s where neither says.
    package let retryAfter: Duration
    /// Discord's own error code and sentence; 0 and empty where there are none.
    package let code: Int
    package let message: String

    /// No wait that Discord asks for is believed beyond a day, and none is shorter than this.
    package static let waitMax = Duration.seconds(86_400)
    package static let waitMin = Duration.milliseconds(50)
    static let bucketBytesMax = 128
    static let messageBytesMax = 400

    /// `header` is asked with names in lower case.
    package init(status: Int, body: [UInt8], header: (String) -> String?) {
        self.status = status
        self.body = body
        bucket = Self.bucket(header)
        let isSuccess = 200..<300 ~= status
        let root = isSuccess ? nil : try? JSONDocument(parsing: body).root
        code = root?["code"]?.int ?? 0
        message = String((root?["message"]?.string ?? "").prefix(Self.messageBytesMax))
        scope = Self.scope(header, root, hasBucket: bucket != nil)
        let waits = [Self.seconds(header("retry-after")), Self.seconds(root?["retry_after"]?.double)]
        retryAfter = max(Self.waitMin, waits.compactMap { $0 }.max() ?? .seconds(1))
    }

    func refusal(isResent: Bool) -> RESTError {
        .refused(status: status, code: code, message: message, isResent: isResent)
    }

    private static func scope(_ header: (String) -> String?, _ root: JSONValue?, hasBucket: Bool) -> Scope {
        if let named = header("x-ratelimit-scope").flatMap(Scope.init), named != .edge { return named }
        if header("x-ratelimit-global")?.lowercased() == "true" || root?["global"]?.bool == true {
            return .global
        }
        return hasBucket || root?["retry_after"] != nil ? .user : .edge
    }

    private static func bucket(_ header: (String) -> String?) -> Bucket? {
        guard let id = header("x-ratelimit-bucket"), !id.isEmpty, id.utf8.count <= bucketBytesMax,
            let remaining = header("x-ratelimit-remaining").flatMap({ Int($0) }),
            let reset = seconds(header("x-ratelimit-reset-after"))
        else { return nil }
        let limit = header("x-ratelimit-limit").flatMap { Int($0) } ?? 1
        return Bucket(id: id, limit: max(1, limit), remaining: max(0, remaining), resetAfter: reset)
    }

    private static func seconds(_ text: String?) -> Duration? { seconds(text.flatMap { Double($0) }) }

    private static func seconds(_ number: Double?) -> Duration? {
        guard let number, number.isFinite, number >= 0 else { return nil }
        return number < 86_400 ? .microseconds((number * 1e6).rounded()) : waitMax
    }
}
