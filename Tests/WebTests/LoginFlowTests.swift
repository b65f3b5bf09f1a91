import Base
import Crypto
import HTTPWire
import Testing
import Web

/// The decisions of a login, by tables.
@Suite struct LoginFlowTests {
    private static let secret = Secret("0123456789abcdef0123456789abcdef")
    private static let now: Int64 = 1_800_000_000
    private static let cookies = LoginCookies([secret], isSecure: true)
    private static let flow = LoginFlow(
        cookies: cookies,
        authorizeURL: "https://discord.test/oauth2/authorize",
        clientID: "900",
        publicURL: "https://guild.test"
    )
    private static let attempt = LoginAttempt(
        state: "00112233445566778899aabbccddeeff",
        verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        returnPath: "/dashboard?guild=1#x",
        issued: now
    )

    private static func headers(_ cookies: String...) -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers.add("Cookie", cookies.joined(separator: "; "))
        return headers
    }

    private static func pair(_ attempt: LoginAttempt, by cookies: LoginCookies = cookies) -> String {
        "\(LoginCookies.name(attempt.state))=\(cookies.value(attempt))"
    }

    private static func with(_ issued: Int64) -> LoginAttempt {
        LoginAttempt(
            state: attempt.state,
            verifier: attempt.verifier,
            returnPath: attempt.returnPath,
            issued: issued
        )
    }

    @Test func `Discord is asked for what is needed, with state and challenge`() {
        let beginning = Self.flow.begin(Self.attempt, in: [:])
        let parts = beginning.location.split(separator: "?").flatMap { $0.split(separator: "&") }
        #expect(
            parts == [
                "https://discord.test/oauth2/authorize", "response_type=code", "client_id=900",
                "scope=identify%20guilds%20guilds.members.read",
                "redirect_uri=https%3A%2F%2Fguild.test%2Fauth%2Fcallback",
                "state=00112233445566778899aabbccddeeff",
                // RFC 7636, appendix B.
                "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method=S256",
            ]
        )
        #expect(beginning.cookies.count == 1)
        let cookie = beginning.cookies[0]
        #expect(cookie.hasPrefix("guildwire_login_00112233=login1."))
        #expect(cookie.hasSuffix("; Max-Age=600; Path=/auth; HttpOnly; SameSite=Lax; Secure"))
        #expect(!LoginCookies([Self.secret], isSecure: false).setting(Self.attempt).contains("Secure"))
    }

    @Test func `attempts differ in all that nobody may guess`() {
        let attempts = (0..<50).map { _ in LoginAttempt.begin(returningTo: nil, now: Self.now) }
        #expect(Set(attempts.map(\.state)).count == 50 && Set(attempts.map(\.verifier)).count == 50)
        #expect(attempts.allSatisfy { LoginAttempt.isState($0.state) && $0.verifier.utf8.count == 43 })
    }

    @Test(arguments: [
        "/", "/dashboard", "/dashboard/x?guild=1&view=messages#here", "/?u=https://elsewhere.test", "/%2F/x",
    ])
    func `a path of this site is where a login goes back to`(path: String) {
        #expect(ReturnPath.safe(path) == path)
    }

    @Test(arguments: [
        "", "x", "dashboard", "//evil.test", "///evil.test", "/\\evil.test", "\\/evil.test", "/a\\b",
        "/x//evil.test",
        "https://evil.test/", "https:/evil.test", "javascript:alert(1)", " /x", "/x y",
        "/x\r\nSet-Cookie: a=b", "/\t/evil",
        "/x\u{0}", "/x\u{7F}", "/é", "/auth/login?return=/", "/auth/callback",
        "/" + String(repeating: "a", count: 512),
    ])
    func `anything else is the front page`(path: String) {
        #expect(ReturnPath.safe(path) == "/")
        #expect(ReturnPath.safe(nil) == "/")
    }

    @Test func `the browser that began may end it, for ten minutes`() {
        let back = LoginFlow.Return(state: Self.attempt.state, code: "c", error: nil)
        let headers = Self.headers("theme=dark", Self.pair(Self.attempt))
        let good = LoginFlow.Outcome.exchange(Self.attempt, code: "c")
        #expect(Self.flow.outcome(of: back, in: headers, now: Self.now) == good)
        #expect(Self.flow.outcome(of: back, in: headers, now: Self.now + 599) == good)
        #expect(Self.flow.outcome(of: back, in: headers, now: Self.now + 600) == .refused(.expired))
    }

    @Test func `a state that is forged, another browser's, or of no form is refused`() {
        let state = Self.attempt.state
        let name = LoginCookies.name(state)
        let stranger = LoginCookies([Secret("another secret, of 32 bytes or so")], isSecure: true)
        let value = Self.cookies.value(Self.attempt)
        let parts = value.split(separator: ".").map(String.init)
        // Same first eight digits, another state.
        let near = "00112233" + String(repeating: "0", count: 24)
        let table: [(state: String?, cookies: String, refusal: LoginRefusal)] = [
            (nil, Self.pair(Self.attempt), .malformed), ("", Self.pair(Self.attempt), .malformed),
            (state.uppercased(), Self.pair(Self.attempt), .malformed),
            (state + "0", Self.pair(Self.attempt), .malformed),
            (state, "", .unknown), (state, "guildwire_login_99999999=\(value)", .unknown),
            (near, Self.pair(Self.attempt), .unknown),
            (state, Self.pair(Self.attempt, by: stranger), .forged),
            (state, "\(name)=login1.\(parts[1]).", .forged), (state, "\(name)=", .forged),
            (state, "\(name)=login2.\(parts[1]).\(parts[2])", .forged),
            (state, "\(name)=\(value.dropLast())", .forged),
            (state, "\(name)=\(parts[0]).\(parts[2]).\(parts[1])", .forged),
            (state, "\(name)=\(String(repeating: "v", count: 5_000))", .forged),
        ]
        for (state, cookies, refusal) in table {
            let back = LoginFlow.Return(state: state, code: "c", error: nil)
            let outcome = Self.flow.outcome(of: back, in: Self.headers(cookies), now: Self.now)
            #expect(outcome == .refused(refusal), "\(state ?? "none") \(cookies.prefix(60))")
        }
        let codeless = LoginFlow.Return(state: state, code: nil, error: nil)
        let headers = Self.headers(Self.pair(Self.attempt))
        #expect(Self.flow.outcome(of: codeless, in: headers, now: Self.now) == .refused(.malformed))
    }

    @Test func `a session's signature is none of a login's, and the other way round`() {
        let session = Session.begin(Snowflake(7), id: Self.attempt.state, now: Self.now)
        let parts = SessionKeys([Self.secret]).mint(session).split(separator: ".")
        let cookie = "\(LoginCookies.name(Self.attempt.state))=login1.\(parts[1]).\(parts[2])"
        let back = LoginFlow.Return(state: Self.attempt.state, code: "c", error: nil)
        #expect(Self.flow.outcome(of: back, in: Self.headers(cookie), now: Self.now) == .refused(.forged))
        let login = Self.cookies.value(Self.attempt).split(separator: ".")
        #expect(throws: SessionRefusal.forged) {
            _ = try SessionKeys([Self.secret]).session(
                Array("v1.\(login[1]).\(login[2])".utf8),
                now: Self.now
            )
        }
    }

    @Test func `minutes of skew say what is wrong`() {
        let back = LoginFlow.Return(state: Self.attempt.state, code: "c", error: nil)
        let ahead = Self.headers(Self.pair(Self.with(Self.now + 180)))
        #expect(Self.flow.outcome(of: back, in: ahead, now: Self.now) == .refused(.notYetIssued))
        #expect(LoginRefusal.notYetIssued.detail.contains("clock"))
        let near = Self.headers(Self.pair(Self.with(Self.now + 60)))
        #expect(
            Self.flow.outcome(of: back, in: near, now: Self.now)
                == .exchange(Self.with(Self.now + 60), code: "c")
        )
        let session = Session.begin(Snowflake(7), id: Self.attempt.state, now: Self.now + 180)
        let keys = SessionKeys([Self.secret])
        #expect(throws: SessionRefusal.notYetIssued) {
            _ = try keys.session(Array(keys.mint(session).utf8), now: Self.now)
        }
        #expect(SessionRefusal.notYetIssued.detail.contains("clock"))
    }

    @Test func `what Discord says is believed only with a state, and told in any case`() {
        let headers = Self.headers(Self.pair(Self.attempt))
        func outcome(_ state: String?, _ error: String) -> LoginFlow.Outcome {
            let back = LoginFlow.Return(state: state, code: "c", error: error)
            return Self.flow.outcome(of: back, in: headers, now: Self.now)
        }
        #expect(outcome(Self.attempt.state, "access_denied") == .denied(Self.attempt))
        #expect(outcome(nil, "access_denied") == .denied(nil))
        #expect(outcome("nonsense", "access_denied") == .denied(nil))
        #expect(outcome(Self.attempt.state, "server_error") == .failed(Self.attempt, error: "server_error"))
        #expect(outcome(nil, "<script>") == .failed(nil, error: "<script>"))
    }

    @Test func `a browser keeps eight, and none that is no good`() {
        func attempt(_ number: Int, path: String = "/") -> LoginAttempt {
            let digits = String(number, radix: 16)
            let state =
                String(repeating: "0", count: 8 - digits.count) + digits + String(repeating: "e", count: 24)
            return LoginAttempt(
                state: state,
                verifier: Self.attempt.verifier,
                returnPath: path,
                issued: Self.now - 100 + Int64(number)
            )
        }
        func surplus(_ pairs: [String], besides bytes: Int = 200) -> [String] {
            var headers = HTTPHeaders()
            headers.add("Cookie", pairs.joined(separator: "; "))
            return Self.cookies.surplus(in: headers, besides: bytes, now: Self.now)
        }
        let seven = (1...7).map { Self.pair(attempt($0)) }
        #expect(surplus(seven).isEmpty)
        #expect(surplus(seven + [Self.pair(attempt(8))]) == ["guildwire_login_00000001"])
        #expect(surplus(["guildwire_login_0000000a=x"] + seven) == ["guildwire_login_0000000a"])
        #expect(surplus([Self.pair(Self.with(Self.now - 600))]) == ["guildwire_login_00112233"])
        // Others' cookies, and names that are not of our form, are let be.
        #expect(
            surplus(["guildwire_login_=x", "guildwire_login_XYZ=x", "guildwire_login_000000001=x", "a=b"])
                .isEmpty
        )
        let long = "/" + String(repeating: "a", count: 511)
        let bytes = Self.pair(attempt(1, path: long)).utf8.count
        let many = surplus((1...7).map { Self.pair(attempt($0, path: long)) }, besides: bytes)
        #expect(many == ["guildwire_login_00000001", "guildwire_login_00000002"])
        #expect((8 - many.count) * bytes < LoginCookies.bytesMax + 300)
    }
}
