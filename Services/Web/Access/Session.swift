package import Base

/// Who has logged in, and for how long: what a session cookie says. See specs/sight.md, "Sessions".
package struct Session: Sendable, Hashable {
    package let user: Snowflake
    /// 32 hex digits in lower case: by it the session is revoked.
    package let id: String
    /// Unix seconds: of the cookie, which is given anew while the session lasts.
    package let issued: Int64
    /// Unix seconds; from this second on it counts no more.
    package let expires: Int64
    /// Unix seconds: of the first cookie of the session.
    package let began: Int64

    /// Without `began` it began when it was issued.
    package init(user: Snowflake, id: String, issued: Int64, expires: Int64, began: Int64? = nil) {
        self.user = user
        self.id = id
        self.issued = issued
        self.expires = expires
        self.began = began ?? issued
    }

    /// How far the clock of who issued it may be ahead of ours.
    package static let skewMax: Int64 = 60
    /// No session is valid for longer from its beginning on, whoever signed it and however often it was given anew.
    package static let lifetimeMax: Int64 = 30 * 86_400
    /// Of a cookie, from when it was given.
    package static let cookieLifetime: Int64 = 7 * 86_400
    /// A cookie that is older is given anew.
    package static let rotateAfter: Int64 = 3_600
    /// Times past the year 9999 are none, which keeps sums and milliseconds of them in range.
    package static let timeMax: Int64 = 253_402_300_799

    /// A new one. `now` is in Unix seconds.
    package static func begin(_ user: Snowflake, id: String, now: Int64) -> Session {
        Session(user: user, id: id, issued: now, expires: now + cookieLifetime)
    }

    /// The same session in a newer cookie; nil where this one is young, or would not last longer.
    package func rotated(now: Int64) -> Session? {
        let later = min(now + Self.cookieLifetime, lastExpiry)
        guard now - issued > Self.rotateAfter, later > expires else { return nil }
        return Session(user: user, id: id, issued: now, expires: later, began: began)
    }

    /// No cookie of this session counts from then on, so until then a revocation has to be remembered.
    package var lastExpiry: Int64 { min(began + Self.lifetimeMax, Self.timeMax) }

    package static func isID(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }
    }
}
