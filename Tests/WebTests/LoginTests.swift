import Base
import EventLoop
import HTTPClient
import JSON
import TestSupport
import Testing
import Web

/// Logging in and out over a real socket, with a Discord that answers as the test says.
@Suite struct LoginTests {
    @Test func `who says yes has a session, and the token is given back`() async throws {
        let stage = try await LoginStage()
        let jar = CookieJar()
        let reply = try await stage.logIn(jar, returning: "/dashboard%3Fguild%3D1")
        #expect(reply.status == 303 && reply["location"] == "/dashboard?guild=1")
        #expect(reply["cache-control"] == "no-store")
        #expect(jar.names == [SessionCookie.name], "the login's own cookie is gone")
        let cookie = try #require(reply.all("set-cookie").first { $0.hasPrefix(SessionCookie.name) })
        #expect(cookie.hasSuffix("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure"))
        let exchange = try #require(stage.discord.calls(to: "/oauth2/token").first)
        #expect(exchange.timeout == .seconds(10))
        let body = String(decoding: exchange.body ?? [], as: UTF8.self)
        #expect(
            body.hasPrefix(
                "grant_type=authorization_code&code=good-code&redirect_uri=https%3A%2F%2Fguild.test"
            )
        )
        #expect(exchange.headers.contains(.init("Authorization", "Basic OTAwOmNsaWVudCBzZWNyZXQ=")))
        try await eventually("the token's end") { stage.discord.calls(to: "/token/revoke").count == 1 }
        try await eventually("its count") {
            stage.replica.metric("guildwire_web_oauth_revocations_total{outcome=\"done\"}") == 1
        }
        let me = try await stage.get("/api/me", jar)
        #expect(me.json?["user"]?["id"]?.string == "7" && me.json?["user"]?["name"]?.string == "Una")
        #expect(me.json?["user"]?["avatar"]?.string == "http://cdn.test/avatars/7/a_1f.png")
        #expect(stage.replica.metric("guildwire_web_logins_total{outcome=\"done\"}") == 1)
    }

    @Test func `whatever a login is asked to return to, it stays on this site`() async throws {
        let stage = try await LoginStage()
        for path in [
            "//evil.test", "https://evil.test", "%2F%2Fevil.test", "/%5Cevil.test",
            "/x%0D%0ASet-Cookie:%20a=b",
            "/" + String(repeating: "a", count: 600),
        ] {
            let reply = try await stage.logIn(CookieJar(), returning: path)
            #expect(reply.status == 303 && reply["location"] == "/", "\(path)")
            #expect(reply.all("set-cookie").count == 2, "\(path)")
        }
        let oversized = try await stage.get(
            "/auth/login?return=/\(String(repeating: "a", count: 5_000))",
            CookieJar()
        )
        #expect(oversized.status == 400 && oversized["content-type"] == "application/problem+json")
    }

    @Test func `a state counts in the browser it was begun in, and there once`() async throws {
        let stage = try await LoginStage()
        let (mine, other) = (CookieJar(), CookieJar())
        let state = try await stage.begin(mine)
        let cookie = try #require(mine.logins.first)
        let value = mine[cookie]
        let target = "/auth/callback?code=good-code&state=\(state)"
        for jar in [other, CookieJar()] {
            let reply = try await stage.get(target, jar)
            #expect(reply.status == 400 && jar.session == nil && reply["location"] == nil)
            #expect(
                reply.body.contains("has not begun this login") && reply.body.contains("/auth/login?return=")
            )
        }
        // A login of the other's own does not open mine.
        _ = try await stage.begin(other)
        #expect(try await stage.get(target, other).status == 400)
        #expect(stage.discord.calls.isEmpty, "nobody asked Discord for a code that is not ours")
        #expect(try await stage.get(target, mine).status == 303)
        mine[cookie] = value
        let replayed = try await stage.get(target, mine)
        #expect(replayed.status == 400 && replayed.body.contains("used already"))
        #expect(stage.discord.calls(to: "/oauth2/token").count == 1)
        #expect(stage.replica.metric("guildwire_web_logins_total{outcome=\"refused\"}") == 4)
    }

    @Test func `several tabs log in at once, and each comes to where it was`() async throws {
        let stage = try await LoginStage()
        let jar = CookieJar()
        let first = try await stage.begin(jar, returning: "/one")
        let second = try await stage.begin(jar, returning: "/two")
        #expect(jar.logins.count == 2)
        let two = try await stage.get("/auth/callback?code=a&state=\(second)", jar)
        let one = try await stage.get("/auth/callback?code=b&state=\(first)", jar)
        #expect(two["location"] == "/two" && one["location"] == "/one" && jar.logins.isEmpty)
        // One browser has one session: that of the tab that came last.
        let list = try await stage.get("/api/sessions", jar)
        #expect(list.json?["sessions"]?.array?.count == 1)
        for _ in 0..<12 { _ = try await stage.begin(jar) }
        #expect(jar.logins.count == LoginCookies.countMax)
    }

    @Test func `who says no is told what to do, and is logged in to nothing`() async throws {
        let stage = try await LoginStage()
        let jar = CookieJar()
        let state = try await stage.begin(jar, returning: "/one")
        let reply = try await stage.get("/auth/callback?error=access_denied&state=\(state)", jar)
        #expect(reply.status == 403 && reply.body.contains("press Authorize"))
        #expect(reply.body.contains("https://guild.test/auth/login?return=%2Fone"))
        #expect(jar.names.isEmpty && stage.discord.calls.isEmpty)
        #expect(reply["content-security-policy"]?.contains("default-src 'none'") == true)
        #expect(reply["referrer-policy"] == "no-referrer")
        #expect(
            !reply.body.contains("<script") && !reply.body.contains("style=")
                && !reply.body.contains("<style")
        )
    }

    @Test func `what stands in the address is shown as text`() async throws {
        let stage = try await LoginStage()
        let reply = try await stage.get(
            "/auth/callback?error=%3Cscript%3Ealert(1)%3C/script%3E%22%27",
            CookieJar()
        )
        #expect(reply.status == 502)
        #expect(reply.body.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;"))
        #expect(!reply.body.contains("<script"))
        for name in ["state", "code", "error"] {
            let target = "/auth/callback?\(name)=\(String(repeating: "a", count: 3_000))"
            let refused = try await stage.get(target, CookieJar())
            #expect(refused.status == 400 && refused["content-type"] == "application/problem+json", "\(name)")
        }
    }

    @Test(arguments: [
        ("token", 400, 400, "does not take the code"), ("token", 401, 502, "DISCORD_CLIENT_SECRET"),
        ("token", 429, 503, "too often"), ("token", 500, 502, "status 500"),
        ("token", 302, 502, "status 302"),
        ("token", 200, 502, "status 200"), ("@me", 401, 502, "status 401"), ("@me", 200, 502, "status 200"),
        ("@me", 429, 503, "too often"),
    ])
    func `an answer of Discord's that helps nobody is a page that says what to do`(
        path: String,
        status: Int,
        answered: Int,
        words: String
    ) async throws {
        let stage = try await LoginStage()
        let nonsense = status == 200 ? "{\"id\":7,\"access_token\":\"two words\"}" : "<html>"
        stage.discord.answers { call in
            call.url.hasSuffix(path)
                ? HTTPReply(status: status, body: Array(nonsense.utf8)) : try ScriptedDiscord.willing(call)
        }
        let jar = CookieJar()
        let reply = try await stage.logIn(jar)
        #expect(reply.status == answered && reply.body.contains(words) && jar.names.isEmpty)
        #expect(reply["content-type"] == "text/html; charset=utf-8")
        // A token that was had is given back, whatever came of it.
        let given = path == "@me" ? 1 : 0
        try await eventually("the token's end") { stage.discord.calls(to: "/token/revoke").count == given }
    }

    @Test(arguments: [
        (HTTPClientError.Code.timedOut, 504, "within ten seconds"),
        (.connectionFailed, 502, "cannot be reached"),
    ])
    func `a Discord that is silent or away is a page that says so`(
        code: HTTPClientError.Code,
        status: Int,
        words: String
    ) async throws {
        let stage = try await LoginStage()
        stage.discord.answers { _ in throw HTTPClientError(code: code, reason: "as the test says") }
        let jar = CookieJar()
        let reply = try await stage.logIn(jar)
        #expect(reply.status == status && reply.body.contains(words) && jar.names.isEmpty)
        #expect(stage.discord.calls(to: "/token/revoke").isEmpty)
    }

    @Test func `who logs in again and again has to wait, and others have not`() async throws {
        let stage = try await LoginStage(settings: ["RATE_LIMITS": "login=1000"])
        let jar = CookieJar()
        var done = 0
        var refused: Reply?
        // An hour may begin in between.
        while done <= 40, refused == nil {
            let reply = try await stage.logIn(jar)
            if reply.status == 303 { done += 1 } else { refused = reply }
        }
        #expect((20...40).contains(done))
        let page = try #require(refused)
        #expect(page.status == 429 && page.body.contains("Wait") && page["retry-after"] != nil)
        #expect(jar.session != nil, "the session that they have goes on")
        #expect(try await stage.get("/api/sessions", jar).status == 200)
        stage.discord.answers { try ScriptedDiscord.answer($0, user: 8) }
        #expect(try await stage.logIn(CookieJar()).status == 303)
        #expect(stage.replica.metric("guildwire_web_logins_total{outcome=\"too_often\"}") == 1)
    }

    @Test func `a token that cannot be given back is counted, and holds nobody up`() async throws {
        let stage = try await LoginStage()
        stage.discord.answers { call in
            guard call.url.hasSuffix("/revoke") else { return try ScriptedDiscord.willing(call) }
            throw HTTPClientError(code: .timedOut, reason: "as the test says")
        }
        #expect(try await stage.logIn(CookieJar()).status == 303)
        try await eventually("its count") {
            stage.replica.metric("guildwire_web_oauth_revocations_total{outcome=\"failed\"}") == 1
        }
    }

    @Test func `without a client's id nobody can log in, and is told so`() async throws {
        let stage = try await LoginStage(settings: ["DISCORD_CLIENT_ID": "", "DISCORD_CLIENT_SECRET": ""])
        for target in ["/auth/login", "/auth/callback?code=a&state=b"] {
            let reply = try await stage.get(target, CookieJar())
            #expect(reply.status == 503 && reply.body.contains("DISCORD_CLIENT_ID"))
        }
        let me = try await stage.get("/api/me", CookieJar())
        #expect(me.status == 200 && me.json?["canLogIn"]?.bool == false && me.json?["user"]?.isNull == true)
    }
}
