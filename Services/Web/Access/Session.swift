package import Base

/// Who has logged in, and for how long: what a session cookie says. See specs/sight.md, "Sessions".
package struct Session: Sendable, Hashable {
    package let user: Snowflake
    /// 32 hex digits in lower case: by it the session is revoked.
    package let id: String
    /// Unix seconds.
    package let issued: Int64
    /// Unix seconds; from this second on it counts no more.
    package let expires: Int64

    package init(user: Snowflake, id: String, issued: Int64, expires: Int64) {
        self.user = user
        self.id = id
        self.issued = issued
        self.expires = expires
    }

    /// How far the clock of who issued it may be ahead of ours.
    package static let skewMax: Int64 = 60
    /// No session is valid for longer, whoever signed it.
    package static let lifetimeMax: Int64 = 30 * 86_400
    /// Times past the year 9999 are none, which keeps sums and milliseconds of them in range.
    package static let timeMax: Int64 = 253_402_300_799

    package static func isID(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }
    }
}
