import Base
import JSON
import Simulator
import TestSupport
import Testing

/// Logging in by the simulated Discord: consent, codes, tokens, and what they open.
@Suite struct OAuthTests {
    private static let back = "http://127.0.0.1:9/back?x=1"
    private static let secret = "simulator-secret"

    private static func start(_ body: (SimulatorFixture, String) async throws -> Void) async throws {
        try await SimulatorFixture.run({ $0.redirects = [back] }) { fixture in
            let application = try await fixture.send("GET", "/api/v10/applications/@me").json
            try await body(fixture, try #require(application?["id"]?.string))
        }
    }

    private static func query(_ client: String, _ more: [String: String] = [:]) -> String {
        var items = [
            "client_id": client, "redirect_uri": "http%3A%2F%2F127.0.0.1%3A9%2Fback%3Fx%3D1",
            "response_type": "code",
            "scope": "identify+guilds+guilds.members.read", "state": "s%26t",
        ]
        items.merge(more) { $1 }
        return items.filter { !$0.value.isEmpty }.map { "\($0.key)=\($0.value)" }.sorted().joined(
            separator: "&"
        )
    }

    private static func header(_ name: String, _ reply: SimulatorFixture.Reply) -> String? {
        reply.head.split(separator: "\r\n").first { $0.hasPrefix(name + ": ") }.map {
            String($0.dropFirst(name.count + 2))
        }
    }

    /// The code of a consent.
    private static func code(
        _ fixture: SimulatorFixture,
        _ client: String,
        _ user: String,
        _ more: [String: String] = [:]
    ) async throws -> String {
        let form = query(client, more) + "&user=\(user)&decision=authorize"
        let reply = try await fixture.form("/oauth2/authorize", form)
        let location = try #require(header("Location", reply))
        #expect(
            reply.status == 303 && location.hasPrefix(back + "&code=") && location.hasSuffix("&state=s%26t")
        )
        return String(location.dropFirst(back.count + 6).prefix { $0 != "&" })
    }

    @Test func `each of four people logs in and sees what is theirs`() async throws {
        try await Self.start { fixture, client in
            let page = try await fixture.send("GET", "/oauth2/authorize?" + Self.query(client), token: nil)
            let html = String(decoding: page.body, as: UTF8.self)
            #expect(
                page.status == 200
                    && Self.header("Content-Security-Policy", page)?.contains("default-src 'none'") == true
            )
            let people = try #require(try await fixture.control("GET", "/control/people").json)
            for (name, guilds) in [("owner", 1), ("moderator", 1), ("member", 1), ("stranger", 0)] {
                let user = try #require(people[key: name]?.string)
                #expect(html.contains("value=\"\(user)\" data-role=\"\(name)\""))
                let code = try await Self.code(fixture, client, user)
                let exchange =
                    "grant_type=authorization_code&code=\(code)&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback%3Fx%3D1"
                let issued = try await fixture.form(
                    "/api/oauth2/token",
                    exchange,
                    basic: (client, Self.secret)
                )
                let access = try #require(issued.json?["access_token"]?.string)
                #expect(
                    issued.json?["expires_in"]?.int == 604_800
                        && issued.json?["token_type"]?.string == "Bearer"
                )
                let own = try await fixture.bearer("/users/@me", access)
                #expect(own.json?["id"]?.string == user && own.json?["email"] == nil)
                let list = try await fixture.bearer("/users/@me/guilds", access).json?.array
                #expect(
                    list?.count == guilds
                        && list?.first?["owner"]?.bool == (guilds == 0 ? nil : name == "owner")
                )
                let guild =
                    try await fixture.control("GET", "/control/guilds").json?.array?.first?["id"]?.string
                    ?? ""
                let member = try await fixture.bearer("/users/@me/guilds/\(guild)/member", access)
                #expect(member.status == (guilds == 0 ? 404 : 200))
                #expect(try await fixture.bearer("/guilds/\(guild)", access).status == 401, "the bot's alone")
                #expect(
                    try await fixture.form("/api/v10/oauth2/token", exchange, basic: (client, Self.secret))
                        .status == 400,
                    "once"
                )
            }
        }
    }

    /// Changes of the address, and the answer: a page, or the error that is sent back.
    @Test(arguments: [
        (["client_id": "1"], 400, ""), (["redirect_uri": "http%3A%2F%2Fevil.test"], 400, ""),
        (["redirect_uri": ""], 400, ""),
        (["response_type": "token"], 303, "unsupported_response_type"),
        (["scope": "identify+all"], 303, "invalid_scope"),
        (["scope": ""], 303, "invalid_scope"),
        (["code_challenge": "x", "code_challenge_method": "plain"], 303, "invalid_request"),
        (["state": ""], 200, ""),
    ])
    func `refuses what is wrong`(change: [String: String], status: Int, error: String) async throws {
        try await Self.start { fixture, client in
            let reply = try await fixture.send(
                "GET",
                "/oauth2/authorize?" + Self.query(client, change),
                token: nil
            )
            #expect(reply.status == status)
            guard status == 303 else { return }
            #expect(Self.header("Location", reply)?.hasPrefix(Self.back + "&error=\(error)&") == true)
            #expect(Self.header("Location", reply)?.hasSuffix("&state=s%26t") == true)
        }
    }

    @Test func `sends a refusal back, and refreshes, revokes and checks proof keys`() async throws {
        try await Self.start { fixture, client in
            let denied = try await fixture.form("/oauth2/authorize", Self.query(client) + "&decision=cancel")
            #expect(Self.header("Location", denied)?.contains("&error=access_denied&") == true)
            let user = try await fixture.control("GET", "/control/people").json?["member"]?.string ?? ""
            // RFC 7636, appendix B.
            let challenge = [
                "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                "code_challenge_method": "S256",
            ]
            let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
            let inForm =
                "&client_id=\(client)&client_secret=\(Self.secret)&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback%3Fx%3D1"
            func exchange(_ more: String, _ change: [String: String] = [:]) async throws
                -> SimulatorFixture.Reply
            {
                let code = try await Self.code(fixture, client, user, change)
                return try await fixture.form(
                    "/api/oauth2/token",
                    "grant_type=authorization_code&code=\(code)" + inForm + more
                )
            }
            #expect(try await exchange("", challenge).json?["error"]?.string == "invalid_grant")
            #expect(try await exchange("&code_verifier=wrong", challenge).status == 400)
            let issued = try #require(try await exchange("&code_verifier=\(verifier)", challenge).json)
            let refresh = issued["refresh_token"]?.string ?? ""
            func renew() async throws -> SimulatorFixture.Reply {
                try await fixture.form(
                    "/api/oauth2/token",
                    "grant_type=refresh_token&refresh_token=\(refresh)" + inForm
                )
            }
            let renewed = try #require(try await renew().json?["access_token"]?.string)
            #expect(
                try await renew().json?["error"]?.string == "invalid_grant",
                "a refresh token is used once"
            )
            #expect(
                try await fixture.bearer("/users/@me", issued["access_token"]?.string ?? "").status == 401
            )
            #expect(try await fixture.bearer("/oauth2/@me", renewed).json?["user"]?["id"]?.string == user)
            _ = try await fixture.form("/api/oauth2/token/revoke", "token=\(renewed)" + inForm)
            #expect(try await fixture.bearer("/users/@me", renewed).status == 401)
            let few = try #require(
                try await exchange("", ["scope": "identify"]).json?["access_token"]?.string
            )
            #expect(try await fixture.bearer("/users/@me/guilds", few).json?["code"]?.int == 50026)
            let wrong = try await fixture.form(
                "/api/oauth2/token",
                "grant_type=refresh_token",
                basic: (client, "wrong")
            )
            #expect(wrong.status == 401 && wrong.json?["error"]?.string == "invalid_client")
            let odd = try await fixture.form("/api/oauth2/token", "grant_type=password" + inForm)
            #expect(odd.json?["error"]?.string == "unsupported_grant_type")
        }
    }

    @Test func `codes last a minute and tokens their life`() {
        let client = OAuthDesk.Client(id: Snowflake(1), secret: Secret("s"), redirects: [])
        var desk = OAuthDesk(client: client, tokenLife: .seconds(100), seed: 1)
        func code() -> String {
            desk.consent(Snowflake(2), ["identify"], redirect: "r", challenge: nil, now: .zero)
        }
        for (seconds, redirect, isGiven) in [(60, "r", false), (59, "q", false), (59, "r", true)] {
            let issued = desk.exchange(code(), redirect: redirect, now: .seconds(seconds)) { _ in true }
            #expect((issued != nil) == isGiven)
            guard let issued else { continue }
            #expect(desk.grant(issued.access, now: .seconds(158))?.user == Snowflake(2))
            #expect(desk.grant(issued.access, now: .seconds(159)) == nil)
        }
    }
}

extension SimulatorFixture {
    func form(_ path: String, _ body: String, basic: (String, String)? = nil) async throws -> Reply {
        let authorization = basic.map { "Basic " + Base64.standard.encoded(Array("\($0):\($1)".utf8)) }
        return try await send(
            "POST",
            path,
            body: body,
            token: nil,
            headers: ["Content-Type: application/x-www-form-urlencoded"]
                + (authorization.map { ["Authorization: \($0)"] } ?? [])
        )
    }

    func bearer(_ path: String, _ token: String) async throws -> Reply {
        try await send("GET", "/api/v10" + path, token: nil, headers: ["Authorization: Bearer \(token)"])
    }
}
