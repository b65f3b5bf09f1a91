import Base
import Crypto
import HTTPWire
import Web

/// Session cookies: nothing is believed that is not signed, and what is signed is a session within its bounds.
func fuzzSession(bytes: [UInt8]) throws(FuzzFailure) {
    if let decoded = Base64.url.decoded(bytes) {
        try hold(Base64.url.encoded(decoded).utf8.elementsEqual(bytes), "another form of \(decoded)")
    }
    // As a header, and as a cookie's value: nobody can have signed it.
    if let value = try value(in: text(bytes)) { try checkUnsigned(value) }
    try checkUnsigned(bytes)
    // As a payload that our own secret has signed, so that all of it is read.
    let signed = "v1.\(Base64.url.encoded(bytes))"
    let code = HMACSHA256.code(of: Array(signed.utf8), key: secret)
    try checkSigned(Array("\(signed).\(Base64.url.encoded(code))".utf8), payload: bytes)
}

private let secret = Secret("a secret of the fuzz target's own")
private let keys = SessionKeys([Secret("another one, which has signed nothing"), secret])
private let now: Int64 = 1_800_000_000

private func value(in header: String) throws(FuzzFailure) -> [UInt8]? {
    var headers = HTTPHeaders()
    headers.add("Cookie", header)
    do throws(SessionRefusal) {
        return try SessionCookie.value(in: headers)
    } catch {
        try hold(error == .ambiguous || error == .tooLong, "\(error) of a header")
        return nil
    }
}

private func read(_ cookie: [UInt8]) -> Result<Session, SessionRefusal> {
    do throws(SessionRefusal) { return .success(try keys.session(cookie, now: now)) } catch {
        return .failure(error)
    }
}

private func checkUnsigned(_ cookie: [UInt8]) throws(FuzzFailure) {
    switch read(cookie) {
    case .success(let session): throw FuzzFailure(description: "believed: \(session)")
    case .failure(let refusal):
        let early: [SessionRefusal] = [.tooLong, .malformed, .otherVersion, .forged]
        try hold(early.contains(refusal), "\(refusal) of what nobody signed")
        try hold((cookie.count > SessionCookie.bytesMax) == (refusal == .tooLong), "\(cookie.count) bytes")
    }
}

private func checkSigned(_ cookie: [UInt8], payload: [UInt8]) throws(FuzzFailure) {
    switch read(cookie) {
    case .success(let session):
        try hold(Session.isID(session.id) && session.user.rawValue > 0, "\(session)")
        try hold(session.issued <= now + Session.skewMax && now < session.expires, "\(session)")
        try hold(session.expires - session.issued <= Session.lifetimeMax, "\(session)")
        let again = read(Array(keys.mint(session).utf8))
        try hold(again == .success(session), "\(session) came back as \(again)")
        // One bit of the signature: forged, or not even base64url.
        var changed = cookie
        changed[changed.count - 2] ^= 1
        if case .success = read(changed) { throw FuzzFailure(description: "another signature") }
    case .failure(let refusal):
        try hold(refusal != .forged && refusal != .otherVersion, "\(refusal) of what we signed")
    }
}
