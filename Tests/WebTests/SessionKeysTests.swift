import Base
import Crypto
import HTTPWire
import Testing
import Web

@Suite struct SessionKeysTests {
    private static let secret = Secret("0123456789abcdef0123456789abcdef")
    private static let other = Secret("another secret, of 32 bytes or so")
    private static let id = "00112233445566778899aabbccddeeff"
    private static let now: Int64 = 1_800_000_000
    private static let session = Session(
        user: Snowflake(80_351_110_224_678_912),
        id: id,
        issued: now,
        expires: now + 3600
    )

    /// Any payload, signed as ours are.
    private static func signed(_ payload: String, by secret: Secret = secret, version: String = "v1")
        -> String
    {
        let text = "\(version).\(Base64.url.encoded(Array(payload.utf8)))"
        return "\(text).\(Base64.url.encoded(HMACSHA256.code(of: Array(text.utf8), key: secret)))"
    }

    private static func payload(
        user: String = "\"1\"",
        id: String = "\"\(id)\"",
        issued: String = "\(now)",
        expires: String = "\(now + 60)",
        more: String = ""
    ) -> String {
        "{\"u\":\(user),\"s\":\(id),\"i\":\(issued),\"e\":\(expires)\(more)}"
    }

    private static func refusal(_ cookie: String, now: Int64 = now, keys: [Secret] = [secret])
        -> SessionRefusal?
    {
        do throws(SessionRefusal) {
            _ = try SessionKeys(keys).session(Array(cookie.utf8), now: now)
            return nil
        } catch {
            return error
        }
    }

    /// The same text stands in Tests/Deploy/test_session.py: `scripts/session` and the service make the same cookies.
    @Test func `a cookie is made as scripts make it`() throws {
        let cookie = [
            "v1",
            "eyJ1IjoiODAzNTExMTAyMjQ2Nzg5MTIiLCJzIjoiMDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiY2NkZGVlZmYiLCJp"
                + "IjoxODAwMDAwMDAwLCJlIjoxODAwMDAzNjAwfQ",
            "gDn1jWNHq_VdszSoRWH2H5Z7V5HfAl76p0jx8hYj3MQ",
        ].joined(separator: ".")
        #expect(SessionKeys([Self.secret]).mint(Self.session) == cookie)
        let read = try SessionKeys([Self.secret]).session(Array(cookie.utf8), now: Self.now)
        #expect(read == Self.session)
    }

    @Test func `every secret is believed, the first one signs`() throws {
        let old = SessionKeys([Self.secret]).mint(Self.session)
        let new = SessionKeys([Self.other, Self.secret]).mint(Self.session)
        #expect(old != new)
        #expect(Self.refusal(old, keys: [Self.other, Self.secret]) == nil)
        #expect(Self.refusal(new, keys: [Self.other]) == nil)
        #expect(Self.refusal(old, keys: [Self.other]) == .forged)
    }

    @Test func `what is not of the form is refused before anything is believed`() {
        let good = SessionKeys([Self.secret]).mint(Self.session)
        let parts = good.split(separator: ".").map { String($0) }
        let malformed = [
            "", "v1", "v1.", "v1..", "v1...", "x", "1.\(parts[1]).\(parts[2])", "V1.\(parts[1]).\(parts[2])",
            "v.\(parts[1]).\(parts[2])", "v12345.\(parts[1]).\(parts[2])", " \(good)", "\(good) ",
            "\"\(good)\"",
            "\(good).", "\(good)=", "\(good).x", "v1.\(parts[1])", "v1.\(parts[1]).\(parts[2].dropLast())",
            "v1.\(parts[1])=.\(parts[2])", "v1.\(parts[1].dropLast())+.\(parts[2])", "v1.\(parts[2])",
            "v1.é.é",
        ]
        for cookie in malformed { #expect(Self.refusal(cookie) == .malformed, "\(cookie)") }
        for version in ["v0", "v2", "v10", "v999"] {
            #expect(Self.refusal(Self.signed(Self.payload(), version: version)) == .otherVersion)
            #expect(Self.refusal("\(version).a.b.c") == .otherVersion)
        }
        #expect(Self.refusal(String(repeating: "v", count: SessionCookie.bytesMax)) == .malformed)
        #expect(Self.refusal(String(repeating: "v", count: SessionCookie.bytesMax + 1)) == .tooLong)
    }

    @Test func `whatever is changed in a signed cookie, it is forged`() {
        let cookie = Self.signed(Self.payload())
        #expect(Self.refusal(cookie) == nil)
        #expect(Self.refusal(Self.signed(Self.payload(), by: Self.other)) == .forged)
        #expect(Self.refusal(Self.signed("nonsense", by: Self.other)) == .forged)
        let bytes = Array(cookie.utf8)
        for place in bytes.indices {
            var changed = bytes
            changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "Q") : UInt8(ascii: "A")
            #expect(Self.refusal(String(decoding: changed, as: UTF8.self)) != nil, "at \(place)")
        }
        // Another's payload under this signature, and this payload under another's.
        let parts = cookie.split(separator: ".")
        let foreign = Self.signed(Self.payload(user: "\"2\"")).split(separator: ".")
        #expect(Self.refusal("v1.\(foreign[1]).\(parts[2])") == .forged)
    }

    @Test func `a signed payload that says no session is malformed`() {
        let table = [
            "", "null", "[]", "{}", "\"u\"", Self.payload() + ",", Self.payload(user: "1"),
            Self.payload(user: "\"0\""),
            Self.payload(user: "\"01\""), Self.payload(user: "\"-1\""), Self.payload(user: "\"\""),
            Self.payload(user: "\"18446744073709551616\""), Self.payload(user: "null"),
            Self.payload(id: "\"\(Self.id.uppercased())\""), Self.payload(id: "\"\(Self.id.dropLast())\""),
            Self.payload(id: "\"\(Self.id)0\""), Self.payload(id: "\"\""), Self.payload(id: "7"),
            Self.payload(id: "\"\(Self.id.dropLast())g\""), Self.payload(issued: "\"\(Self.now)\""),
            Self.payload(issued: "1.5"), Self.payload(issued: "-1"), Self.payload(issued: "1e9"),
            Self.payload(expires: "\(Self.now)"), Self.payload(expires: "\(Self.now - 1)"),
            Self.payload(expires: "\(Int64.max)"), Self.payload(expires: "null"),
            Self.payload(issued: "\(Int64.min)", expires: "\(Int64.max)"), "{\"u\":\"1\"}",
        ]
        for payload in table { #expect(Self.refusal(Self.signed(payload)) == .malformed, "\(payload)") }
        // Members of a later version change nothing; of duplicates the first counts.
        #expect(Self.refusal(Self.signed(Self.payload(more: ",\"x\":[1,{\"e\":0}]"))) == nil)
        #expect(Self.refusal(Self.signed(Self.payload(more: ",\"e\":0"))) == nil)
    }

    @Test func `a session counts in its time only`() {
        let day: Int64 = 86_400
        let now = Self.now
        let table: [(issued: Int64, expires: Int64, refusal: SessionRefusal?)] = [
            (now, now + 1, nil), (now - 1, now, .expired), (now - 100, now - 1, .expired),
            (now + 60, now + 61, nil), (now + 61, now + 100, .notYetIssued),
            (now, now + 30 * day, nil), (now, now + 30 * day + 1, .tooLongLived),
            (now - 29 * day, now + day, nil), (now - 30 * day, now + 1, .tooLongLived),
            (now - 40 * day, now - day, .tooLongLived), (0, 1, .expired), (0, Session.timeMax, .tooLongLived),
        ]
        for (issued, expires, refusal) in table {
            let cookie = Self.signed(Self.payload(issued: "\(issued)", expires: "\(expires)"))
            #expect(Self.refusal(cookie) == refusal, "\(issued - now) to \(expires - now)")
        }
    }

    @Test func `a known cookie counts in its time only, and nothing that resembles it counts`() throws {
        let keys = SessionKeys([Self.secret])
        // With a K in it, which Unicode has a second sign for.
        let cookies = (0..<100).map { Self.signed(Self.payload(more: ",\"x\":\($0)")) }
        let cookie = try #require(cookies.first { $0.contains("K") })
        let bytes = Array(cookie.utf8)
        let read = try keys.session(bytes, now: Self.now)
        #expect(try keys.session(bytes, now: Self.now) == read && keys.knownCount == 1)
        #expect(throws: SessionRefusal.expired) { try keys.session(bytes, now: read.expires) }
        let early = read.issued - Session.skewMax - 1
        #expect(throws: SessionRefusal.notYetIssued) { try keys.session(bytes, now: early) }
        for place in bytes.indices {
            var other = bytes
            other[place] ^= 1
            #expect(throws: SessionRefusal.self) { try keys.session(other, now: Self.now) }
        }
        let kelvin = try #require(cookie.firstIndex(of: "K"))
        let same = cookie[..<kelvin] + "\u{212A}" + cookie[cookie.index(after: kelvin)...]
        #expect(same == cookie, "to Unicode it is the same text")
        #expect(throws: SessionRefusal.self) { try keys.session(Array(same.utf8), now: Self.now) }
        #expect(keys.knownCount == 1, "what is refused is not kept")
    }

    @Test func `known cookies are bounded`() throws {
        let keys = SessionKeys([Self.secret])
        for user in 1...UInt64(KnownTokens<Session>.countMax + 1) {
            let session = Session(
                user: Snowflake(user),
                id: Self.id,
                issued: Self.now,
                expires: Self.now + 60
            )
            #expect(try keys.session(Array(keys.mint(session).utf8), now: Self.now) == session)
        }
        #expect(keys.knownCount == 1)
    }

    @Test func `the cookie is found among others, and only one of it`() throws {
        func find(_ fields: String...) throws(SessionRefusal) -> String? {
            var headers = HTTPHeaders()
            for field in fields { headers.add("Cookie", field) }
            return try SessionCookie.value(in: headers).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(try find() == nil)
        #expect(try find("") == nil)
        #expect(try find("a=1; b=2;; =; guildwire_session") == nil)
        #expect(try find("xguildwire_session=1; Guildwire_Session=2; guildwire_session2=3") == nil)
        #expect(try find("guildwire_session=v") == "v")
        #expect(try find("a=1; guildwire_session=v=w; b=\"x; y\"") == "v=w")
        #expect(try find("a=1;guildwire_session=v;b") == "v")
        #expect(try find("a=1", "\tguildwire_session=v") == "v")
        #expect(try find("guildwire_session=") == "")
        #expect(throws: SessionRefusal.ambiguous) { try find("guildwire_session=v; guildwire_session=v") }
        #expect(throws: SessionRefusal.ambiguous) { try find("guildwire_session=", "guildwire_session=v") }
        let long = String(repeating: "a", count: SessionCookie.bytesMax)
        #expect(try find("\(long)\(long)=1; guildwire_session=\(long)") == long)
        #expect(throws: SessionRefusal.tooLong) { try find("guildwire_session=a\(long)") }
    }
}
