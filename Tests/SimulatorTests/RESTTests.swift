import Base
import JSON
import Simulator
import Testing

@Suite struct RESTTests {
    @Test func `answers what the services ask`() async throws {
        try await SimulatorFixture.run { fixture in
            let guild = try #require(try await fixture.control("GET", "/control/guilds").json?.array?.first)
            let id = try #require(guild["id"]?.string)
            let channel = try #require(
                guild["channels"]?.array?.first { $0["name"]?.string == "general" }?["id"]?.string
            )
            let members = try await fixture.send("GET", "/api/v10/guilds/\(id)/members?limit=1000")
            #expect(members.json?.array?.count == 60)
            let user = try #require(members.json?.array?.first?["user"]?["id"]?.string)
            let table: [(String, Int, String)] = [
                ("/gateway", 200, "url"), ("/users/@me", 200, "username"),
                ("/users/\(user)", 200, "username"),
                ("/guilds/\(id)?with_counts=true", 200, "approximate_member_count"),
                ("/channels/\(channel)", 200, "guild_id"),
                ("/guilds/\(id)/members/\(user)", 200, "joined_at"), ("/guilds/1", 404, "code"),
                ("/channels/1", 404, "code"),
                ("/guilds/\(id)/members/1", 404, "code"), ("/guilds/\(id)/members?limit=0", 400, "errors"),
                ("/nothing/here", 404, "message"),
            ]
            for (path, status, key) in table {
                let reply = try await fixture.send("GET", "/api/v10" + path)
                #expect(reply.status == status && reply.json?[key] != nil, "\(path)")
            }
            let bot = try await fixture.send("GET", "/api/v10/gateway/bot")
            #expect(bot.json?["url"]?.string == "ws://127.0.0.1:\(fixture.running.port)")
            #expect(bot.json?["session_start_limit"]?["remaining"]?.int == 1000)
            let refused = try await fixture.send("GET", "/api/v10/gateway/bot", token: "wrong")
            #expect(refused.status == 401 && refused.json?["code"]?.int == 0)
            let log = try await fixture.control("GET", "/control/rest").lines
            #expect(log.count == table.count + 3 && log.last?["authorized"]?.bool == false)
        }
    }

    @Test func `finds messages by what they say, who wrote them and where`() async throws {
        try await SimulatorFixture.run { fixture in
            let guild = try #require(try await fixture.control("GET", "/control/guilds").json?.array?.first)
            let channels = guild["channels"]?.array?.filter { $0["type"]?.int == 0 } ?? []
            let ids = channels.compactMap { $0["id"]?.string }
            let me = try #require(try await fixture.send("GET", "/api/v10/users/@me").json?["id"]?.string)
            let path = "/api/v10/guilds/\(try #require(guild["id"]?.string))/messages/search"
            for (channel, text) in [(0, "a red fox"), (0, "Red wine"), (1, "a red kite")] {
                let body = #"{"content":"\#(text)"}"#
                _ = try await fixture.send("POST", "/api/v10/channels/\(ids[channel])/messages", body: body)
            }
            let early = try await fixture.send("GET", path + "?content=red")
            #expect(
                early.status == 202 && early.json?["code"]?.int == 110_000 && early.json?["messages"] == nil
            )
            func found(_ query: String) async throws -> [String] {
                let reply = try await fixture.send("GET", "\(path)?author_id=\(me)&\(query)")
                let page = reply.json?["messages"]?.array?.compactMap { $0.array?.first?["content"]?.string }
                return ["\(reply.json?["total_results"]?.int ?? -1)"] + (page ?? [])
            }
            #expect(try await found("content=red") == ["3", "a red kite", "Red wine", "a red fox"])
            #expect(try await found("content=RED%20a&limit=1&sort_order=asc") == ["2", "a red fox"])
            #expect(try await found("content=red&channel_id=\(ids[1])&channel_id=1") == ["1", "a red kite"])
            #expect(try await found("content=red&offset=2") == ["3", "a red fox"])
            #expect(try await fixture.send("GET", path + "?author_id=1").json?["total_results"]?.int == 0)
            #expect(try await fixture.send("GET", path + "?limit=26").status == 400)
        }
    }

    @Test func `sends a message once per nonce, and limits`() async throws {
        try await SimulatorFixture.run { fixture in
            let guild = try #require(try await fixture.control("GET", "/control/guilds").json?.array?.first)
            let channel = try #require(
                guild["channels"]?.array?.first { $0["name"]?.string == "general" }?["id"]?.string
            )
            let path = "/api/v10/channels/\(channel)/messages"
            let text = #"{"content":"hello","nonce":"n-1","enforce_nonce":true}"#
            let first = try await fixture.send("POST", path, body: text)
            let again = try await fixture.send("POST", path, body: text)
            #expect(first.status == 200 && first.json?["content"]?.string == "hello")
            #expect(first.json?["author"]?["bot"]?.bool == true && first.json?["nonce"]?.string == "n-1")
            #expect(first.json?["id"]?.string == again.json?["id"]?.string)
            #expect(try await fixture.send("POST", path, body: "{}").json?["code"]?.int == 50006)
            #expect(try await fixture.send("POST", path, body: "{").status == 400)
            var limited = first
            for _ in 0..<50 where limited.status != 429 {
                limited = try await fixture.send("POST", path, body: "{}")
            }
            #expect(limited.status == 429 && (limited.json?["retry_after"]?.double ?? 0) > 0)
            for header in ["Retry-After: 1", "X-RateLimit-Remaining: 0", "X-RateLimit-Scope: user", "Via: "] {
                #expect(limited.head.contains(header), "\(limited.head)")
            }
        }
    }

    /// What a call half a second after another is told: remaining, seconds until full, and until the next where none is left.
    private struct Told: Equatable {
        var remaining: Int
        var full: Double
        var next: Double?
    }

    private func told(_ limits: inout RateLimits, _ limit: RateLimits.Limit, at seconds: Double) -> Told {
        let now = Instant(
            monotonic: .seconds(seconds),
            unixMicroseconds: 1_786_000_000_000_000 + Int64(seconds * 1e6)
        )
        switch limits.take("a", limit, now: now) {
        case .admitted(let bucket):
            #expect(
                Double(bucket.resetUnixMilliseconds) / 1000 == 1_786_000_000 + bucket.resetAt / .seconds(1)
            )
            return Told(remaining: bucket.remaining, full: (bucket.resetAt - now.monotonic) / .seconds(1))
        case .exceeded(let bucket):
            return Told(
                remaining: bucket.remaining,
                full: (bucket.resetAt - now.monotonic) / .seconds(1),
                next: (bucket.nextAt - now.monotonic) / .seconds(1)
            )
        }
    }

    @Test func `a sliding bucket gives calls back one by one`() {
        var limits = RateLimits()
        let limit = RateLimits.Limit(2, in: 5)
        #expect(told(&limits, limit, at: 0) == Told(remaining: 1, full: 2.5))
        #expect(told(&limits, limit, at: 0.5) == Told(remaining: 0, full: 4.5))
        #expect(told(&limits, limit, at: 1) == Told(remaining: 0, full: 4, next: 1.5))
        #expect(told(&limits, limit, at: 2.5) == Told(remaining: 0, full: 5))
        #expect(told(&limits, limit, at: 7.5) == Told(remaining: 1, full: 2.5))
    }

    @Test func `a fixed bucket gives all calls back at once, and its reset stands still`() {
        var limits = RateLimits()
        let limit = RateLimits.Limit(2, in: 5, .fixed)
        #expect(told(&limits, limit, at: 0) == Told(remaining: 1, full: 5))
        #expect(told(&limits, limit, at: 0.5) == Told(remaining: 0, full: 4.5))
        #expect(told(&limits, limit, at: 1) == Told(remaining: 0, full: 4, next: 4))
        #expect(told(&limits, limit, at: 5) == Told(remaining: 1, full: 5))
    }

    @Test func `all routes count together`() {
        var limits = RateLimits(globalMax: 3)
        func take(_ asker: String, _ seconds: Double) -> Duration? {
            limits.takeGlobally(
                of: asker,
                now: Instant(monotonic: .seconds(seconds), unixMicroseconds: 0)
            )
        }
        for _ in 0..<3 { #expect(take("bot", 0) == nil) }
        #expect(take("bot", 0.25) == .seconds(0.75) && take("user", 0.25) == nil)
        #expect(take("bot", 1) == nil, "a second later")
    }
}
