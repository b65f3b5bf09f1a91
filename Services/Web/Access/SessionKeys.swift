package import Base
internal import Crypto
internal import JSON

/// Signs sessions and believes those that are signed: `v1.<payload>.<mac>`, see specs/sight.md, "Sessions".
///
/// The first secret signs, every one verifies, so that one can be rotated out.
package struct SessionKeys: Sendable {
    private let keys: [HMACSHA256.Key]
    private let known = KnownSessions()

    /// Of each secret: what an HMAC-SHA256 key should have (RFC 2104 section 3).
    package static let secretBytesMin = 32

    package init(_ secrets: [Secret]) {
        precondition(!secrets.isEmpty, "without a secret there is nobody to believe")
        keys = secrets.map { HMACSHA256.Key($0) }
    }

    /// The cookie's value.
    package func mint(_ session: Session) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.key("u")
        json.snowflake(session.user)
        json.key("s")
        json.string(session.id)
        json.key("i")
        json.int64(session.issued)
        json.key("e")
        json.int64(session.expires)
        json.endObject()
        let signed = "\(Self.version).\(Base64.url.encoded(json.takeBytes()))"
        let code = keys[0].code(of: signed.utf8)
        return "\(signed).\(Base64.url.encoded(code))"
    }

    /// The session that a cookie's value says, or why it counts for nothing. `now` is in Unix seconds. Whether it was
    /// revoked is `RevocationList`'s to say.
    package func session(_ cookie: [UInt8], now: Int64) throws(SessionRefusal) -> Session {
        let known = self.known.session(cookie)
        let session = if let known { known } else { try verified(cookie) }
        guard session.issued <= now + Session.skewMax else { throw .notYetIssued }
        guard session.expires - session.issued <= Session.lifetimeMax else { throw .tooLongLived }
        guard now < session.expires else { throw .expired }
        // What is refused would only take a place.
        if known == nil { self.known.keep(session, cookie) }
        return session
    }

    /// Cookies that are kept with what they say.
    package var knownCount: Int { known.count }

    private func verified(_ cookie: [UInt8]) throws(SessionRefusal) -> Session {
        guard cookie.count <= SessionCookie.bytesMax else { throw .tooLong }
        let parts = cookie.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts[0].elementsEqual(Self.version.utf8) else {
            throw Self.isVersion(parts[0]) ? .otherVersion : .malformed
        }
        guard parts.count == 3, let payload = Base64.url.decoded(parts[1]),
            let code = Base64.url.decoded(parts[2]), code.count == HMACSHA256.size
        else { throw .malformed }
        // Nothing is read of what is not signed.
        guard isSigned(cookie[..<parts[1].endIndex], code) else { throw .forged }
        return try Self.read(payload)
    }

    private static let version = "v1"

    private static func isVersion(_ part: ArraySlice<UInt8>) -> Bool {
        part.first == UInt8(ascii: "v") && 2...4 ~= part.count
            && part.dropFirst().allSatisfy { 0x30...0x39 ~= $0 }
    }

    /// Tries every secret whatever the outcome: the time says nothing about which one it was.
    private func isSigned(_ text: ArraySlice<UInt8>, _ code: [UInt8]) -> Bool {
        var isOurs = false
        for key in keys {
            let matches = key.matches(code, text)
            isOurs = isOurs || matches
        }
        return isOurs
    }

    /// Members that are not known are of later versions of ours, and ignored.
    private static func read(_ payload: [UInt8]) throws(SessionRefusal) -> Session {
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: payload).root } catch { throw .malformed }
        guard let text = root["u"]?.string, let user = Snowflake(text), user.rawValue > 0,
            user.description == text, let id = root["s"]?.string, Session.isID(id),
            let issued = root["i"]?.int64, let expires = root["e"]?.int64,
            0 <= issued, issued < expires, expires <= Session.timeMax
        else { throw .malformed }
        return Session(user: user, id: id, issued: issued, expires: expires)
    }
}
