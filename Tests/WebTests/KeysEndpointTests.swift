import Base
import Crypto
import EventLoop
import JSON
import PostgresClient
import TestSupport
import Testing
import Web

/// Making, showing, revoking and rotating keys, with a real PostgreSQL.
@Suite struct KeysEndpointTests {
    private func withStage(_ body: (KeyStage, PostgresClient) async throws -> Void) async throws {
        let stage = try await KeyStage(try await PostgresServer())
        let database = try #require(stage.database)
        let outcome: (any Error)?
        do {
            try await body(stage, database)
            outcome = nil
        } catch { outcome = error }
        await stage.close()
        if let outcome { throw outcome }
    }

    @Test func `a key is shown once, opens streams, and ends with its streams when it is revoked`()
        async throws
    {
        try await withStage { stage, database in
            let before = WallClock.unixMilliseconds()
            let body = #"{"kind":"overlay","name":"Scène","channels":["21","20"],"events":["voice.*"]}"#
            let made = try await stage.post(body)
            let token = try #require(made.json?["token"]?.string)
            let key = try #require(made.json?["key"])
            let id = try #require(key["id"]?.string)
            #expect(made.status == 201 && token.hasPrefix("gwk1.") && made["cache-control"] == "no-store")
            #expect(
                key["name"]?.string == "Scène" && key["maker"]?.string == "7" && key["tier"]?.string == "free"
            )
            #expect(key["scopes"]?.array?.map(\.string) == ["stream"])
            #expect(key["channels"]?.array?.map(\.string) == ["20", "21"])
            let expires = try #require(key["expires"]?.int64)
            #expect(expires >= before + 364 * 86_400_000 && key["lastUsed"]?.isNull == true)
            // Nowhere else: not in what is listed, not in what is stored.
            for path in [KeyStage.path, "\(KeyStage.path)/\(id)"] {
                let reply = try await stage.send("GET", path)
                #expect(reply.status == 200 && reply.body.contains(id) && !reply.body.contains("gwk1"))
            }
            let rows = try await database.query(
                "SELECT k::text AS row, token_hash = $1 AS is_hash FROM access_keys k",
                [
                    .bytes(SHA256.digest(of: Array(token.utf8)))
                ]
            )
            #expect(rows.count == 1 && rows.first?.bool("is_hash") == true)
            #expect(rows.first?.string("row")?.contains(token.suffix(20)) == false)
            let viewer = try await stage.stream(token)
            #expect(viewer.events == ["snapshot 5-1"])
            #expect(try await stage.send("DELETE", "\(KeyStage.path)/\(id)").status == 204)
            try await eventually("the end") { !viewer.record.closed.isEmpty }
            #expect(try await stage.stream(token).text.hasPrefix("HTTP/1.1 401 "))
            let ended = try await stage.send("GET", "\(KeyStage.path)/\(id)").json?["revoked"]?.int64
            #expect(try await stage.send("DELETE", "\(KeyStage.path)/\(id)").status == 204)
            #expect(try await stage.send("GET", "\(KeyStage.path)/\(id)").json?["revoked"]?.int64 == ended)
            #expect(try #require(ended) >= before)
            let log = try await database.query(
                "SELECT action, target, actor_id, detail::text AS detail FROM audit_log ORDER BY id"
            )
            .all
            #expect(log.map { $0.string("action") } == ["makeKey", "revokeKey", "revokeKey"])
            #expect(log.allSatisfy { $0.string("target") == id && $0.int64("actor_id") == 7 })
            #expect(log.first?.string("detail")?.contains("Scène") == true)
        }
    }

    @Test func `only who manages the guild has to do with its keys, and no key does`() async throws {
        try await withStage { stage, _ in
            let overlay = try await stage.make(as: 8)
            let all = Scope.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ",")
            let program = try await stage.make(#"{"kind":"api","name":"p","scopes":[\#(all)]}"#)
            let one = "\(KeyStage.path)/\(overlay.id)"
            let requests: [(method: String, path: String, body: String?)] = [
                ("GET", KeyStage.path, nil), ("POST", KeyStage.path, #"{"kind":"api","name":"x"}"#),
                ("GET", one, nil), ("DELETE", one, nil), ("POST", "\(one)/rotate", #"{"graceSeconds":0}"#),
                ("GET", "\(one)/usage", nil), ("PUT", "\(one)/tier", #"{"tier":"pro"}"#),
            ]
            for (method, path, body) in requests {
                let says = "\(method) \(path)"
                #expect(try await stage.send(method, path, body, headers: "").status == 401, "\(says)")
                #expect(try await stage.send(method, path, as: 9, body).status == 403, "\(says)")
                if !path.hasSuffix("/tier") {
                    #expect(try await stage.send(method, path, as: 1000, body).status == 404, "\(says)")
                }
                for token in [overlay.token, program.token] {
                    let bearer = "Authorization: Bearer \(token)\r\n"
                    let reply = try await stage.send(method, path, body, headers: bearer)
                    #expect(reply.status == 403, "\(says)")
                    // The maker's cookie beside it does not help.
                    let both = bearer + stage.replica.cookie(of: 7)
                    #expect(try await stage.send(method, path, body, headers: both).status == 403, "\(says)")
                }
                // A key in the address counts for streams alone.
                let target = "\(path)?key=\(program.token)"
                #expect(try await stage.send(method, target, body, headers: "").status == 401, "\(says)")
            }
            #expect(try await stage.send("GET", one).json?["revoked"]?.isNull == true)
            // Of another guild, and one that there is not.
            #expect(try await stage.send("GET", "/api/guilds/2/keys/\(overlay.id)").status == 404)
            let unknown = "\(KeyStage.path)/\(String(repeating: "0", count: 32))"
            for method in ["GET", "DELETE"] { #expect(try await stage.send(method, unknown).status == 404) }
            // A program's key of this guild at another.
            let other = try await stage.send(
                "GET",
                "/api/guilds/2/keys",
                headers: "Authorization: Bearer \(program.token)\r\n"
            )
            #expect(other.status == 403)
        }
    }

    @Test func `nobody makes a key of what is wrong, or of what they do not have`() async throws {
        try await withStage { stage, database in
            let now = WallClock.unixMilliseconds()
            let many = (1...21).map { "\"\($0)\"" }.joined(separator: ",")
            let table = [
                "", "x", "[]", "{}", #"{"kind":"overlay"}"#, #"{"name":"x"}"#,
                #"{"kind":"admin","name":"x"}"#,
                #"{"kind":"overlay","name":""}"#, #"{"kind":"overlay","name":" \u00a0 "}"#,
                #"{"kind":"overlay","name":"a\u0007"}"#,
                #"{"kind":"overlay","name":"\#(String(repeating: "x", count: 65))"}"#,
                #"{"kind":"overlay","name":"x","scopes":["guild:read"]}"#,
                #"{"kind":"overlay","name":"x","scopes":["stream","guild:read"]}"#,
                #"{"kind":"api","name":"x","scopes":["everything"]}"#,
                #"{"kind":"api","name":"x","maker":"8"}"#,
                #"{"kind":"api","name":"x","channels":["x"]}"#,
                #"{"kind":"api","name":"x","channels":[\#(many)]}"#,
                #"{"kind":"api","name":"x","events":["voice"]}"#,
                #"{"kind":"api","name":"x","events":["voices.*"]}"#,
                #"{"kind":"api","name":"x","events":["guild.synced"]}"#,
                #"{"kind":"api","name":"x","expires":\#(now)}"#, #"{"kind":"api","name":"x","expires":"1"}"#,
                #"{"kind":"api","name":"x","expires":\#(now + 732 * 86_400_000)}"#,
            ]
            for body in table {
                let reply = try await stage.post(body)
                #expect(reply.status == 400, "\(body)")
                #expect(reply.body.contains("detail"), "\(body)")
            }
            // The owner sees channel 30, who manages does not.
            let hidden = #"{"kind":"api","name":"x","channels":["20","30"]}"#
            let refused = try await stage.post(hidden, as: 8)
            #expect(refused.status == 400 && refused.body.contains("do not see the channel 30"))
            #expect(try await stage.post(hidden, as: 7).status == 201)
            #expect(try await database.query("SELECT id FROM access_keys").count == 1)
        }
    }

    @Test func `a guild has so many keys and no more`() async throws {
        try await withStage { stage, database in
            let fill = """
                INSERT INTO access_keys (id, guild_id, kind, name, maker_id, scopes, channels, events, tier, token_hash,
                    created_at, expires_at, revoked_at)
                SELECT md5(n::text || $1), 1, 'api', 'n', 7, 'stream', '', '', 'free', sha256((n::text || $1)::bytea), now(),
                    now() + $2::interval, $3::timestamptz FROM generate_series(1, $4::int) AS n
                """
            func add(_ mark: String, _ count: Int64, ends: String = "1 day", revoked: PostgresValue = .null)
                async throws
            {
                try await database.query(fill, [.text(mark), .text(ends), revoked, .int(count)])
            }
            // Those that have expired are none.
            try await add("old", 1_000, ends: "-1 day")
            try await add("live", KeyStore.liveMax - 1)
            let last = try await stage.make()
            let refused = try await stage.post(#"{"kind":"api","name":"x"}"#)
            #expect(refused.status == 409 && refused.body.contains("Revoke one"))
            // Through a grace there would be one more.
            let graced = try await stage.send(
                "POST",
                "\(KeyStage.path)/\(last.id)/rotate",
                #"{"graceSeconds":1}"#
            )
            #expect(graced.status == 409 && graced.body.contains("Revoke one"))
            // One in the place of another is no more than there were.
            let rotated = try await stage.send(
                "POST",
                "\(KeyStage.path)/\(last.id)/rotate",
                #"{"graceSeconds":0}"#
            )
            #expect(rotated.status == 201)
            let id = try #require(rotated.json?["key"]?["id"]?.string)
            #expect(try await stage.send("DELETE", "\(KeyStage.path)/\(id)").status == 204)
            #expect(try await stage.post(#"{"kind":"api","name":"x"}"#).status == 201)
            try await database.query(
                "UPDATE access_keys SET revoked_at = now() WHERE revoked_at IS NULL AND expires_at > now()"
            )
            let ended = PostgresValue.timestamp(milliseconds: WallClock.unixMilliseconds())
            try await add("ended", KeyStore.keptMax - KeyStore.liveMax - 3, revoked: ended)
            #expect(try await stage.post(#"{"kind":"api","name":"x"}"#).status == 201)
            let full = try await stage.post(#"{"kind":"api","name":"x"}"#)
            #expect(full.status == 409 && full.body.contains("not expired"))
        }
    }

    @Test func `a rotated key goes on for its grace and not longer, and the new one is the rotator's`()
        async throws
    {
        try await withStage { stage, database in
            let old = try await stage.make(
                #"{"kind":"overlay","name":"Scene","channels":["20"],"events":["voice.*"]}"#
            )
            let before = WallClock.unixMilliseconds()
            let path = "\(KeyStage.path)/\(old.id)"
            let reply = try await stage.send("POST", "\(path)/rotate", as: 8, #"{"graceSeconds":3600}"#)
            let after = WallClock.unixMilliseconds()
            let new = try #require(reply.json?["key"])
            let token = try #require(reply.json?["token"]?.string)
            #expect(reply.status == 201 && new["maker"]?.string == "8" && new["name"]?.string == "Scene")
            #expect(
                new["channels"]?.array?.map(\.string) == ["20"]
                    && new["events"]?.array?.map(\.string) == ["voice.*"]
            )
            let ends = try #require(try await stage.send("GET", path).json?["revoked"]?.int64)
            #expect((before + 3_600_000...after + 3_600_000).contains(ends))
            let from = try await database.query(
                "SELECT rotated_from FROM access_keys WHERE rotated_from IS NOT NULL"
            )
            #expect(from.first?.string("rotated_from") == old.id)
            let viewers = [try await stage.stream(old.token), try await stage.stream(token)]
            for viewer in viewers { #expect(viewer.events == ["snapshot 5-1"]) }
            await stage.keeper.endDue(now: ends - 1)
            #expect(try await stage.stream(old.token).events == ["snapshot 5-1"])
            await stage.keeper.endDue(now: ends)
            try await eventually("the end") { !viewers[0].record.closed.isEmpty }
            #expect(try await stage.stream(old.token).text.hasPrefix("HTTP/1.1 401 "))
            #expect(try await stage.stream(token).events == ["snapshot 5-1"])
            #expect(viewers[1].record.closed.isEmpty)
            // Once is enough.
            #expect(try await stage.send("POST", "\(path)/rotate", #"{"graceSeconds":0}"#).status == 409)
            for grace in ["-1", "604801", "null", "\"1\""] {
                let body = "{\"graceSeconds\":\(grace)}"
                #expect(try await stage.send("POST", "\(path)/rotate", body).status == 400, "\(grace)")
            }
            // Who manages and does not see channel 30 gets no key that does.
            let owners = try await stage.make(#"{"kind":"api","name":"x","channels":["30"]}"#)
            let rotate = "\(KeyStage.path)/\(owners.id)/rotate"
            #expect(try await stage.send("POST", rotate, as: 8, #"{"graceSeconds":0}"#).status == 400)
            #expect(try await stage.stream(owners.token).events == ["snapshot 5-1"])
            // Without grace it ends at once, and revoking ends one that goes on.
            let third = try await stage.make()
            let thirdPath = "\(KeyStage.path)/\(third.id)"
            #expect(try await stage.send("POST", "\(thirdPath)/rotate", #"{"graceSeconds":0}"#).status == 201)
            #expect(try await stage.stream(third.token).text.hasPrefix("HTTP/1.1 401 "))
            let fourth = try await stage.make()
            let fourthPath = "\(KeyStage.path)/\(fourth.id)"
            #expect(
                try await stage.send("POST", "\(fourthPath)/rotate", #"{"graceSeconds":60}"#).status == 201
            )
            #expect(try await stage.send("DELETE", fourthPath).status == 204)
            #expect(try await stage.stream(fourth.token).text.hasPrefix("HTTP/1.1 401 "))
            let ended = try #require(try await stage.send("GET", fourthPath).json?["revoked"]?.int64)
            #expect(ended <= WallClock.unixMilliseconds())
        }
    }

    @Test func `what keys ask is counted and shown beside what they may, which the instance's owner says`()
        async throws
    {
        try await withStage { stage, database in
            let key = try await stage.make(#"{"kind":"api","name":"x"}"#)
            let path = "\(KeyStage.path)/\(key.id)"
            for _ in 0..<3 { _ = try await stage.stream(key.token) }
            func used() async throws -> [Int64?] {
                let shown = try await stage.send("GET", "\(path)/usage").json
                return ["minute", "day"].flatMap {
                    [shown?[$0]?["used"]?.int64, shown?[$0]?["limit"]?.int64]
                }
            }
            // Waiting, written, and both; a minute may end in between.
            #expect(try await used().suffix(3) == [30, 3, 1_000])
            #expect(await stage.keys.writer.write())
            #expect(try await used().suffix(3) == [30, 3, 1_000])
            _ = try await stage.stream(key.token)
            let shown = try await stage.send("GET", "\(path)/usage").json
            #expect(
                shown?["day"]?["used"]?.int64 == 4 && shown?["days"]?.array?.first?["requests"]?.int64 == 4
            )
            #expect(await stage.keys.writer.write())
            let stored = try await database.query(
                "SELECT requests, last_used_at > now() - interval '1 min' AS is_recent FROM key_usage JOIN access_keys ON id = key_id"
            )
            #expect(stored.count == 1 && stored.first?.int64("requests") == 4)
            #expect(stored.first?.bool("is_recent") == true)
            #expect(try await stage.send("GET", path).json?["lastUsed"]?.int64 != nil)
            let tiers = try await stage.send("GET", "/api/tiers").json?["tiers"]?.array?.map(\.raw)
            #expect(tiers?.count == 3)
            let owner = KeyStage.instanceOwner
            let figures = #"{"perMinute":7,"perDay":70}"#
            #expect(try await stage.send("PUT", "/api/tiers/pro", figures).status == 403)
            #expect(try await stage.send("PUT", "\(path)/tier", #"{"tier":"pro"}"#).status == 403)
            #expect(try await stage.send("PUT", "/api/tiers/gold", as: owner, figures).status == 404)
            #expect(try await stage.send("PUT", "\(path)/tier", as: owner, #"{"tier":"gold"}"#).status == 400)
            for bad in [#"{"perMinute":0,"perDay":1}"#, #"{"perMinute":1}"#, "{}"] {
                #expect(try await stage.send("PUT", "/api/tiers/pro", as: owner, bad).status == 400, "\(bad)")
            }
            let grant = try stage.keys.signer.grant(
                Array(key.token.utf8),
                now: WallClock.unixMilliseconds() / 1000
            )
            #expect(stage.keys.tiers.quota(of: grant) == KeyQuota(perMinute: 30, perDay: 1_000))
            #expect(
                try await stage.send("PUT", "/api/tiers/pro", as: owner, figures).body.contains(
                    #""perMinute":7"#
                )
            )
            let changed = try await stage.send("PUT", "\(path)/tier", as: owner, #"{"tier":"pro"}"#)
            #expect(changed.status == 200 && changed.json?["tier"]?.string == "pro")
            try await eventually("the figures") {
                stage.keys.tiers.quota(of: grant) == KeyQuota(perMinute: 7, perDay: 70)
            }
            #expect(try await used().dropFirst(1).first == 7)
        }
    }

    @Test func `a tier's change and its entry in the audit log are stored together or not at all`()
        async throws
    {
        try await withStage { stage, database in
            func set(_ figures: String) async throws -> Int {
                try await stage.send("PUT", "/api/tiers/pro", as: KeyStage.instanceOwner, figures).status
            }
            #expect(try await set(#"{"perMinute":7,"perDay":70}"#) == 200)
            let log = try await database.query(
                "SELECT target, detail::text AS detail FROM audit_log WHERE action = 'setTier'"
            )
            #expect(log.count == 1 && log.first?.string("target") == "pro")
            #expect(log.first?.string("detail")?.contains("70") == true)
            // Nobody changes what cannot be written down.
            try await database.query("DROP TABLE audit_log")
            #expect(try await set(#"{"perMinute":8,"perDay":80}"#) == 503)
            let stored = try await database.query("SELECT per_minute FROM api_tiers WHERE name = 'pro'")
            #expect(stored.first?.int64("per_minute") == 7)
        }
    }
}
