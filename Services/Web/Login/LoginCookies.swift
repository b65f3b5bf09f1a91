package import Base
package import HTTPWire
internal import JSON

/// The cookies that bind a login to the browser it was begun in: `guildwire_login_<8 hex digits of the state>`, holding a signed
/// `login1.<payload>.<mac>`. See specs/access.md, "Login".
package struct LoginCookies: Sendable {
    private let signing: SigningKeys
    private let attributes: String

    /// Of one browser: as many tabs may be logging in.
    package static let countMax = 8
    /// Of all of them together: with the session's they must fit a proxy's line of 8 KiB.
    package static let bytesMax = 6_144
    /// Of the cookies of our name that are looked at in one request.
    static let lookedAtMax = 32
    private static let prefix = "guildwire_login_"
    private static let form = SigningKeys.Form("login", version: 1)

    /// The session's secrets: the version before the payload keeps the two kinds of signed text apart.
    package init(_ secrets: [Secret], isSecure: Bool) {
        signing = SigningKeys(secrets)
        attributes = "; Path=/auth; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
    }

    package static func name(_ state: String) -> String { prefix + state.prefix(8) }

    package func value(_ attempt: LoginAttempt) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.member("t", attempt.state)
        json.member("v", attempt.verifier)
        json.member("r", attempt.returnPath)
        json.member("i", attempt.issued)
        json.endObject()
        return signing.signed(json.takeBytes(), as: Self.form)
    }

    /// `Set-Cookie` of a new attempt.
    package func setting(_ attempt: LoginAttempt) -> String {
        "\(Self.name(attempt.state))=\(value(attempt)); Max-Age=\(LoginAttempt.lifetime)\(attributes)"
    }

    /// `Set-Cookie` that makes a browser forget one.
    package func removal(_ name: String) -> String { "\(name)=; Max-Age=0\(attributes)" }

    /// The attempt that this browser has begun with this state. `now` is in Unix seconds.
    package func attempt(_ state: String, in headers: HTTPHeaders, now: Int64) throws(LoginRefusal)
        -> LoginAttempt
    {
        let name = Self.name(state)
        guard let cookie = Self.cookies(in: headers).first(where: { $0.name == name }) else { throw .unknown }
        let attempt = try verified(cookie.value, now: now)
        // Eight digits name it, all of them count.
        guard Secret(attempt.state).matches(state.utf8) else { throw .unknown }
        return attempt
    }

    /// Names of the cookies that a browser has to forget, so that a new one of `bytes` finds room: those that are none, and the
    /// oldest beyond the bounds.
    package func surplus(in headers: HTTPHeaders, besides bytes: Int, now: Int64) -> [String] {
        var surplus: Set<String> = []
        var good: [(name: String, bytes: Int, issued: Int64)] = []
        for cookie in Self.cookies(in: headers) {
            do throws(LoginRefusal) {
                let issued = try verified(cookie.value, now: now).issued
                good.append((cookie.name, cookie.value.count, issued))
            } catch {
                surplus.insert(cookie.name)
            }
        }
        var (count, room) = (1, Self.bytesMax - bytes)
        for cookie in good.sorted(by: { $0.issued > $1.issued }) {
            count += 1
            room -= cookie.bytes
            if count > Self.countMax || room < 0 { surplus.insert(cookie.name) }
        }
        return surplus.sorted()
    }

    /// Those of our name, as browsers write them (RFC 6265 section 5.4).
    private static func cookies(in headers: HTTPHeaders) -> [(name: String, value: ArraySlice<UInt8>)] {
        var found: [(name: String, value: ArraySlice<UInt8>)] = []
        for field in headers.values("cookie") {
            for pair in field.split(separator: UInt8(ascii: ";")) where found.count < lookedAtMax {
                let pair = pair.drop { $0 == 0x20 || $0 == 0x09 }
                guard pair.starts(with: prefix.utf8), let equals = pair.firstIndex(of: UInt8(ascii: "="))
                else { continue }
                let name = String(decoding: pair[..<equals], as: UTF8.self)
                guard isName(name) else { continue }
                found.append((name, pair[(equals + 1)...]))
            }
        }
        return found
    }

    private static func isName(_ name: String) -> Bool {
        let digits = name.utf8.dropFirst(prefix.utf8.count)
        return digits.count == 8 && digits.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }
    }

    private func verified(_ value: ArraySlice<UInt8>, now: Int64) throws(LoginRefusal) -> LoginAttempt {
        guard value.count <= SessionCookie.bytesMax else { throw .forged }
        let attempt: LoginAttempt
        do throws(SigningKeys.Flaw) {
            attempt = try Self.read(try signing.payload(of: Array(value), as: Self.form))
        } catch { throw .forged }
        guard attempt.issued <= now + Session.skewMax else { throw .notYetIssued }
        guard now < attempt.issued + LoginAttempt.lifetime else { throw .expired }
        return attempt
    }

    private static func read(_ payload: [UInt8]) throws(SigningKeys.Flaw) -> LoginAttempt {
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: payload).root } catch { throw .malformed }
        guard let state = root["t"]?.string, LoginAttempt.isState(state), let verifier = root["v"]?.string,
            let path = root["r"]?.string, ReturnPath.safe(path) == path, let issued = root["i"]?.int64,
            0...Session.timeMax ~= issued
        else { throw .malformed }
        return LoginAttempt(state: state, verifier: verifier, returnPath: path, issued: issued)
    }
}
