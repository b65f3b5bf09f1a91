/// Why a request is not let in by its session. The raw value is the metric's label.
package enum SessionRefusal: String, Error, Sendable, CaseIterable {
    /// There is no cookie, and without one nobody may look.
    case missing
    /// Two cookies of the name: which one was meant cannot be told, and one may have been planted.
    case ambiguous
    /// Above `SessionCookie.bytesMax`.
    case tooLong = "too_long"
    /// Not of the cookie's form, or signed without a session in it.
    case malformed
    /// `v2.…`, of a Guildwire to come.
    case otherVersion = "other_version"
    /// None of our secrets made this signature.
    case forged
    case expired
    /// Issued more than `Session.skewMax` from now.
    case notYetIssued = "not_yet_issued"
    /// Valid for longer than `Session.lifetimeMax`.
    case tooLongLived = "too_long_lived"
    case revoked

    /// For people. What has no signature of ours learns nothing but that.
    package var detail: String {
        switch self {
        case .missing: "Log in to follow the stream."
        case .ambiguous, .tooLong, .malformed, .otherVersion, .forged, .tooLongLived:
            "The session cookie is not valid. Log in again."
        case .expired: "The session has expired. Log in again."
        case .notYetIssued: "The session begins in the future. A clock is wrong."
        case .revoked: "The session was ended. Log in again."
        }
    }

    /// Whether the cookie can never become good, so that the browser may as well forget it. Without that a browser that
    /// kept one from an earlier secret would be refused even where nobody needs a session. That of an ended session is not taken
    /// back here: this answer may cross the one that gives the browser's next session to another tab. `GET /api/me` does it.
    package var isFinal: Bool {
        switch self {
        case .ambiguous, .tooLong, .malformed, .forged, .expired, .tooLongLived: true
        case .missing, .otherVersion, .notYetIssued, .revoked: false
        }
    }

    /// 401, and the cookie is taken back where it can never become good.
    package var problem: Problem {
        let problem = Problem(401, detail).with("WWW-Authenticate", "Bearer realm=\"guildwire\"")
        return isFinal ? problem.with("Set-Cookie", SessionCookie.removal) : problem
    }
}
