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
            _ = try await fixture.send("POST", path, body: "{}")
            let limited = try await fixture.send("POST", path, body: text)
            #expect(limited.status == 429 && (limited.json?["retry_after"]?.double ?? 0) > 0)
            #expect(limited.head.contains("Retry-After") && limited.head.contains("X-RateLimit-Remaining: 0"))
        }
    }

    @Test func `gives a bucket back after its window, and counts all routes together`() {
        var limits = RateLimits(globalMax: 3)
        func take(_ key: String, _ seconds: Double) -> Bool {
            if case .admitted = limits.take(key, calls: 2, seconds: 5, now: .seconds(seconds)) {
                true
            } else {
                false
            }
        }
        #expect([take("a", 0), take("a", 0), take("a", 0)] == [true, true, false])
        #expect(
            [take("b", 0.5), take("b", 1.5), take("a", 1.5), take("a", 5)] == [false, true, false, true]
        )
    }
}
