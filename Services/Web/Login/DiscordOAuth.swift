package import Base
package import HTTPClient
internal import JSON

/// Discord's side of a login: codes for tokens, and who a token's user is. Discord, "OAuth2"; RFC 6749 section 4.1.3.
package struct DiscordOAuth: Sendable {
    package enum Failure: Error, Sendable, Equatable {
        /// No whole answer within `timeout`.
        case timedOut
        case unreachable
        /// The code is none, was used, or is of another application or address.
        case codeRefused
        /// Our client id or secret is wrong.
        case clientRefused
        /// 429.
        case limited
        /// Any other status, or an answer of another form.
        case unexpected(status: Int)
    }

    /// Whose token it is.
    package struct User: Sendable, Equatable {
        package let id: Snowflake
        /// At most `nameMax` characters.
        package let name: String
        /// An address.
        package let avatar: String
    }

    package static let timeout = Duration.seconds(10)
    package static let revokeTimeout = Duration.seconds(5)
    package static let nameMax = 100
    private static let tokenBytesMax = 1_024

    private let config: WebConfig.OAuth
    private let redirectURI: String
    private let http: any HTTPClient

    package init(_ config: WebConfig.OAuth, redirectURI: String, http: any HTTPClient) {
        self.config = config
        self.redirectURI = redirectURI
        self.http = http
    }

    /// An access token for a code.
    package func exchange(_ code: String, verifier: String) async throws(Failure) -> Secret {
        let reply = try await send(
            form(
                "/oauth2/token",
                [
                    ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURI),
                    ("code_verifier", verifier),
                ]
            )
        )
        switch reply.status {
        case 200: break
        case 400: throw .codeRefused
        case 401, 403: throw .clientRefused
        case 429: throw .limited
        default: throw .unexpected(status: reply.status)
        }
        // It goes into a header as it is.
        guard let token = Self.root(reply)?["access_token"]?.string,
            1...Self.tokenBytesMax ~= token.utf8.count,
            token.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        else { throw .unexpected(status: reply.status) }
        return Secret(token)
    }

    package func user(_ token: Secret) async throws(Failure) -> User {
        let reply = try await send(
            HTTPCall(
                "GET",
                "\(config.apiBase)/users/@me",
                headers: [.init("Authorization", "Bearer \(token.exposed)")],
                timeout: Self.timeout
            )
        )
        if reply.status == 429 { throw .limited }
        guard reply.status == 200, let root = Self.root(reply), let text = root["id"]?.string,
            let id = Snowflake(text), id.rawValue > 0, let username = root["username"]?.string
        else { throw .unexpected(status: reply.status) }
        let shown = root["global_name"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? username
        return User(
            id: id,
            name: String(shown.prefix(Self.nameMax)),
            avatar: avatar(id, root["avatar"]?.string, root["discriminator"]?.string)
        )
    }

    /// Ends the token, and all of the same consent. False where that cannot be said.
    package func revoke(_ token: Secret) async -> Bool {
        var call = form(
            "/oauth2/token/revoke",
            [("token", token.exposed), ("token_type_hint", "access_token")]
        )
        call.timeout = Self.revokeTimeout
        do throws(Failure) { return try await send(call).isSuccess } catch { return false }
    }

    private func form(_ path: String, _ items: [(String, String)]) -> HTTPCall {
        let client = Array("\(config.clientID):\(config.clientSecret.exposed)".utf8)
        return HTTPCall(
            "POST",
            config.apiBase + path,
            headers: [
                .init("Content-Type", "application/x-www-form-urlencoded"),
                .init("Authorization", "Basic \(Base64.standard.encoded(client))"),
            ],
            body: Array(FormText.encoded(items).utf8),
            timeout: Self.timeout
        )
    }

    private func send(_ call: HTTPCall) async throws(Failure) -> HTTPReply {
        do {
            return try await http.send(call)
        } catch let error as HTTPClientError where error.code == .timedOut {
            throw .timedOut
        } catch {
            throw .unreachable
        }
    }

    private static func root(_ reply: HTTPReply) -> JSONValue? {
        do throws(JSONError) { return try JSONDocument(parsing: reply.body).root } catch { return nil }
    }

    /// Discord, "Image Formatting". Hashes go into the address as they are, so they hold nothing that means something there.
    private func avatar(_ user: Snowflake, _ hash: String?, _ discriminator: String?) -> String {
        let isPlain = hash.map { hash in
            1...64 ~= hash.utf8.count
                && hash.utf8.allSatisfy { 0x61...0x7A ~= $0 | 0x20 || 0x30...0x39 ~= $0 || $0 == 0x5F }
        }
        if let hash, isPlain == true { return "\(config.cdnBase)/avatars/\(user)/\(hash).png" }
        let old = discriminator.flatMap { UInt64(decimal: $0.utf8) } ?? 0
        let number = old > 0 ? old % 5 : (user.rawValue >> 22) % 6
        return "\(config.cdnBase)/embed/avatars/\(number).png"
    }
}
