import Base
import HTTPWire
import JSON
import Simulator
import TestSupport
import Testing

/// Limits, bans and faults of the API, as a client meets them.
@Suite struct RESTTroubleTests {
    private func channel(_ fixture: SimulatorFixture) async throws -> (guild: String, channel: String) {
        let guild = try #require(try await fixture.control("GET", "/control/guilds").json?.array?.first)
        let general = guild["channels"]?.array?.first { $0["name"]?.string == "general" }
        return (try #require(guild["id"]?.string), try #require(general?["id"]?.string))
    }

    private func bucket(_ reply: SimulatorFixture.Reply) -> String? {
        reply.head.split(separator: "\r\n").first { $0.hasPrefix("X-RateLimit-Bucket") }.map(String.init)
    }

    @Test func `names buckets without the channel, and shares some`() async throws {
        try await SimulatorFixture.run { fixture in
            let (guild, general) = try await channel(fixture)
            func of(_ method: String, _ path: String) async throws -> String? {
                bucket(try await fixture.send(method, "/api/v10" + path, body: "{}"))
            }
            let messages = "/channels/\(general)/messages"
            #expect(try await of("POST", messages) == of("POST", "/channels/1/messages"))
            let table: [(String, String, String, String, Bool)] = [
                ("PUT", messages + "/1/reactions/a/@me", "DELETE", messages + "/1/reactions/a/@me", true),
                (
                    "PUT", "/guilds/\(guild)/members/1/roles/1", "DELETE",
                    "/guilds/\(guild)/members/2/roles/2", true
                ),
                ("PUT", messages + "/pins/1", "DELETE", messages + "/pins/1", true),
                ("PATCH", messages + "/1", "DELETE", messages + "/1", false),
                ("POST", messages, "PATCH", messages + "/1", false),
                ("PATCH", "/webhooks/1/t/messages/1", "DELETE", "/webhooks/1/t/messages/@original", true),
            ]
            for (method, path, other, otherPath, isShared) in table {
                let (first, second) = (try await of(method, path), try await of(other, otherPath))
                #expect(first != nil && (first == second) == isShared, "\(path) \(otherPath)")
            }
        }
    }

    @Test func `counts neither interactions nor webhooks among all calls`() async throws {
        try await SimulatorFixture.run({ $0.globalRESTLimit = 1 }) { fixture in
            _ = try await fixture.send("GET", "/api/v10/users/@me")
            for (method, path, status) in [
                ("POST", "/interactions/1/t/callback", 404), ("POST", "/webhooks/1/t", 404),
                ("PATCH", "/webhooks/1/t/messages/@original", 404), ("GET", "/webhooks/1/t", 404),
            ] {
                let reply = try await fixture.send(method, "/api/v10" + path, body: "{}", token: nil)
                #expect(reply.status == status, "\(path)")
            }
        }
    }

    @Test
    func `counts all calls of the bot, also to routes without a bucket, and those without its token apart`()
        async throws
    {
        try await SimulatorFixture.run({ $0.globalRESTLimit = 2 }) { fixture in
            func status(_ path: String, token: String? = "simulator-token") async throws -> Int {
                try await fixture.send("GET", "/api/v10" + path, token: token).status
            }
            // Two within a second: a busy machine may need more than one.
            try await eventually("a second with three calls") {
                var all: [Int] = []
                for _ in 0..<3 { all.append(try await status("/gateway")) }
                let alone = try await status("/gateway", token: nil)
                return all == [200, 200, 429] && alone == 200
            }
        }
    }

    @Test func `bans an address after so many invalid requests, with a page and no JSON`() async throws {
        try await SimulatorFixture.run({ $0.invalidLimit = 3 }) { fixture in
            let shared =
                #"{"kind":"rest","route":"GET /users/@me","status":429,"scope":"shared","retry_after":1.5}"#
            _ = try await fixture.control("POST", "/control/fault", body: shared)
            let told = try await fixture.send("GET", "/api/v10/users/@me")
            #expect(
                told.status == 429 && told.json?["retry_after"]?.double == 1.5
                    && told.head.contains("Retry-After: 2\r\n")
            )
            #expect(told.head.contains("X-RateLimit-Scope: shared") && told.json?["global"]?.bool == false)
            for _ in 0..<3 {
                #expect(try await fixture.send("GET", "/api/v10/users/@me", token: "wrong").status == 401)
            }
            let banned = try await fixture.send("GET", "/api/v10/users/@me")
            #expect(banned.status == 429 && banned.json == nil && banned.head.contains("text/html"))
            #expect(!banned.head.contains("X-RateLimit") && banned.head.contains("Retry-After: 600"))
            let held = try await fixture.control("GET", "/control/limits").json?["invalid"]?.array?.first
            #expect(
                held?["count"]?.int == 3 && held?["turned_away"]?.int == 1 && held?["banned"]?.bool == true
                    && held?["address"]?.string == "127.0.0.1"
            )
            let log = try await fixture.control("GET", "/control/rest")
            #expect(log.lines.last?["status"]?.int == 429 && log.lines.count == 5)
        }
    }

    @Test func `forgets invalid requests after ten minutes, and bans after theirs`() {
        var invalid = InvalidRequests(limit: 2, ban: .seconds(30))
        func note(_ seconds: Int) -> Bool {
            invalid.note("a", now: .seconds(seconds))
            return invalid.banned("a", now: .seconds(seconds)) != nil
        }
        #expect([note(0), note(600), note(601)] == [false, false, true])
        #expect(
            invalid.banned("a", now: .seconds(630)) == .seconds(1) && invalid.banned("b", now: .zero) == nil
        )
        #expect(invalid.banned("a", now: .seconds(631)) == nil && invalid.counts(now: .seconds(631)).isEmpty)
    }

    @Test func `answers what a fault says, breaks off before and after, and delays`() async throws {
        try await SimulatorFixture.run { fixture in
            let (_, general) = try await channel(fixture)
            let path = "/api/v10/channels/\(general)/messages"
            func fault(_ more: String) async throws {
                let body = #"{"kind":"rest","route":"POST /channels/{channel}/messages",\#(more)}"#
                #expect(try await fixture.control("POST", "/control/fault", body: body).status == 200)
            }
            func count() async throws -> Int? { try await fixture.send("GET", path).json?.array?.count }
            try await fault(#""status":502,"times":2"#)
            for status in [502, 502, 200] {
                #expect(try await fixture.send("POST", path, body: #"{"content":"a"}"#).status == status)
            }
            for (drop, messages) in [("before", 1), ("after", 2)] {
                try await fault(#""drop":"\#(drop)""#)
                let reply = try await fixture.send("POST", path, body: #"{"content":"b"}"#)
                #expect(reply.status == 0 && reply.body.isEmpty, "the connection breaks off")
                #expect(try await count() == messages, "\(drop)")
            }
            try await fault(#""ms":1"#)
            #expect(try await fixture.send("POST", path, body: #"{"content":"c"}"#).status == 200)
            try await fault(#""answer_ms":1"#)
            #expect(try await fixture.send("POST", path, body: #"{"content":"c"}"#).status == 200)
            #expect(try await count() == 4)
            try await fault(#""status":500,"times":9"#)
            _ = try await fixture.control("POST", "/control/fault", body: #"{"kind":"rest","clear":true}"#)
            #expect(try await fixture.send("POST", path, body: #"{"content":"d"}"#).status == 200)
            let wrong = #"{"kind":"rest","status":200}"#
            #expect(try await fixture.control("POST", "/control/fault", body: wrong).status == 400)
        }
    }

    @Test func `refuses what the bot's role no longer allows`() async throws {
        try await SimulatorFixture.run { fixture in
            let (guild, general) = try await channel(fixture)
            func permit(_ bits: String) async throws {
                let body = #"{"guild":"\#(guild)","permissions":"\#(bits)"}"#
                #expect(try await fixture.control("POST", "/control/permissions", body: body).status == 200)
            }
            func code(_ method: String, _ path: String, _ body: String = "{}") async throws -> Int? {
                try await fixture.send(method, "/api/v10" + path, body: body).json?["code"]?.int
            }
            try await permit("0")
            let staff = try await fixture.control("GET", "/control/guilds").json?.array?.first?["channels"]?
                .array?
                .first { $0["name"]?.string == "staff-room" }?["id"]?.string
            #expect(try await code("GET", "/channels/\(staff ?? "")") == 50001)
            #expect(try await code("PATCH", "/channels/\(general)", #"{"topic":"t"}"#) == 50013)
            #expect(try await code("DELETE", "/guilds/\(guild)/members/@me") == 50013)
            #expect(try await code("POST", "/guilds/\(guild)/roles") == 50013)
            try await permit("8")
            #expect(try await code("PATCH", "/channels/\(general)", #"{"topic":"t"}"#) == nil)
        }
    }

    @Test func `takes files in a form`() async throws {
        var bench = RESTBench()
        let body = [
            "--b", #"Content-Disposition: form-data; name="payload_json""#, "Content-Type: application/json",
            "",
            #"{"content":"see","attachments":[{"id":0,"filename":"a.txt"}]}"#, "--b",
            #"Content-Disposition: form-data; name="files[0]"; filename="a.txt""#, "Content-Type: text/plain",
            "", "hello",
            "--b--", "",
        ].joined(separator: "\r\n")
        for (text, status, count) in [(body, 200, 1), (body.replacing("--b--", with: ""), 400, 0)] {
            let reply = try bench.call(
                "POST",
                "/channels/{general}/messages",
                text,
                headers: ["Content-Type": "multipart/form-data; boundary=b"]
            )
            #expect(reply.status == status && reply.json?["attachments"]?.array?.count ?? 0 == count)
            guard status == 200 else { continue }
            let file = reply.json?["attachments"]?.array?.first
            #expect(
                file?["filename"]?.string == "a.txt" && file?["size"]?.int == 5
                    && reply.json?["content"]?.string == "see"
            )
        }
    }

    /// Allowed mentions, by what is sent: who is named then.
    @Test func `names whom the sender allows`() throws {
        var bench = RESTBench()
        let table: [(String, Int, Int, Bool)] = [
            (#""content":"<@{u}> <@&{VIP}> @everyone""#, 1, 1, true),
            (#""content":"<@{u}> <@&{VIP}> @everyone","allowed_mentions":{"parse":[]}"#, 0, 0, false),
            (#""content":"<@{u}> <@&{VIP}>","allowed_mentions":{"parse":[],"roles":["{VIP}"]}"#, 0, 1, false),
            (#""content":"<@!{u}>","allowed_mentions":{"users":["{u}"]}"#, 1, 0, false),
            (#""content":"no one","allowed_mentions":{"users":["{u}"]}"#, 0, 0, false),
        ]
        for (body, users, roles, everyone) in table {
            let message = try bench.call("POST", "/channels/{general}/messages", "{\(body)}").json
            let found = (
                message?["mentions"]?.array?.count, message?["mention_roles"]?.array?.count,
                message?["mention_everyone"]?.bool
            )
            #expect(found == (users, roles, everyone), "\(body)")
        }
    }
}
