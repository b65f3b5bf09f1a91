internal import Base
internal import Crypto
internal import EventLoop

/// A login that a browser has begun: what its cookie holds until Discord sends the browser back.
package struct LoginAttempt: Sendable, Equatable {
    /// 32 hex digits in lower case, drawn by us: RFC 6749 section 10.12.
    package let state: String
    /// Of PKCE: 43 signs (RFC 7636 section 4.1).
    package let verifier: String
    package let returnPath: String
    /// Unix seconds.
    package let issued: Int64

    /// Seconds from the address of Discord's page to the way back.
    package static let lifetime: Int64 = 600

    package init(state: String, verifier: String, returnPath: String, issued: Int64) {
        self.state = state
        self.verifier = verifier
        self.returnPath = returnPath
        self.issued = issued
    }

    /// A new one. `now` is in Unix seconds.
    package static func begin(returningTo path: String?, now: Int64) -> LoginAttempt {
        LoginAttempt(
            state: RandomSource.hex(16),
            verifier: Base64.url.encoded(RandomSource.bytes(32)),
            returnPath: ReturnPath.safe(path),
            issued: now
        )
    }

    /// RFC 7636 section 4.2, `S256`.
    package var challenge: String { Base64.url.encoded(SHA256.digest(of: Array(verifier.utf8))) }

    package static func isState(_ text: String) -> Bool { Session.isID(text) }
}
