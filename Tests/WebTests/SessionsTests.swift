import Base
import EventLoop
import EventModels
import JSON
import RedisClient
import TestSupport
import Testing
import Web

/// One's own sessions: what they are, and how they end.
@Suite struct SessionsTests {
    private static func now() -> Int64 { WallClock.unixMilliseconds() / 1000 }

    private static func mint(_ stage: LoginStage, _ session: Session) -> CookieJar {
        let jar = CookieJar()
        jar[SessionCookie.name] = stage.replica.keys.mint(session)
        return jar
    }

    private static func ids(_ stage: LoginStage, _ jar: CookieJar) async throws -> [String] {
        let list = try await stage.get("/api/sessions", jar)
        #expect(list.status == 200)
        return list.json?["sessions"]?.array?.compactMap { $0["id"]?.string } ?? []
    }

    @Test func `logging in gives another session, whatever was planted, and ends the one before`()
        async throws
    {
        let stage = try await LoginStage()
        let jar = CookieJar()
        _ = try await stage.logIn(jar)
        let planted = try #require(jar.session)
        stage.discord.answers { try ScriptedDiscord.answer($0, user: 8) }
        _ = try await stage.logIn(jar)
        #expect(jar.session != planted)
        #expect(try await stage.get("/api/me", jar).json?["user"]?["id"]?.string == "8")
        let old = CookieJar()
        old[SessionCookie.name] = planted
        #expect(try await stage.get("/api/sessions", old).body.contains("was ended"))
    }

    @Test func `two tabs log out and in: the last word counts, and no old cookie comes back`() async throws {
        let stage = try await LoginStage()
        let browser = CookieJar()
        _ = try await stage.logIn(browser)
        // What the second tab has sent but not heard of yet.
        let late = CookieJar()
        late[SessionCookie.name] = browser.session
        #expect(
            try await stage.send("POST", "/api/logout", browser, body: #"{"everywhere":false}"#).status == 204
        )
        #expect(browser.session == nil)
        #expect(try await stage.get("/api/sessions", browser).status == 401)
        _ = try await stage.logIn(browser)
        // The late answer must not take the new cookie away.
        let refused = try await stage.get("/api/sessions", late)
        #expect(refused.status == 401 && refused.body.contains("was ended") && refused["set-cookie"] == nil)
        #expect(
            try await stage.send("POST", "/api/logout", late, body: #"{"everywhere":true}"#).status == 401
        )
        #expect(try await Self.ids(stage, browser).count == 1)
        // Nor does that to a page that asks who it is.
        let me = try await stage.get("/api/me", late)
        #expect(me.status == 200 && me.json?["user"]?.isNull == true && me["set-cookie"] == nil)
    }

    @Test func `where nobody needs a session, who asks who they are with an ended one loses it`() async throws
    {
        let stage = try await LoginStage(settings: ["WEB_ACCESS": "open"])
        let jar = CookieJar()
        _ = try await stage.logIn(jar)
        let id = try #require(try await Self.ids(stage, jar).first)
        try await stage.replica.keeper.revoke(RevocationList.Entry(id: id, expires: Self.now() + 3_600))
        let me = try await stage.get("/api/me", jar)
        #expect(me.status == 200 && me.json?["user"]?.isNull == true && jar.session == nil)
    }

    @Test func `logging out everywhere ends all of one's own sessions, with their streams`() async throws {
        let stage = try await LoginStage()
        try await stage.replica.begin()
        let (one, two, other) = (CookieJar(), CookieJar(), CookieJar())
        for jar in [one, two] { _ = try await stage.logIn(jar) }
        stage.discord.answers { try ScriptedDiscord.answer($0, user: 8) }
        _ = try await stage.logIn(other)
        #expect(try await Self.ids(stage, one).count == 2)
        let cookie = "Cookie: \(SessionCookie.name)=\(try #require(two.session))\r\n"
        let stream = stage.replica.get("/api/stream", cookie)
        try await eventually("a snapshot") { stream.events.count == 1 }
        let reply = try await stage.send("POST", "/api/logout", one, body: #"{"everywhere":true}"#)
        #expect(reply.status == 204 && one.session == nil)
        try await eventually("the stream's end") { !stream.record.closed.isEmpty }
        #expect(try await stage.get("/api/sessions", two).status == 401)
        #expect(try await Self.ids(stage, other).count == 1)
    }

    @Test func `one ends one's own session by its id, and nobody else's`() async throws {
        let stage = try await LoginStage()
        let (one, two, other) = (CookieJar(), CookieJar(), CookieJar())
        for jar in [one, two] { _ = try await stage.logIn(jar) }
        stage.discord.answers { try ScriptedDiscord.answer($0, user: 8) }
        _ = try await stage.logIn(other)
        let theirs = try #require(try await Self.ids(stage, other).first)
        for id in [theirs, String(repeating: "0", count: 32), "x"] {
            let reply = try await stage.send("DELETE", "/api/sessions/\(id)", one)
            #expect(reply.status == 404 && reply["content-type"] == "application/problem+json", "\(id)")
        }
        let list = try await stage.get("/api/sessions", one)
        let mine = try #require(list.json?["sessions"]?.array?.first { $0["isCurrent"]?.bool == false })
        #expect(mine["agent"]?.string == "test browser")
        let id = try #require(mine["id"]?.string)
        #expect(try await stage.send("DELETE", "/api/sessions/\(id)", one).status == 204)
        #expect(try await stage.get("/api/sessions", two).status == 401)
        #expect(try await stage.get("/api/sessions", other).status == 200)
        let own = try #require(try await Self.ids(stage, one).first)
        #expect(
            try await stage.send("DELETE", "/api/sessions/\(own)", one).status == 204 && one.session == nil
        )
    }

    @Test func `an old cookie is given anew by who asks who they are, and the old one still counts`()
        async throws
    {
        let stage = try await LoginStage()
        let began = Self.now() - 2 * 86_400
        let id = RandomSource.hex(16)
        let session = Session(user: Snowflake(7), id: id, issued: began, expires: began + 7 * 86_400)
        let (jar, tab) = (Self.mint(stage, session), Self.mint(stage, session))
        let old = try #require(jar.session)
        let me = try await stage.get("/api/me", jar)
        #expect(
            me.json?["session"]?["id"]?.string == id && me.json?["session"]?["began"]?.int64 == began * 1000
        )
        let newer = try #require(jar.session)
        #expect(newer != old)
        #expect(try #require(me.json?["session"]?["expires"]?.int64) > session.expires * 1000)
        #expect(try await stage.get("/api/sessions", tab).status == 200)
        #expect(try await stage.get("/api/me", jar)["set-cookie"] == nil, "a young cookie stays")
        // Ended by one of its cookies, the others end with it.
        #expect(
            try await stage.send("POST", "/api/logout", jar, body: #"{"everywhere":false}"#).status == 204
        )
        #expect(try await stage.get("/api/sessions", tab).status == 401)
        jar[SessionCookie.name] = newer
        #expect(try await stage.get("/api/sessions", jar).status == 401)
    }

    @Test func `the fifty-first session of a user ends the one that would end first`() async throws {
        let book = SessionBook(nil)
        let now = Self.now()
        func record(_ number: Int, of user: UInt64 = 7) -> SessionRecord {
            let id = String(repeating: "0", count: 30) + String(10 + number)
            let session = Session(
                user: Snowflake(user),
                id: id,
                issued: now,
                expires: now + 100 + Int64(number)
            )
            return SessionRecord(session, name: "n", avatar: "a", seen: now, agent: "x")
        }
        for number in 1...50 { #expect(try await book.keep(record(number), now: now).isEmpty) }
        #expect(try await book.keep(record(80, of: 8), now: now).isEmpty)
        #expect(try await book.keep(record(51), now: now) == [record(1).id])
        #expect(try await book.records(of: Snowflake(8), now: now).count == 1)
        #expect(try await book.record(record(2).id, now: now + 103) == nil)
    }

    @Test func `a record is what it was when it is read again, and its texts are bounded`() async throws {
        try await withRedis { client, _ in
            let book = SessionBook(client)
            let now = Self.now()
            let session = Session.begin(Snowflake(7), id: RandomSource.hex(16), now: now)
            let agent = String(repeating: "\u{1F600}", count: 300)
            let record = SessionRecord(
                session,
                name: "Una \"x\"",
                avatar: "http://a",
                seen: now,
                agent: agent
            )
            #expect(record.agent.unicodeScalars.count == 200)
            #expect(try await book.keep(record, now: now).isEmpty)
            #expect(try await book.record(session.id, now: now) == record)
            #expect(try await book.records(of: Snowflake(7), now: now) == [record])
            let seconds = try await client.send(["TTL", RedisKeys.session(session.id)]).integer
            #expect(try #require(seconds) > 7 * 86_400 - 60)
            for number in 0..<50 {
                let other = Session(
                    user: Snowflake(7),
                    id: RandomSource.hex(16),
                    issued: now,
                    expires: session.expires + 1 + Int64(number)
                )
                let next = SessionRecord(other, name: "", avatar: "", seen: now, agent: "")
                let surplus = try await book.keep(next, now: now)
                #expect(surplus == (number == 49 ? [session.id] : []))
            }
            try await book.remove([session.id], of: Snowflake(7))
            #expect(try await book.record(session.id, now: now) == nil)
            #expect(try await book.ids(of: Snowflake(7), now: now).count == 50)
        }
    }

    @Test func `a login that one replica has seen is replayed at no other`() async throws {
        try await withRedis { client, config in
            let one = try await LoginStage(redis: config, client: client)
            let two = try await LoginStage(redis: config, client: client)
            for stage in [one, two] {
                await stage.replica.keeper.start()
                try await eventually("a look") { await stage.replica.keeper.look() }
            }
            let jar = CookieJar()
            let state = try await one.begin(jar)
            let cookie = try #require(jar.logins.first)
            let value = jar[cookie]
            let target = "/auth/callback?code=good-code&state=\(state)"
            #expect(try await two.get(target, jar).status == 303)
            jar[cookie] = value
            #expect(try await one.get(target, jar).body.contains("used already"))
            // The session is everybody's: listed at one, ended there, refused at the other.
            #expect(try await Self.ids(one, jar).count == 1)
            let copy = CookieJar()
            copy[SessionCookie.name] = jar.session
            #expect(
                try await one.send("POST", "/api/logout", jar, body: #"{"everywhere":true}"#).status == 204
            )
            try await eventually("a look") { await two.replica.keeper.look() }
            #expect(try await two.get("/api/sessions", copy).status == 401)
            for stage in [one, two] { await stage.replica.keeper.stop() }
        }
    }

    @Test func `without Redis' answer nobody is logged in, and the login can be tried again`() async throws {
        try await withStage { stage, lose in
            let jar = CookieJar()
            let state = try await stage.begin(jar)
            try await lose()
            let reply = try await stage.get("/auth/callback?code=good-code&state=\(state)", jar)
            #expect(reply.status == 503 && reply.body.contains("written down") && jar.session == nil)
            #expect(stage.discord.calls.isEmpty)
        }
    }

    @Test func `without Redis' answer logging out everywhere ends this session, and says that others go on`()
        async throws
    {
        try await withStage { stage, lose in
            let (one, two, three) = (CookieJar(), CookieJar(), CookieJar())
            for jar in [one, two, three] { _ = try await stage.logIn(jar) }
            try await lose()
            let all = try await stage.send("POST", "/api/logout", one, body: #"{"everywhere":true}"#)
            #expect(all.status == 503 && all.body.contains("others are not") && all["set-cookie"] == nil)
            let ended = try await stage.get("/api/sessions", one)
            #expect(ended.status == 401 && ended.body.contains("was ended"))
            // This session alone: nothing more is to be done for it.
            let this = try await stage.send("POST", "/api/logout", two, body: #"{"everywhere":false}"#)
            #expect(this.status == 503 && two.session == nil)
            // An old cookie is not made to last longer where it cannot be listed.
            let began = Self.now() - 2 * 86_400
            let session = Session(
                user: Snowflake(7),
                id: RandomSource.hex(16),
                issued: began,
                expires: began + 7 * 86_400
            )
            let me = try await stage.get("/api/me", Self.mint(stage, session))
            #expect(me.status == 200 && me.json?["user"]?["id"]?.string == "7" && me["set-cookie"] == nil)
        }
    }

    /// A stage whose Redis `lose` takes away.
    private func withStage(_ body: (LoginStage, _ lose: () async throws -> Void) async throws -> Void)
        async throws
    {
        let redis = try await RedisServer()
        var config = try RedisConfig(url: redis.url)
        config.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
        let client = RedisClient(config, on: try EventLoop(name: "redis"))
        await client.start()
        await client.whenConnected()
        try await body(try await LoginStage(client: client)) {
            try await redis.crash()
            try await eventually("the loss") { await !client.isConnected }
        }
        await client.close()
    }

    private func withRedis(_ body: (RedisClient, RedisConfig) async throws -> Void) async throws {
        let redis = try await RedisServer()
        let config = try RedisConfig(url: redis.url)
        let client = RedisClient(config, on: try EventLoop(name: "redis"))
        await client.start()
        await client.whenConnected()
        try await body(client, config)
        await client.close()
    }
}
