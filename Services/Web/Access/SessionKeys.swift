package import Base
internal import JSON

/// Signs sessions and believes those that are signed: `v1.<payload>.<mac>`, see specs/sight.md, "Sessions".
///
/// The first secret signs, every one verifies, so that one can be rotated out.
package struct SessionKeys: Sendable {
    private let signing: SigningKeys
    private let known = KnownTokens<Session>(bytesMax: 512)

    /// Of each secret: what an HMAC-SHA256 key should have (RFC 2104 section 3).
    package static let secretBytesMin = SigningKeys.secretBytesMin

    package init(_ secrets: [Secret]) { self.init(SigningKeys(secrets)) }

    package init(_ signing: SigningKeys) { self.signing = signing }

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
        if session.began != session.issued { json.member("b", session.began) }
        json.endObject()
        return signing.signed(json.takeBytes(), as: Self.form)
    }

    /// The session that a cookie's value says, or why it counts for nothing. `now` is in Unix seconds. Whether it was
    /// revoked is `RevocationList`'s to say.
    package func session(_ cookie: [UInt8], now: Int64) throws(SessionRefusal) -> Session {
        let known = self.known.value(of: cookie)
        let session = if let known { known } else { try verified(cookie) }
        guard session.issued <= now + Session.skewMax else { throw .notYetIssued }
        guard session.expires - session.began <= Session.lifetimeMax else { throw .tooLongLived }
        guard now < session.expires else { throw .expired }
        // What is refused would only take a place.
        if known == nil { self.known.keep(session, cookie) }
        return session
    }

    /// Cookies that are kept with what they say.
    package var knownCount: Int { known.count }

    private static let form = SigningKeys.Form("v", version: 1)

    private func verified(_ cookie: [UInt8]) throws(SessionRefusal) -> Session {
        guard cookie.count <= SessionCookie.bytesMax else { throw .tooLong }
        do throws(SigningKeys.Flaw) {
            return try Self.read(try signing.payload(of: cookie, as: Self.form))
        } catch {
            switch error {
            case .malformed: throw .malformed
            case .otherVersion: throw .otherVersion
            case .forged: throw .forged
            }
        }
    }

    /// Members that are not known are of later versions of ours, and ignored.
    private static func read(_ payload: [UInt8]) throws(SigningKeys.Flaw) -> Session {
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: payload).root } catch { throw .malformed }
        guard let text = root["u"]?.string, let user = Snowflake(text), user.rawValue > 0,
            user.description == text, let id = root["s"]?.string, Session.isID(id),
            let issued = root["i"]?.int64, let expires = root["e"]?.int64,
            0 <= issued, issued < expires, expires <= Session.timeMax
        else { throw .malformed }
        guard let member = root["b"] else {
            return Session(user: user, id: id, issued: issued, expires: expires)
        }
        guard let began = member.int64, 0...issued ~= began else { throw .malformed }
        return Session(user: user, id: id, issued: issued, expires: expires, began: began)
    }
}
