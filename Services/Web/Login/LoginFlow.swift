package import HTTPWire

/// The decisions of a login, without clock, network or store: where a browser is sent, and what counts of what it brings back.
package struct LoginFlow: Sendable {
    package struct Beginning: Sendable, Equatable {
        /// Discord's page of consent.
        package let location: String
        /// `Set-Cookie`s.
        package let cookies: [String]
    }

    /// What Discord sent the browser back with.
    package struct Return: Sendable {
        package let state: String?
        package let code: String?
        package let error: String?

        package init(state: String?, code: String?, error: String?) {
            self.state = state
            self.code = code
            self.error = error
        }
    }

    package enum Outcome: Sendable, Equatable {
        /// To be exchanged, if this state was not used before.
        case exchange(LoginAttempt, code: String)
        /// Whoever was asked said no.
        case denied(LoginAttempt?)
        /// Discord did not get so far as to ask; the name of the error (RFC 6749 section 4.1.2.1).
        case failed(LoginAttempt?, error: String)
        case refused(LoginRefusal)
    }

    package static let scopes = "identify guilds guilds.members.read"

    package let cookies: LoginCookies
    private let authorizeURL: String
    private let clientID: String
    /// Where Discord sends browsers back to.
    package let redirectURI: String

    package init(cookies: LoginCookies, authorizeURL: String, clientID: String, publicURL: String) {
        self.cookies = cookies
        self.authorizeURL = authorizeURL
        self.clientID = clientID
        redirectURI = "\(publicURL)/auth/callback"
    }

    package func begin(_ attempt: LoginAttempt, in headers: HTTPHeaders) -> Beginning {
        let query = FormText.encoded([
            ("response_type", "code"), ("client_id", clientID), ("scope", Self.scopes),
            ("redirect_uri", redirectURI), ("state", attempt.state),
            ("code_challenge", attempt.challenge), ("code_challenge_method", "S256"),
        ])
        let setting = cookies.setting(attempt)
        let surplus = cookies.surplus(in: headers, besides: setting.utf8.count, now: attempt.issued)
        return Beginning(
            location: authorizeURL + (authorizeURL.contains("?") ? "&" : "?") + query,
            cookies: surplus.map(cookies.removal) + [setting]
        )
    }

    /// What is to be done. `now` is in Unix seconds.
    package func outcome(of back: Return, in headers: HTTPHeaders, now: Int64) -> Outcome {
        guard let state = back.state, LoginAttempt.isState(state) else {
            // Nobody to be logged in, so it can be said what Discord said.
            return back.error.map { Self.failure($0, nil) } ?? .refused(.malformed)
        }
        do throws(LoginRefusal) {
            let attempt = try cookies.attempt(state, in: headers, now: now)
            if let error = back.error { return Self.failure(error, attempt) }
            guard let code = back.code, !code.isEmpty else { return .refused(.malformed) }
            return .exchange(attempt, code: code)
        } catch {
            return back.error.map { Self.failure($0, nil) } ?? .refused(error)
        }
    }

    private static func failure(_ error: String, _ attempt: LoginAttempt?) -> Outcome {
        error == "access_denied" ? .denied(attempt) : .failed(attempt, error: error)
    }
}

/// `application/x-www-form-urlencoded` (WHATWG URL, section 5.2), blanks as `%20`: good in queries and bodies alike.
enum FormText {
    static func encoded(_ items: [(String, String)]) -> String {
        items.map { "\($0)=\(encoded($1))" }.joined(separator: "&")
    }

    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: out.append(byte)
            default: out += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
