import Base
import Crypto
import HTTPWire
import Testing
import Web

@Suite struct KeySignerTests {
    private static let secret = Secret("0123456789abcdef0123456789abcdef")
    private static let other = Secret("another secret, of 32 bytes or so")
    private static let id = "00112233445566778899aabbccddeeff"
    private static let now: Int64 = 1_800_000_000

    static func grant(
        _ kind: KeyGrant.Kind = .overlay,
        issued: Int64 = now,
        expires: Int64 = now + 3600,
        scopes: Set<Scope> = [.stream],
        channels: Set<Snowflake> = [],
        events: [String] = []
    ) -> KeyGrant {
        KeyGrant(
            kind: kind,
            id: id,
            guild: Snowflake(1),
            maker: Snowflake(7),
            issued: issued,
            expires: expires,
            scopes: scopes,
            channels: channels,
            events: Set(events.compactMap { KindPattern($0) })
        )
    }

    /// Any payload, signed as ours are.
    private static func signed(_ payload: String, by secret: Secret = secret, version: String = "gwk1")
        -> String
    {
        let text = "\(version).\(Base64.url.encoded(Array(payload.utf8)))"
        return "\(text).\(Base64.url.encoded(HMACSHA256.code(of: Array(text.utf8), key: secret)))"
    }

    /// A good payload, with members in the place of others.
    private static func payload(_ changes: (name: String, json: String)...) -> String {
        var members = [
            ("k", #""api""#), ("n", "\"\(id)\""), ("g", #""1""#), ("m", #""7""#), ("i", "\(now)"),
            ("e", "\(now + 60)"), ("s", #"["stream"]"#), ("c", "[]"), ("p", "[]"),
        ]
        for (name, json) in changes {
            members.removeAll { $0.0 == name }
            if !json.isEmpty { members.append((name, json)) }
        }
        return "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }

    private static func refusal(_ token: String, now: Int64 = now, keys: [Secret] = [secret]) -> KeyRefusal? {
        do throws(KeyRefusal) {
            _ = try KeySigner(keys).grant(Array(token.utf8), now: now)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a key says what it was made for, however much that is`() throws {
        let channels = Set((0..<UInt64(KeyGrant.channelsMax)).map { Snowflake(UInt64.max - $0) })
        let subject = String(repeating: "a", count: 32)
        let kind = String(repeating: "b", count: 30)
        let events = (10..<10 + KeyGrant.eventsMax).map { "\(subject).\(kind)\($0 < 20 ? "x" : "y")z" }
        let table = [
            Self.grant(), Self.grant(.api, scopes: Set(Scope.allCases)),
            Self.grant(channels: [Snowflake(20)], events: ["voice.*", "message.created"]),
            Self.grant(
                .api,
                scopes: Set(Scope.allCases),
                channels: channels,
                events: events.enumerated().map { String($1.dropLast(2)) + "\($0 < 10 ? "a" : "b")_" }
                    + (0..<KeyGrant.eventsMax - 2).map { "e\(String(repeating: "x", count: $0)).*" }
            ),
        ]
        let signer = KeySigner([Self.secret])
        for grant in table {
            let token = signer.mint(grant)
            #expect(token.hasPrefix("gwk1.") && token.utf8.count <= KeyToken.bytesMax)
            #expect(try signer.grant(Array(token.utf8), now: Self.now) == grant)
        }
    }

    @Test func `every secret is believed, the first one signs`() {
        let old = KeySigner([Self.secret]).mint(Self.grant())
        let new = KeySigner([Self.other, Self.secret]).mint(Self.grant())
        #expect(old != new)
        #expect(Self.refusal(old, keys: [Self.other, Self.secret]) == nil)
        #expect(Self.refusal(new, keys: [Self.other]) == nil)
        #expect(Self.refusal(old, keys: [Self.other]) == .forged)
    }

    @Test func `a session's cookie is no key, and a key no session's cookie`() throws {
        let session = Session(user: Snowflake(7), id: Self.id, issued: Self.now, expires: Self.now + 60)
        let cookie = SessionKeys([Self.secret]).mint(session)
        #expect(Self.refusal(cookie) == .malformed)
        // The same payload and code under the other's name.
        #expect(Self.refusal("gwk1" + cookie.dropFirst(2)) == .forged)
        let key = KeySigner([Self.secret]).mint(Self.grant())
        #expect(throws: SessionRefusal.malformed) {
            try SessionKeys([Self.secret]).session(Array(key.utf8), now: Self.now)
        }
        #expect(throws: SessionRefusal.forged) {
            try SessionKeys([Self.secret]).session(Array("v1\(key.dropFirst(4))".utf8), now: Self.now)
        }
    }

    @Test func `what is not of the form is refused before anything is believed`() {
        let good = KeySigner([Self.secret]).mint(Self.grant())
        let parts = good.split(separator: ".").map { String($0) }
        let malformed = [
            "", "gwk1", "gwk1.", "gwk1..", "gwk1...", "gwk", "gwk.\(parts[1]).\(parts[2])", "x",
            "GWK1.\(parts[1]).\(parts[2])", "gwk1234.\(parts[1]).\(parts[2])", " \(good)", "\(good) ",
            "\"\(good)\"", "\(good).", "\(good)=", "\(good).x", "gwk1.\(parts[1])",
            "gwk1.\(parts[1]).\(parts[2].dropLast())", "gwk1.\(parts[1])=.\(parts[2])", "gwk1.é.é",
            "gwk1.\(parts[1]).\(parts[2])\u{0}",
        ]
        for token in malformed { #expect(Self.refusal(token) == .malformed, "\(token)") }
        for version in ["gwk0", "gwk2", "gwk10", "gwk999"] {
            #expect(Self.refusal(Self.signed(Self.payload(), version: version)) == .otherVersion)
        }
        #expect(Self.refusal(String(repeating: "g", count: KeyToken.bytesMax)) == .malformed)
        #expect(Self.refusal(String(repeating: "g", count: KeyToken.bytesMax + 1)) == .tooLong)
        let long = Self.signed(Self.payload(("x", "\"\(String(repeating: "x", count: 4000))\"")))
        #expect(Self.refusal(long) == .tooLong)
    }

    @Test func `whatever is changed in a key, it counts no more`() {
        let token = Self.signed(Self.payload())
        #expect(Self.refusal(token) == nil)
        #expect(Self.refusal(Self.signed(Self.payload(), by: Self.other)) == .forged)
        let bytes = Array(token.utf8)
        for place in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[place] ^= 1 << bit
                #expect(throws: KeyRefusal.self, "bit \(bit) at \(place)") {
                    try KeySigner([Self.secret]).grant(changed, now: Self.now)
                }
            }
        }
        for end in bytes.indices {
            #expect(throws: KeyRefusal.self, "the first \(end)") {
                try KeySigner([Self.secret]).grant(Array(bytes[..<end]), now: Self.now)
            }
        }
        // Another's payload under this signature.
        let foreign = Self.signed(Self.payload(("g", #""2""#))).split(separator: ".")
        #expect(Self.refusal("gwk1.\(foreign[1]).\(token.split(separator: ".")[2])") == .forged)
    }

    @Test func `a signed payload that says no key is malformed`() {
        let many = { (count: Int, one: (Int) -> String) in
            "[\((0..<count).map { "\"\(one($0))\"" }.joined(separator: ","))]"
        }
        let table = [
            "", "null", "[]", "{}", Self.payload() + ",", Self.payload(("k", #""admin""#)),
            Self.payload(("k", "")), Self.payload(("k", "null")), Self.payload(("n", "")),
            Self.payload(("n", "\"\(Self.id.uppercased())\"")), Self.payload(("n", "\"\(Self.id)0\"")),
            Self.payload(("g", "1")), Self.payload(("g", #""0""#)), Self.payload(("g", #""01""#)),
            Self.payload(("g", "")), Self.payload(("m", #""-1""#)),
            Self.payload(("m", #""18446744073709551616""#)), Self.payload(("m", "")),
            Self.payload(("i", "\"1\"")), Self.payload(("i", "-1")), Self.payload(("i", "1.5")),
            Self.payload(("e", "\(Self.now)")), Self.payload(("e", "\(Int64.max)")), Self.payload(("e", "")),
            Self.payload(("s", "")), Self.payload(("s", "[]")), Self.payload(("s", #""stream""#)),
            Self.payload(("s", #"["everything"]"#)), Self.payload(("s", "[1]")), Self.payload(("c", "")),
            Self.payload(("c", "{}")), Self.payload(("c", #"["x"]"#)), Self.payload(("c", "[20]")),
            Self.payload(("c", many(KeyGrant.channelsMax + 1) { "\($0 + 1)" })), Self.payload(("p", "")),
            Self.payload(("p", #"["*"]"#)), Self.payload(("p", #"["voice.**"]"#)),
            Self.payload(
                ("p", many(KeyGrant.eventsMax + 1) { "a.\(String(repeating: "x", count: $0 + 1))" })
            ),
            // What an overlay's key may never be for, whoever signed it.
            Self.payload(("k", #""overlay""#), ("s", #"["stream","guild:read"]"#)),
            Self.payload(("k", #""overlay""#), ("s", #"["messages:read"]"#)),
        ]
        for payload in table { #expect(Self.refusal(Self.signed(payload)) == .malformed, "\(payload)") }
        #expect(Self.refusal(Self.signed(Self.payload(("x", "[1]")))) == nil, "of a later version")
    }

    @Test func `a key counts in its time only`() {
        let day: Int64 = 86_400
        let now = Self.now
        let table: [(issued: Int64, expires: Int64, refusal: KeyRefusal?)] = [
            (now, now + 1, nil), (now - 1, now, .expired), (now - 100, now - 1, .expired),
            (now + 60, now + 61, nil), (now + 61, now + 100, .notYetIssued),
            (now, now + 731 * day, nil), (now, now + 731 * day + 1, .tooLongLived),
            (now - 700 * day, now + day, nil), (0, Session.timeMax, .tooLongLived),
        ]
        for (issued, expires, refusal) in table {
            let token = Self.signed(Self.payload(("i", "\(issued)"), ("e", "\(expires)")))
            #expect(Self.refusal(token) == refusal, "\(issued - now) to \(expires - now)")
        }
    }

    @Test func `a known key counts in its time only, and how many are known is bounded`() throws {
        let signer = KeySigner([Self.secret])
        let token = Array(signer.mint(Self.grant()).utf8)
        #expect(try signer.grant(token, now: Self.now) == signer.grant(token, now: Self.now))
        #expect(signer.knownCount == 1)
        #expect(throws: KeyRefusal.expired) { try signer.grant(token, now: Self.now + 3600) }
        #expect(throws: KeyRefusal.notYetIssued) { try signer.grant(token, now: Self.now - 61) }
        for channel in 1...UInt64(KnownTokens<KeyGrant>.countMax) {
            let one = signer.mint(Self.grant(channels: [Snowflake(channel)]))
            _ = try signer.grant(Array(one.utf8), now: Self.now)
        }
        #expect(signer.knownCount == 1)
    }

    @Test func `a key is found in its header, and in the query where that is looked at`() throws {
        func find(_ target: String, _ fields: String..., isInQuery: Bool = true) throws -> String? {
            var headers = HTTPHeaders()
            for field in fields { headers.add("Authorization", field) }
            let head = try HTTPRequestHead(method: "GET", target: target, headers: headers)
            return try KeyToken.value(in: head, isInQuery: isInQuery).map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        #expect(try find("/") == nil)
        #expect(try find("/?keys=a&Key=b&akey=c") == nil)
        #expect(try find("/?guild=1&key=a") == "a")
        #expect(try find("/?k%65y=%61") == "a")
        #expect(try find("/?key") == "")
        #expect(try find("/?key=a", isInQuery: false) == nil)
        for scheme in ["Bearer a", "bearer a", "BEARER  a", "Bearer\ta"] {
            #expect(try find("/", scheme) == "a")
        }
        #expect(try find("/", "Bearer") == "")
        for other in ["Basic YTpi", "Bearera", "", "Bear a"] {
            #expect(try find("/", other) == nil, "\(other)")
        }
        #expect(throws: KeyRefusal.ambiguous) { try find("/?key=a&key=a") }
        #expect(throws: KeyRefusal.ambiguous) { try find("/?key=a&k%65y=b") }
        #expect(throws: KeyRefusal.ambiguous) { try find("/?key=a", "Bearer a") }
        #expect(throws: KeyRefusal.ambiguous) { try find("/", "Bearer a", "Bearer a") }
        #expect(throws: KeyRefusal.ambiguous) { try find("/", "Basic YTpi", "Bearer a") }
        let long = String(repeating: "a", count: KeyToken.bytesMax)
        #expect(try find("/", "Bearer \(long)") == long)
        #expect(throws: KeyRefusal.tooLong) { try find("/", "Bearer a\(long)") }
        #expect(throws: KeyRefusal.tooLong) { try find("/?key=a\(long)") }
    }
}
