import Base
import EventModels
import JSON
import LinkProtocol
import PostgresClient
import Telemetry
import TestSupport
import Testing
import Web

/// How many changes and samples overlays are told of, and what one guild's presets are to another's.
@Suite struct OverlayBoundsTests {
    /// Gateways that answer when the test says so.
    private final class Slow: OrderTaker {
        private let state = Locked<(waiting: [CheckedContinuation<Void, Never>], count: Int, isOpen: Bool)>(
            ([], 0, false)
        )
        var count: Int { state.withLock { $0.count } }

        func carryOut(_ order: LinkOrder) async -> OrderOutcome {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    state.count += 1
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
            return order.guild == Snowflake(404) ? .failed : .done
        }

        func open() {
            let waiting = state.withLock { state in
                state.isOpen = true
                return state.waiting
            }
            for one in waiting { one.resume() }
        }
    }

    private static func metric(_ metrics: Metrics, _ name: String) -> Int? {
        let lines = String(decoding: metrics.render(), as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix("\(name) ") }.flatMap { Int($0.dropFirst(name.count + 1)) }
    }

    @Test func `so many changes are told at once, and so many of a guild in a minute`() async throws {
        let (slow, metrics) = (Slow(), Metrics())
        let desk = OverlayDesk(orders: slow, metrics: metrics)
        let body = try JSONDocument(parsing: Array(#"{"name":"a","overlay":"voice","query":""}"#.utf8)).root
        let preset = OverlayPreset(id: "p", draft: try OverlayPreset.Draft(body), version: 1, changed: 1)
        func figures() -> [Int?] {
            ["", "_failed"].map { Self.metric(metrics, "guildwire_web_overlay_events\($0)_total") }
        }
        for guild in 1...65 { desk.presetChanged(preset, of: Snowflake(UInt64(guild)), now: 0) }
        #expect(figures() == [0, 1])
        slow.open()
        try await eventually("64 are told") { figures() == [64, 1] }
        for number in 1...120 {
            desk.presetChanged(preset, of: Snowflake(900), now: 0)
            try await eventually("\(number) of one guild") { figures() == [64 + number, 1] }
        }
        desk.presetChanged(preset, of: Snowflake(900), now: 0)
        #expect(figures() == [184, 2])
        desk.presetChanged(preset, of: Snowflake(901), now: 0)
        desk.presetChanged(preset, of: Snowflake(900), now: 60_000)
        desk.presetChanged(preset, of: Snowflake(404), now: 0)
        try await eventually("others, and later") { figures() == [186, 3] && slow.count == 187 }
    }

    private static let path = "/api/guilds/1/presets"

    private static func body(_ name: String = "Squad", query: String = "") -> String {
        #"{"name":"\#(name)","overlay":"voice","query":"\#(query)"}"#
    }

    private static let filling = """
        INSERT INTO overlay_presets (id, guild_id, name, overlay, query, version, changed_by)
        SELECT md5(concat($1::int, ' ', n)), $1, 'n', 'voice', '', 1, 7 FROM generate_series(1, 101) AS n
        """

    private static func make(_ stage: GuildStage, query: String = "") async throws -> (
        id: String, tag: String
    ) {
        let made = try await stage.send("POST", path, body(query: query))
        #expect(made.status == 201, "\(made.body)")
        return (try #require(made.json?["id"]?.string), try #require(made["etag"]))
    }

    @Test func `presets of another guild are not there: not listed, found, changed, removed or counted`()
        async throws
    {
        try await GuildStage.with { stage in
            try await stage.database.query(Self.filling, [.int(2)])
            let (id, tag) = try await Self.make(stage)
            let list = try await stage.send("GET", Self.path)
            #expect(list.json?["presets"]?.array?.count == 1)
            let rows = try await stage.database.query(
                "SELECT min(id) AS id FROM overlay_presets WHERE guild_id = 2"
            )
            let other = try #require(rows.first?.string("id"))
            for (method, body) in [("GET", nil), ("PUT", Self.body("Late")), ("DELETE", nil)] {
                let reply = try await stage.send(method, "\(Self.path)/\(other)", body, match: "\"1\"")
                #expect(reply.status == 404, "\(method)")
            }
            let put = try await stage.send("PUT", "\(Self.path)/\(id)", Self.body("Team"), match: tag)
            #expect(put.status == 200)
            #expect(try await stage.count("overlay_presets", "name = 'Team'") == 1)
            let gone = try await stage.send("DELETE", "\(Self.path)/\(id)", match: put["etag"])
            #expect(gone.status == 204)
            #expect(try await stage.count("overlay_presets", "guild_id = 2 AND name = 'n'") == 101)
            #expect(try await stage.count("overlay_presets") == 101)
            try await stage.database.query(Self.filling, [.int(1)])
            let full = try await stage.send("GET", Self.path)
            #expect(full.json?["presets"]?.array?.count == 100, "the bound counts for what is listed too")
        }
    }

    @Test func `a change says when and by whom it was, and its version grows whatever the clock says`()
        async throws
    {
        try await GuildStage.with { stage in
            let (id, _) = try await Self.make(stage)
            let before =
                "UPDATE overlay_presets SET version = 9000000000000000, changed_at = 'epoch', changed_by = 1"
            try await stage.database.query(before)
            let put = try await stage.send(
                "PUT",
                "\(Self.path)/\(id)",
                Self.body("Team"),
                match: "\"9000000000000000\""
            )
            #expect(
                put["etag"] == "\"9000000000000001\"" && put.json?["version"]?.int64 == 9_000_000_000_000_001
            )
            #expect((put.json?["changed"]?.int64 ?? 0) > 1_600_000_000_000)
            #expect(try await stage.count("overlay_presets", "changed_by = 7") == 1)
            let detail = #"{"name": "Team", "overlay": "voice", "version": 9000000000000001}"#
            #expect(try await stage.count("audit_log", "action = 'setPreset' AND detail = '\(detail)'") == 1)
        }
    }

    @Test func `of two who change a preset at once the slower is told so`() async throws {
        try await GuildStage.with { stage in
            let (id, tag) = try await Self.make(stage)
            let other = PostgresClient(try PostgresConfig(url: stage.url), on: stage.stage.loop)
            await other.start()
            await other.whenConnected()
            // Another replica has changed it, and has not committed it yet.
            let asked = try await other.transaction { session in
                try await session.query("UPDATE overlay_presets SET version = version + 1, name = 'Theirs'")
                let asked = Task {
                    try await stage.send("PUT", "\(Self.path)/\(id)", Self.body("Ours"), match: tag).status
                }
                try await eventually("one that waits") {
                    let waiting = "SELECT count(*) AS n FROM pg_locks WHERE NOT granted"
                    return try await session.query(waiting).first?.int64("n") == 1
                }
                return asked
            }
            #expect(try await asked.value == 412)
            #expect(try await stage.count("overlay_presets", "name = 'Theirs'") == 1)
            await other.close()
        }
    }

    @Test func `an address may be escaped thrice, and hides no key by being escaped more often`() async throws
    {
        try await GuildStage.with { stage in
            _ = try await Self.make(stage, query: "a=%25252C")
            let name = String(repeating: "n", count: 64)
            #expect(try await stage.send("POST", Self.path, Self.body(name)).status == 201)
            for count in [3, 9] {
                let query = "%" + String(repeating: "25", count: count) + "6bey=x"
                let reply = try await stage.send("POST", Self.path, Self.body(query: query))
                #expect(reply.status == 400, "\(query)")
            }
        }
    }
}
