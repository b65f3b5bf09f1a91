import Base
import EventModels
import JSON
import LinkProtocol
import PostgresClient
import TestSupport
import Testing
import Web

/// Presets of overlays in a real PostgreSQL, what overlays keep to, and their samples.
@Suite struct OverlaysTests {
    fileprivate static func body(
        _ name: String,
        _ overlay: String = "voice",
        query: String = "layout=row&scale=2"
    ) -> String {
        #"{"name":"\#(name)","overlay":"\#(overlay)","query":"\#(query)"}"#
    }

    @Test func `a preset is made, listed, changed by its tag, and removed`() async throws {
        try await GuildStage.with { fixture in
            let (path, tag, id) = try await fixture.make()
            _ = try await fixture.make("Chat")
            let list = try #require(try await fixture.send("GET", fixture.path).json?["presets"]?.array)
            #expect(list.map { $0["name"]?.string } == ["Chat", "Squad"])
            let one = try await fixture.send("GET", path)
            #expect(
                one.status == 200 && one["etag"] == tag && one.json?["query"]?.string == "layout=row&scale=2"
            )
            #expect(
                one.json?["overlay"]?.string == "voice"
                    && (one.json?["changed"]?.int64 ?? 0) > 1_600_000_000_000
            )
            let put = try await fixture.send("PUT", path, Self.body("Team", "scene", query: ""), match: tag)
            let next = try #require(put["etag"])
            #expect(put.status == 200 && put.json?["name"]?.string == "Team" && next != tag)
            // Whoever was slower is told so, and changes nothing.
            for stale in [tag, "\"0\"", "*", "W/\(next)"] {
                #expect(
                    try await fixture.send("PUT", path, Self.body("Late"), match: stale).status == 412,
                    "\(stale)"
                )
                #expect(try await fixture.send("DELETE", path, match: stale).status == 412, "\(stale)")
            }
            #expect(try await fixture.send("PUT", path, Self.body("Late")).status == 428)
            #expect(try await fixture.send("DELETE", path).status == 428)
            #expect(try await fixture.send("GET", path).json?["name"]?.string == "Team")
            #expect(try await fixture.send("DELETE", path, match: next).status == 204)
            #expect(try await fixture.send("GET", path).status == 404)
            #expect(try await fixture.send("DELETE", path, match: next).status == 404)
            try await eventually("four events") { fixture.gateways.orders.count == 4 }
            #expect(fixture.gateways.told.filter { $0 == #"overlay.updated {"preset":"\#(id)"}"# }.count == 3)
            #expect(Set(fixture.gateways.orders.map(\.key)).count == 4)
            #expect(fixture.gateways.orders.allSatisfy { $0.guild == Guild.id && $0.key.utf8.count <= 64 })
        }
    }

    @Test func `a change of a preset and its entry in the audit log are stored together or not at all`()
        async throws
    {
        try await GuildStage.with { fixture in
            let (path, tag, id) = try await fixture.make()
            let put = try await fixture.send("PUT", path, Self.body("Team"), match: tag)
            _ = try await fixture.send("DELETE", path, match: put["etag"])
            for action in ["makePreset", "setPreset", "deletePreset"] {
                let rows = "action = '\(action)' AND target = '\(id)' AND actor_id = 7 AND guild_id = 1"
                #expect(try await fixture.count("audit_log", rows) == 1, "\(action)")
            }
            let (kept, keptTag, _) = try await fixture.make()
            try await fixture.database.query("DROP TABLE audit_log")
            #expect(try await fixture.send("POST", fixture.path, Self.body("B")).status == 503)
            #expect(try await fixture.send("PUT", kept, Self.body("B"), match: keptTag).status == 503)
            #expect(try await fixture.send("DELETE", kept, match: keptTag).status == 503)
            #expect(try await fixture.count("overlay_presets", "name = 'Squad'") == 1)
            #expect(try await fixture.count("overlay_presets") == 1)
        }
    }

    @Test func `presets are changed by who manages the guild, and read by its keys for streams`() async throws
    {
        try await GuildStage.with { fixture in
            let (path, tag, _) = try await fixture.make()
            let member = try await fixture.logIn(as: 8)
            let table: [(String, String, String?)] = [
                ("GET", fixture.path, nil), ("GET", path, nil), ("POST", fixture.path, Self.body("X")),
                ("PUT", path, Self.body("X")), ("DELETE", path, nil),
            ]
            for (method, target, body) in table {
                #expect(
                    try await fixture.send(method, target, body, match: tag, as: member).status == 403,
                    "\(method)"
                )
                let nobody = try await fixture.send(method, target, body, match: tag, as: CookieJar())
                #expect(nobody.status == 401, "\(method)")
                let elsewhere = target.replacing("guilds/1", with: "guilds/99")
                #expect(
                    try await fixture.send(method, elsewhere, body, match: tag).status == 404,
                    "\(method)"
                )
            }
            let key = fixture.key([.stream])
            #expect(try await fixture.ask(fixture.path, key: key).json?["presets"]?.array?.count == 1)
            #expect(try await fixture.ask(path, key: key).status == 200)
            // Its maker may have lost MANAGE_GUILD since; who left the guild reads nothing any more.
            #expect(try await fixture.ask(path, key: fixture.key([.stream], maker: 8)).status == 200)
            #expect(try await fixture.ask(path, key: fixture.key([.stream], maker: 100)).status == 404)
            #expect(try await fixture.ask(path, key: fixture.key([.guildRead, .settingsRead])).status == 403)
            #expect(try await fixture.ask(path, key: fixture.key([.stream], guild: 2)).status == 403)
            for (method, target, body) in table.dropFirst(2) {
                let headers = "Authorization: Bearer \(key)\r\nIf-Match: \(tag)\r\n"
                let reply = try await fixture.stage.send(
                    method,
                    target,
                    CookieJar(),
                    body: body,
                    headers: headers
                )
                #expect(reply.status == 403, "\(method)")
            }
            #expect(try await fixture.count("overlay_presets", "name = 'Squad'") == 1)
        }
    }

    @Test func `a preset holds no key, however it is written, and nothing that is no query`() async throws {
        try await GuildStage.with { fixture in
            let long = String(repeating: "a", count: 2_049)
            let queries = [
                "key=gwk1.abc.def", "a=1&key=x", "key", "%6bey=x", "%256bey=x", "a=gwk1.abc", "a=%67wk1.abc",
                "a=%2567wk1.abc", "part=voice%3Fkey%3Dx", "a b", "a#b", "a=\\u0000", "a=é", "a=<b>", "a=\\\"",
                long,
            ]
            for query in queries {
                let reply = try await fixture.send("POST", fixture.path, Self.body("A", query: query))
                #expect(reply.status == 400, "\(query.prefix(40)) \(reply.body)")
            }
            let bodies = [
                Self.body(""), Self.body("  "), Self.body("a\\u0007"),
                Self.body(String(repeating: "a", count: 65)),
                Self.body("A", "other"), "{}", "[]", #"{"name":"A","overlay":"voice","query":"","x":1}"#,
            ]
            for body in bodies {
                #expect(try await fixture.send("POST", fixture.path, body).status == 400, "\(body)")
            }
            for query in ["monkey=1&keys=2", "a=%2C%20b&c=%25", String(repeating: "a", count: 2_048)] {
                #expect(
                    try await fixture.send("POST", fixture.path, Self.body("A", query: query)).status == 201,
                    "\(query)"
                )
            }
            #expect(try await fixture.count("overlay_presets") == 3)
        }
    }

    @Test func `a guild has a hundred presets and no more, also when they are made at once`() async throws {
        try await GuildStage.with { fixture in
            try await fixture.database.query(Self.filling, [.int(1), .int(99)])
            let other = PostgresClient(try PostgresConfig(url: fixture.url), on: fixture.stage.loop)
            await other.start()
            await other.whenConnected()
            // Another replica makes the hundredth, and has not committed it yet.
            let asked = try await other.transaction { session in
                let lock = "SELECT pg_advisory_xact_lock(hashtext('overlay_presets'), hashtext('1'))"
                try await session.query(lock)
                try await session.query(Self.filling, [.int(100), .int(100)])
                let asked = Task { try await fixture.send("POST", fixture.path, Self.body("A")).status }
                try await eventually("one that waits") {
                    let waiting = "SELECT count(*) AS n FROM pg_locks WHERE NOT granted"
                    return try await session.query(waiting).first?.int64("n") == 1
                }
                return asked
            }
            #expect(try await asked.value == 409)
            #expect(try await fixture.count("overlay_presets") == 100)
            await other.close()
        }
    }

    private static let filling = """
        INSERT INTO overlay_presets (id, guild_id, name, overlay, query, version, changed_by)
        SELECT md5(n::text), 1, 'n', 'voice', '', 1, 7 FROM generate_series($1::int, $2::int) AS n
        """

    @Test func `overlays are told the rules of their guild, as the log told them`() async throws {
        try await GuildStage.with { fixture in
            let path = "/api/guilds/1/overlay-rules"
            await fixture.stage.replica.hub.attach(fixture.stage.api.settings.book)
            let member = try await fixture.logIn(as: 8)
            let first = try await fixture.send("GET", path, as: member)
            #expect(first.body == #"{"badWords":[],"timeZone":"UTC","milestones":[]}"#)
            let text =
                #"{"trackedChannels":["20"],"history":true,"retentionDays":3,"badWords":["x"],"#
                + #""timeZone":"Europe/Berlin","milestones":[100]}"#
            let settings = try #require(GuildSettings(decoding: text.utf8))
            let payload = NumberedSettings(version: 5, settings: settings).payload(by: Snowflake(7))
            try await fixture.stage.replica.publish([
                Guild.event(2, .settingsUpdated, String(decoding: payload, as: UTF8.self))
            ])
            try await eventually("the change") {
                fixture.stage.api.settings.book.settings(of: Guild.id).badWords == ["x"]
            }
            let second = try await fixture.ask(path, key: fixture.key([.stream]))
            #expect(second.body == #"{"badWords":["x"],"timeZone":"Europe/Berlin","milestones":[100]}"#)
            let tag = try #require(second["etag"])
            #expect(tag != first["etag"])
            let headers = "If-None-Match: \(tag)\r\n"
            #expect(try await fixture.stage.send("GET", path, member, headers: headers).status == 304)
            #expect(try await fixture.send("GET", path, as: CookieJar()).status == 401)
            #expect(
                try await fixture.send("GET", path.replacing("1/", with: "99/"), as: member).status == 404
            )
            #expect(try await fixture.ask(path, key: fixture.key([.guildRead])).status == 403)
            #expect(try await fixture.ask(path, key: fixture.key([.stream], maker: 100)).status == 404)
        }
    }

    @Test func `a change of settings tells overlays behind it, until both are told`() async throws {
        try await GuildStage.with { fixture in
            let body =
                #"{"trackedChannels":[],"history":true,"retentionDays":null,"badWords":[],"timeZone":"UTC","milestones":[]}"#
            let put = try await fixture.send("PUT", "/api/guilds/1/settings", body, match: "\"0\"")
            let version = try #require(put["etag"]).dropFirst().dropLast()
            try await eventually("both") { fixture.gateways.orders.count == 2 }
            #expect(fixture.gateways.orders.map(\.key) == ["settings-1-\(version)", "overlay-1-\(version)"])
            #expect(fixture.gateways.told.last == #"overlay.updated {"preset":null}"#)
        }
    }

    @Test func `samples are for who manages the guild, of four kinds, and so many a minute`() async throws {
        try await GuildStage.with { fixture in
            let path = "/api/guilds/1/overlay-tests"
            for kind in ["message", "member", "milestone", "voice"] {
                #expect(
                    try await fixture.send("POST", path, #"{"kind":"\#(kind)"}"#).status == 202,
                    "\(kind)"
                )
            }
            #expect(fixture.gateways.told.first == #"overlay.tested {"kind":"message","by":"7"}"#)
            #expect(Set(fixture.gateways.orders.map(\.key)).count == 4)
            for body in [#"{"kind":"other"}"#, "{}", #"{"kind":"voice","by":"1"}"#] {
                #expect(try await fixture.send("POST", path, body).status == 400, "\(body)")
            }
            let member = try await fixture.logIn(as: 8)
            let sample = #"{"kind":"voice"}"#
            #expect(try await fixture.send("POST", path, sample, as: member).status == 403)
            #expect(try await fixture.send("POST", path, sample, as: CookieJar()).status == 401)
            let headers = "Authorization: Bearer \(fixture.key([.stream]))\r\n"
            let byKey = try await fixture.stage.send(
                "POST",
                path,
                CookieJar(),
                body: sample,
                headers: headers
            )
            #expect(byKey.status == 403 && fixture.gateways.orders.count == 4)
            fixture.gateways.set(willing: false)
            #expect(try await fixture.send("POST", path, sample).status == 503)
            fixture.gateways.set(willing: true)
            let desk = fixture.stage.api.overlays
            func test(_ guild: UInt64, _ now: Int64) async -> Bool {
                await desk.test(.voice, of: Snowflake(guild), by: Snowflake(7), key: "k", now: now) == .told
            }
            var count = 0
            for _ in 0..<40 where await test(1, 90_000_000_000_000) { count += 1 }
            #expect(count == 30)
            let (other, later) = (await test(2, 90_000_000_000_000), await test(1, 90_000_000_060_000))
            #expect(other && later)
        }
    }

    @Test func `their events are for every member, and a sample is of the moment`() {
        #expect(
            EventKind.overlayTested.audience == .guild([]) && EventKind.overlayUpdated.audience == .guild([])
        )
        #expect(EventKind.overlayTested.isOfTheMoment && !EventKind.overlayUpdated.isOfTheMoment)
        #expect(EventKind.overlayTested.isEmittable && EventKind.overlayUpdated.isEmittable)
    }
}

extension GuildStage {
    fileprivate var path: String { "/api/guilds/1/presets" }

    fileprivate func make(_ name: String = "Squad") async throws -> (path: String, tag: String, id: String) {
        let made = try await send("POST", path, OverlaysTests.body(name))
        #expect(made.status == 201, "\(made.body)")
        let id = try #require(made.json?["id"]?.string)
        return ("\(path)/\(id)", try #require(made["etag"]), id)
    }

    /// As a program or an overlay asks.
    fileprivate func ask(_ target: String, key: String) async throws -> Reply {
        try await stage.send("GET", target, CookieJar(), headers: "Authorization: Bearer \(key)\r\n")
    }

    fileprivate func key(_ scopes: Set<Scope>, guild: UInt64 = 1, maker: UInt64 = 7) -> String {
        stage.replica.key(.api, guild: Snowflake(guild), maker: maker, scopes: scopes)
    }
}
