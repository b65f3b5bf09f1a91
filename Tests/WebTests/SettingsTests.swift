import Base
import EventModels
import JSON
import LinkProtocol
import PostgresClient
import Telemetry
import TestSupport
import Testing
import Web

/// A guild's settings, in a real PostgreSQL, and how the log hears of them.
@Suite struct SettingsTests {
    private static func body(_ days: Int = 30, zone: String = "Europe/Berlin", words: String = "[]") -> String
    {
        #"{"trackedChannels":["20"],"history":true,"retentionDays":\#(days),"badWords":\#(words),"#
            + #""timeZone":"\#(zone)","milestones":[100]}"#
    }

    @Test func `defaults, a change, and the next by its tag`() async throws {
        try await GuildStage.with { fixture in
            let first = try await fixture.stage.get(fixture.path, fixture.manager)
            #expect(first.status == 200 && first["etag"] == "\"0\"")
            #expect(GuildSettings(first.json) == .standard)
            let put = try await fixture.put(Self.body(), match: "\"0\"")
            let tag = try #require(put["etag"])
            #expect(put.status == 200 && GuildSettings(put.json)?.retentionDays == 30)
            let second = try await fixture.stage.get(fixture.path, fixture.manager)
            #expect(second["etag"] == tag && GuildSettings(second.json) == GuildSettings(put.json))
            #expect(try await fixture.put(Self.body(31), match: tag).status == 200)
            // Whoever was slower is told so, and changes nothing.
            for match in ["\"0\"", tag, "*", "x", "W/\(tag)"] {
                #expect(try await fixture.put(Self.body(32), match: match).status == 412, "\(match)")
            }
            #expect(try await fixture.put(Self.body(32), match: nil).status == 428)
            let last = try await fixture.stage.get(fixture.path, fixture.manager)
            #expect(GuildSettings(last.json)?.retentionDays == 31)
        }
    }

    @Test func `a change and its entry in the audit log are stored together or not at all`() async throws {
        try await GuildStage.with { fixture in
            #expect(try await fixture.put(Self.body(words: "[\"secret\"]"), match: "\"0\"").status == 200)
            let log = try await fixture.database.query(
                "SELECT actor_id, detail::text AS detail FROM audit_log WHERE action = 'setSettings' AND guild_id = 1"
            )
            #expect(log.count == 1 && log.first?.int64("actor_id") == 7)
            let detail = try #require(log.first?.string("detail"))
            #expect(detail.contains("version") && !detail.contains("secret"))
            try await fixture.database.query("DELETE FROM guild_settings")
            try await fixture.database.query("DROP TABLE audit_log")
            #expect(try await fixture.put(Self.body(), match: "\"0\"").status == 503)
            #expect(try await fixture.count("guild_settings") == 0)
        }
    }

    @Test func `only who may manage the guild sees and changes them`() async throws {
        try await GuildStage.with { fixture in
            let member = try await fixture.logIn(as: 8)
            #expect(try await fixture.stage.get(fixture.path, member).status == 403)
            #expect(try await fixture.put(Self.body(), match: "\"0\"", as: member).status == 403)
            #expect(try await fixture.put(Self.body(), match: "\"0\"", as: CookieJar()).status == 401)
            #expect(try await fixture.stage.get("/api/guilds/99/settings", fixture.manager).status == 404)
            #expect(try await fixture.count("guild_settings") == 0 && fixture.gateways.orders.isEmpty)
        }
    }

    @Test func `what is no settings is refused, with what is wrong`() async throws {
        try await GuildStage.with { fixture in
            let words =
                "["
                + repeatElement("\"\(String(repeating: "ß", count: 40))\"", count: 200).joined(separator: ",")
                + "]"
            let table = [
                (Self.body(0), "retentionDays"), (Self.body(zone: "Berlin"), "timeZone"),
                (Self.body(zone: "Europe/Atlantis"), "timeZone"), (Self.body(words: "[\" \"]"), "badWords"),
                (Self.body(words: words), "too long together"), ("{}", "must have"),
                ("[]", "must be an object"),
                (
                    Self.body().replacing("\"history\":true", with: "\"history\":true,\"x\":1"),
                    "must not have"
                ),
            ]
            for (body, what) in table {
                let reply = try await fixture.put(body, match: "\"0\"")
                #expect(reply.status == 400 && reply.body.contains(what), "\(reply.status) \(reply.body)")
            }
            #expect(try await fixture.count("guild_settings") == 0)
        }
    }

    @Test func `a change is told by its key until the log has it`() async throws {
        try await GuildStage.with { fixture in
            fixture.gateways.set(willing: false)
            let tag = try #require(try await fixture.put(Self.body(), match: "\"0\"")["etag"])
            let version = tag.dropFirst().dropLast()
            try await eventually("an attempt") { fixture.gateways.orders.count >= 1 }
            try await eventually("its note") {
                try await fixture.count("guild_settings", "tried_at IS NOT NULL") == 1
            }
            #expect(try await fixture.count("guild_settings", "emitted < version") == 1)
            // Another replica, which knows nothing but the row.
            fixture.gateways.set(willing: true)
            let book = SettingsBook()
            let outbox = SettingsOutbox(
                SettingsStore(fixture.database),
                orders: fixture.gateways,
                book: book,
                metrics: Metrics(),
                log: .silent
            )
            await outbox.sweep()
            #expect(try await fixture.count("guild_settings", "emitted = version") == 1)
            #expect(
                Set(fixture.gateways.orders.map(\.key)) == ["settings-1-\(version)", "overlay-1-\(version)"]
            )
            let told = fixture.gateways.orders.count
            await outbox.sweep()
            #expect(fixture.gateways.orders.count == told, "told once, and not again")
            #expect(book.settings(of: Guild.id).retentionDays == 30, "a replica begins with the rows")
            guard case .emit("settings.updated", let payload) = fixture.gateways.orders[0].deed else {
                Issue.record("another order")
                return
            }
            #expect(fixture.gateways.orders[0].guild == Guild.id)
            #expect(String(decoding: payload, as: UTF8.self).contains("\"by\":\"7\""))
        }
    }

    @Test func `what an older gateway refuses has nothing told again, and is said once`() async throws {
        try await GuildStage.with { fixture in
            let settings = EventKind.settingsUpdated.rawValue
            let overlays = EventKind.overlayUpdated.rawValue
            fixture.gateways.know(nothingOf: [settings, overlays])
            #expect(try await fixture.put(Self.body(), match: "\"0\"").status == 200)
            try await eventually("an attempt") {
                try await fixture.count("guild_settings", "tried_at IS NOT NULL") == 1
            }
            let copy = """
                INSERT INTO guild_settings (guild_id, version, settings, updated_by)
                SELECT n, version, settings, 7 FROM guild_settings, generate_series(2, 4) AS n
                """
            try await fixture.database.query(copy)
            let (metrics, lines) = (Metrics(), Locked<[String]>([]))
            let log = Log(
                service: "web",
                sink: { line in lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
            )
            let outbox = SettingsOutbox(
                SettingsStore(fixture.database),
                orders: fixture.gateways,
                book: SettingsBook(),
                metrics: metrics,
                log: log
            )
            // Of what replicas keep to nothing is given up, and nobody waits for another's.
            for _ in 0..<3 { await outbox.sweep() }
            #expect(try await fixture.count("guild_settings", "emitted < version") == 4)
            fixture.gateways.know(nothingOf: [overlays])
            await outbox.sweep()
            #expect(try await fixture.count("guild_settings", "emitted = version") == 4)
            let told = fixture.gateways.orders.count
            await outbox.sweep()
            #expect(fixture.gateways.orders.count == told, "told again")
            let refused = "guildwire_web_settings_refused_total 16"
            #expect(String(decoding: metrics.render(), as: UTF8.self).contains(refused))
            let warnings = lines.withLock { $0 }
            #expect(warnings.count == 2, "\(warnings)")
            #expect(warnings.first?.contains(settings) == true && warnings.last?.contains(overlays) == true)
        }
    }

    @Test func `every replica hears of a change by the log, and the latest counts`() async throws {
        try await GuildStage.with { fixture in
            let replica = fixture.stage.replica
            let book = fixture.stage.api.settings.book
            await replica.hub.attach(book)
            func tell(_ number: UInt64, version: Int64, days: Int) async throws {
                let settings = try #require(GuildSettings(decoding: Self.body(days).utf8))
                let payload = NumberedSettings(version: version, settings: settings).payload(by: Snowflake(7))
                let text = String(decoding: payload, as: UTF8.self)
                try await replica.publish([Guild.event(number, .settingsUpdated, text)])
            }
            #expect(book.settings(of: Guild.id) == .standard)
            try await tell(2, version: 5, days: 5)
            try await eventually("the change") { book.settings(of: Guild.id).retentionDays == 5 }
            try await tell(3, version: 6, days: 6)
            try await eventually("the latest") { book.settings(of: Guild.id).retentionDays == 6 }
            // One that comes late, and something behind it to know that it came.
            try await tell(4, version: 4, days: 4)
            try await replica.say(5)
            try await eventually("its end") { await replica.hub.position(of: .only)?.number == 5 }
            #expect(book.settings(of: Guild.id).retentionDays == 6)
        }
    }

    @Test func `without tables or a database it says what to do`() async throws {
        try await GuildStage.with(hasTables: false) { fixture in
            let reply = try await fixture.stage.get(fixture.path, fixture.manager)
            #expect(reply.status == 503 && reply.body.contains("analytics"))
            #expect(try await fixture.put(Self.body(), match: "\"0\"").status == 503)
            await fixture.database.close()
            #expect(try await fixture.stage.get(fixture.path, fixture.manager).status == 503)
        }
    }
}

extension GuildStage {
    fileprivate var path: String { "/api/guilds/1/settings" }

    fileprivate func put(_ body: String, match: String?, as jar: CookieJar? = nil) async throws -> Reply {
        try await send("PUT", path, body, match: match, as: jar)
    }
}
