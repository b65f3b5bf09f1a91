internal import Base

/// What a browser brings to the page of consent, checked. RFC 6749 section 4.1.1, with PKCE (RFC 7636) where it is given.
struct OAuthRequest {
    static let scopesKnown: Set<String> = [
        "identify", "email", "guilds", "guilds.members.read", "guilds.join", "connections", "bot",
        "applications.commands", "role_connections.write", "webhook.incoming",
    ]

    let client: String
    let redirect: String
    let scopes: [String]
    let state: String?
    let challenge: String?

    enum Problem: Error, Equatable {
        /// Nobody to send back to: a page says so.
        case page(String)
        /// The application hears of it.
        case sentBack(redirect: String, state: String?, error: String, description: String)
    }

    init(_ value: (String) -> String?, _ known: OAuthDesk.Client) throws(Problem) {
        guard let client = value("client_id"), client == known.id.description else {
            throw .page("Unknown client: client_id is not that of an application.")
        }
        guard let redirect = value("redirect_uri"),
            redirect.hasPrefix("http://") || redirect.hasPrefix("https://"),
            known.redirects.isEmpty || known.redirects.contains(redirect)
        else {
            throw .page("Invalid OAuth2 redirect_uri: it is not one that the application has registered.")
        }
        let state = value("state")
        func back(_ error: String, _ description: String) -> Problem {
            .sentBack(redirect: redirect, state: state, error: error, description: description)
        }
        guard value("response_type") == "code" else {
            throw back("unsupported_response_type", "The authorization server supports response_type=code.")
        }
        let scopes = (value("scope") ?? "").split(separator: " ").map(String.init)
        guard !scopes.isEmpty, scopes.allSatisfy({ Self.scopesKnown.contains($0) }) else {
            throw back("invalid_scope", "The requested scope is invalid, unknown, or malformed.")
        }
        let challenge = value("code_challenge")
        guard challenge == nil || value("code_challenge_method") == "S256" else {
            throw back("invalid_request", "code_challenge_method must be S256.")
        }
        self.client = client
        self.redirect = redirect
        self.scopes = scopes
        self.state = state
        self.challenge = challenge
    }

    /// The address with more in its query.
    static func address(_ redirect: String, _ items: [(String, String?)]) -> String {
        let query = items.compactMap { name, value in value.map { "\(name)=\(encoded($0))" } }.joined(
            separator: "&"
        )
        return redirect + (redirect.contains("?") ? "&" : "?") + query
    }

    static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            if isPlain || "-._~".utf8.contains(byte) { return String(UnicodeScalar(byte)) }
            return (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
