import Base
import EventLoop
import HTTPServer
import JSON
import PostgresClient
import Telemetry
import TestSupport
import Testing
import Web

/// The audit log, in a real PostgreSQL.
@Suite struct AuditLogTests {
    private static func operations(_ api: APIContext) -> [Operation] {
        let guild = Operation.Parameter.path("guild", .snowflake, "")
        let look: Operation.Handler = { call throws(Problem) in
            _ = try await api.desk.manage(try call.id("guild"), as: try call.user(), now: api.now)
            return .text("seen")
        }
        return [
            Operation(
                "POST",
                "/api/t/guilds/{guild}/keys",
                "tMake",
                tag: .access,
                "",
                access: .session,
                parameters: [guild],
                answers: []
            ) { call throws(Problem) in
                do {
                    try await api.stored().transaction { session in
                        try await session.query("INSERT INTO things (name) VALUES ('key')")
                        let change = AuditChange(
                            "tMake",
                            guild: Snowflake(1),
                            target: "k1",
                            detail: [("name", .text("overlay"))]
                        )
                        try await api.audit.changed(change, by: call, in: session)
                        if call.text("fail") != nil { throw PostgresError.closed }
                    }
                } catch { throw .unavailable("\(error)") }
                return .text("made")
            },
            Operation(
                "DELETE",
                "/api/t/guilds/{guild}/keys/{key}",
                "tEnd",
                tag: .access,
                "",
                access: .session,
                parameters: [guild, .path("key", .string(1...10), "")],
                answers: []
            ) { _ in .text("ended") },
            Operation(
                "GET",
                "/api/t/guilds/{guild}/keys",
                "tLook",
                tag: .access,
                "",
                access: .session,
                parameters: [guild],
                answers: [],
                handler: look
            ),
        ]
    }

    private func withStage(
        log: Log = .silent,
        migrated: Bool = true,
        everyoneManages: Bool = false,
        _ body: (APIStage, PostgresClient, PostgresServer) async throws -> Void
    ) async throws {
        let server = try await PostgresServer()
        try await withEventLoop { loop in
            var config = try PostgresConfig(url: Secret(server.url))
            config.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
            let database = PostgresClient(config, on: loop)
            await database.start()
            await database.whenConnected()
            try await database.query("CREATE TABLE things (name text)")
            if migrated {
                let migrations = try Migration.read(folder: "Services/Analytics/Migrations")
                _ = try await Migrator(migrations).run(on: database)
            }
            let stage = try await APIStage(
                database: database,
                log: log,
                everyoneManages: everyoneManages,
                operations: Self.operations
            )
            try await body(stage, database, server)
            await database.close()
        }
    }

    private func rows(_ database: PostgresClient) async throws -> [String] {
        let rows = try await database.query(
            """
            SELECT concat_ws(' ', actor_id, action, coalesce(guild_id::text, '-'), coalesce(target, '-'), outcome, count) AS row
            FROM audit_log ORDER BY id
            """
        )
        return rows.all.map { $0.string("row") ?? "" }
    }

    private static let ours = APIStage.fromOurPage

    @Test func `a change and its entry are stored together or not at all`() async throws {
        try await withStage { stage, database, _ in
            let cookie = stage.replica.cookie(of: 7)
            let made = try await stage.ask("POST", "/api/t/guilds/1/keys", cookie + Self.ours)
            #expect(made.status == 200)
            #expect(try await rows(database) == ["7 tMake 1 k1 changed 1"])
            try await database.query("ALTER TABLE audit_log RENAME TO elsewhere")
            let failed = try await stage.ask("POST", "/api/t/guilds/1/keys", cookie + Self.ours)
            #expect(failed.status == 503)
            let things = try await database.query("SELECT count(*) AS n FROM things").first?.int64("n")
            #expect(things == 1)
        }
    }

    @Test func `a change whose handler writes nothing has an entry all the same`() async throws {
        try await withStage { stage, database, _ in
            let cookie = stage.replica.cookie(of: 7)
            let ended = try await stage.ask("DELETE", "/api/t/guilds/1/keys/k9", cookie + Self.ours)
            #expect(ended.status == 200)
            #expect(try await rows(database) == ["7 tEnd 1 k9 changed 1"])
        }
    }

    @Test func `refusals of who is known are written once a minute each, and nobody's are not`() async throws
    {
        try await withStage { stage, database, _ in
            let (member, stranger) = (stage.replica.cookie(of: 8), stage.replica.cookie(of: 9))
            try await stage.awaitRoomInMinute()
            for _ in 1...3 {
                #expect(try await stage.ask("GET", "/api/t/guilds/1/keys", member).status == 403)
            }
            await stage.api.audit.flush()
            // The same minute: counted in the row that is there.
            #expect(try await stage.ask("GET", "/api/t/guilds/1/keys", member).status == 403)
            for guild in 100...110 {
                #expect(try await stage.ask("GET", "/api/t/guilds/\(guild)/keys", stranger).status == 404)
            }
            // Another action at a guild that is not theirs is no row of its own.
            #expect(try await stage.ask("GET", "/api/guilds/100/audit", stranger).status == 404)
            #expect(try await stage.ask("DELETE", "/api/t/guilds/1/keys/k9", member).status == 403)
            #expect(try await stage.ask("GET", "/api/t/guilds/1/keys").status == 401)
            #expect(try await stage.ask("GET", "/api/t/guilds/x/keys", member).status == 404)
            #expect(
                try await stage.ask("GET", "/api/t/guilds/1/keys", Replica.strangersCookie()).status
                    == 401
            )
            await stage.api.audit.flush()
            #expect(
                try await rows(database) == [
                    "8 tLook 1 - refused 4", "9 seeGuild - - refused 12", "8 tEnd 1 k9 refused 1",
                ]
            )
        }
    }

    @Test func `a stream that is refused to who is known is written too`() async throws {
        try await withStage { stage, database, _ in
            try await stage.awaitRoomInMinute()
            let key = stage.replica.key()
            #expect(try await stage.ask("GET", "/api/stream?guild=2&key=\(key)").status == 403)
            let other = stage.replica.cookie(of: 8)
            #expect(try await stage.ask("GET", "/api/stream?guild=x", other).status == 400)
            let foreign = stage.replica.cookie(of: 9) + "Origin: https://elsewhere.example\r\n"
            #expect(try await stage.ask("GET", "/api/ws", foreign).status == 403)
            #expect(try await stage.ask("GET", "/api/stream?key=\(key)x").status == 401)
            await stage.api.audit.flush()
            #expect(try await rows(database) == ["7 stream 1 - refused 1", "9 stream - - refused 1"])
        }
    }

    @Test func `a database that is away holds up no refusal, and gets what waited`() async throws {
        let lines = Locked<[String]>([])
        let log = Log(
            service: "web",
            level: .info,
            sink: { line in
                lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
            }
        )
        try await withStage(log: log, migrated: false) { stage, database, _ in
            let cookie = stage.replica.cookie(of: 8)
            try await stage.awaitRoomInMinute()
            #expect(try await stage.ask("GET", "/api/t/guilds/1/keys", cookie).status == 403)
            // The table is not there yet: said once, tried again.
            for _ in 1...3 { await stage.api.audit.flush() }
            #expect(stage.metric("guildwire_web_audit_failed_total") == 3)
            #expect(stage.metric("guildwire_web_audit_waiting") == 1)
            let ended = try await stage.ask(
                "DELETE",
                "/api/t/guilds/1/keys/k9",
                stage.replica.cookie(of: 7) + Self.ours
            )
            // The change was made, and cannot be unmade: its entry waits, and is in the process' log.
            #expect(ended.status == 200)
            let migrations = try Migration.read(folder: "Services/Analytics/Migrations")
            _ = try await Migrator(migrations).run(on: database)
            await stage.api.audit.flush()
            #expect(try await rows(database) == ["8 tLook 1 - refused 1", "7 tEnd 1 k9 changed 1"])
            let said = lines.withLock { $0 }
            #expect(said.count { $0.contains("cannot be written") } == 1)
            #expect(said.count { $0.contains("is written again") } == 1)
            #expect(said.contains { $0.contains(#""action":"tEnd""#) })
        }
    }

    @Test func `without a database entries are lines of the process' log`() async throws {
        let lines = Locked<[String]>([])
        let log = Log(
            service: "web",
            level: .info,
            sink: { line in
                lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
            }
        )
        let stage = try await APIStage(log: log, operations: Self.operations)
        let cookie = stage.replica.cookie(of: 7) + Self.ours
        #expect(try await stage.ask("DELETE", "/api/t/guilds/1/keys/k9", cookie).status == 200)
        #expect(try await stage.ask("GET", "/api/t/guilds/1/keys", stage.replica.cookie(of: 8)).status == 403)
        await stage.api.audit.flush()
        let said = lines.withLock { $0 }.filter { $0.contains(#""audit""#) }
        try #require(said.count == 2)
        #expect(said[0].contains(#""outcome":"changed""#) && said[0].contains("k9"))
        #expect(said[1].contains(#""outcome":"refused""#) && said[1].contains(#""user":"8""#))
        #expect(try await stage.ask("GET", "/api/guilds/1/audit", stage.replica.cookie(of: 7)).status == 503)
    }

    @Test func `the owner reads it page by page, and nobody else does`() async throws {
        try await withStage(everyoneManages: true) { stage, database, _ in
            for number in 1...5 {
                await stage.api.audit.changed(
                    AuditChange(
                        "tMake",
                        guild: Snowflake(1),
                        target: "k\(number)",
                        detail: [("n", .number(1))]
                    ),
                    by: Snowflake(7),
                    session: nil
                )
            }
            await stage.api.audit.changed(
                AuditChange("tMake", guild: Snowflake(2)),
                by: Snowflake(7),
                session: nil
            )
            let owner = stage.replica.cookie(of: APIStage.owner)
            var (targets, cursor, pages) = ([String](), "", 0)
            repeat {
                let answer = try await stage.ask("GET", "/api/guilds/1/audit?limit=2\(cursor)", owner)
                #expect(answer.status == 200)
                let root = try answer.json()
                if let entries = root["entries"]?.array {
                    targets += entries.map { $0["target"]?.string ?? "" }
                }
                cursor = root["next"]?.string.map { "&cursor=\($0)" } ?? ""
                pages += 1
            } while !cursor.isEmpty && pages < 10
            #expect(targets == ["k5", "k4", "k3", "k2", "k1"] && pages == 3)
            let all = try await stage.ask("GET", "/api/guilds/1/audit", owner).json()
            let entry = try #require(all["entries"]?.array?.first)
            #expect(entry["actor"]?.string == "7" && entry["key"]?.isNull == true)
            #expect(entry["outcome"]?.string == "changed" && entry["detail"]?["n"]?.int64 == 1)
            #expect(abs((entry["at"]?.int64 ?? 0) - WallClock.unixMilliseconds()) < 600_000)
            // Who may manage the guild is not enough.
            let manager = stage.replica.cookie(of: 8)
            #expect(try await stage.ask("GET", "/api/t/guilds/1/keys", manager).status == 200)
            for cursor in ["1", "a", "a0", "a-1", "a01", "a99999999999999999999", "b1", "%00"] {
                let answer = try await stage.ask("GET", "/api/guilds/1/audit?cursor=\(cursor)", owner)
                #expect(answer.status == 400, "\(cursor)")
            }
            #expect(
                try await stage.ask("GET", "/api/guilds/1/audit", stage.replica.cookie(of: 8)).status == 403
            )
            #expect(try await stage.ask("GET", "/api/guilds/2/audit", owner).status == 404)
            #expect(try await stage.ask("GET", "/api/guilds/1/audit").status == 401)
        }
    }
}
