import Base
import EventLoop
import EventModels
import HTTPServer
import JSON
import PostgresClient

/// `/api/guilds/{guild}/keys`: for who manages the guild, and only with a session, so that no key makes keys.
enum KeysEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] {
        [list(api), make(api), get(api), revoke(api), rotate(api), usage(api)] + TiersEndpoint.operations(api)
    }

    static let guild = Operation.Parameter.path("guild", .snowflake, "The guild's id")
    static let key = Operation.Parameter.path("key", .id, "The key's id")
    private static let full = Operation.Answer.problem(409, "There are as many keys as there may be")

    private static func list(_ api: APIContext) -> Operation {
        Operation(
            "GET",
            "/api/guilds/{guild}/keys",
            "keys",
            tag: .keys,
            "The guild's keys, without what is secret in them",
            access: .session,
            parameters: [guild],
            answers: [.json(.named("Keys"), "Newest first; what ended more than 30 days ago is left out")]
        ) { call throws(Problem) in
            let look = try await api.desk.manage(try call.id("guild"), as: try call.user(), now: api.now)
            let records = try await api.accessKeys.store.read { session in
                try await KeyStore.list(of: look.state.id, now: api.now, session)
            }
            var json = JSONWriter()
            json.beginObject()
            json.key("keys")
            json.beginArray()
            for record in records { record.write(into: &json) }
            json.endArray()
            json.endObject()
            return .json(json.takeBytes())
        }
    }

    private static func make(_ api: APIContext) -> Operation {
        Operation(
            "POST",
            "/api/guilds/{guild}/keys",
            "makeKey",
            tag: .keys,
            "Makes a key that sees as much as its maker does, or less",
            access: .session,
            parameters: [guild],
            body: .named("NewKey"),
            answers: [.json(.named("MadeKey"), "With the key itself, this once", status: 201), full]
        ) { call throws(Problem) in
            let now = api.now
            let look = try await api.desk.manage(try call.id("guild"), as: try call.user(), now: now)
            let draft = try KeyDraft(call.body, now: now)
            try KeyDraft.check(draft.channels, look)
            let record = KeyRecord(
                grant: KeyGrant(
                    kind: draft.kind,
                    id: RandomSource.hex(16),
                    guild: look.state.id,
                    maker: try call.user(),
                    issued: now / 1000,
                    expires: draft.expires / 1000,
                    scopes: draft.scopes,
                    channels: draft.channels,
                    events: draft.events
                ),
                name: draft.name,
                created: now
            )
            let token = api.accessKeys.signer.mint(record.grant)
            try await api.accessKeys.store.change { session in
                try await KeyStore.lock(look.state.id, session)
                try Self.check(try await KeyStore.count(look.state.id, now: now, session), isNew: true)
                try await KeyStore.insert(record, token: token, session)
                try await api.audit.changed(Self.change("makeKey", record), by: call, in: session)
            }
            return made(record, token)
        }
    }

    /// For the audit log: of which key, and what it may.
    static func change(
        _ action: String,
        _ record: KeyRecord,
        _ facts: [(StaticString, AuditChange.Fact)] = []
    ) -> AuditChange {
        let grant = record.grant
        let own: [(StaticString, AuditChange.Fact)] = [
            ("kind", .text(grant.kind.rawValue)), ("name", .text(record.name)),
            ("scopes", .text(grant.scopes.sorted().map(\.rawValue).joined(separator: ","))),
            ("channels", .ids(grant.channels.sorted())),
            ("events", .text(grant.events.map(\.text).sorted().joined(separator: ","))),
        ]
        return AuditChange(action, guild: grant.guild, target: grant.id, detail: own + facts)
    }

    static func check(_ count: (live: Int64, kept: Int64), isNew: Bool) throws(Problem) {
        guard !isNew || count.live < KeyStore.liveMax else {
            throw Problem(409, "The guild has \(KeyStore.liveMax) keys. Revoke one that is not needed.")
        }
        guard count.kept < KeyStore.keptMax else {
            throw Problem(
                409,
                "The guild has \(KeyStore.keptMax) keys that have not expired, revoked ones too. Wait until some have."
            )
        }
    }

    /// The one answer that ever holds the key itself.
    private static func made(_ record: KeyRecord, _ token: String) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.key("key")
        record.write(into: &json)
        json.member("token", token)
        json.endObject()
        return .json(json.takeBytes(), status: 201)
    }

    private static func get(_ api: APIContext) -> Operation {
        Operation(
            "GET",
            "/api/guilds/{guild}/keys/{key}",
            "key",
            tag: .keys,
            "One of them",
            access: .session,
            parameters: [guild, key],
            answers: [.json(.named("Key"), "The key's record")]
        ) { call throws(Problem) in
            .json(try await record(call, api).encoded)
        }
    }

    /// The record, for whoever manages the guild.
    private static func record(_ call: APICall, _ api: APIContext) async throws(Problem) -> KeyRecord {
        let look = try await api.desk.manage(try call.id("guild"), as: try call.user(), now: api.now)
        let id = call.text("key") ?? ""
        let found = try await api.accessKeys.store.read { session in
            try await KeyStore.find(id, of: look.state.id, session)
        }
        guard let found else { throw .notFound("key") }
        return found
    }

    private static func revoke(_ api: APIContext) -> Operation {
        Operation(
            "DELETE",
            "/api/guilds/{guild}/keys/{key}",
            "revokeKey",
            tag: .keys,
            "Ends a key and its streams",
            access: .session,
            parameters: [guild, key],
            answers: [.empty(204, "It counts no more, here at once and at every replica within a second")]
        ) { call throws(Problem) in
            let now = api.now
            let look = try await api.desk.manage(try call.id("guild"), as: try call.user(), now: now)
            let id = call.text("key") ?? ""
            let record = try await api.accessKeys.store.change { session in
                guard let record = try await KeyStore.find(id, of: look.state.id, forChange: true, session)
                else {
                    throw Problem.notFound("key")
                }
                if record.isLive(at: now) { try await KeyStore.revoke(id, at: now, session) }
                try await api.audit.changed(Self.change("revokeKey", record), by: call, in: session)
                return record
            }
            await api.revocations.end(key: KeyEnding(record.grant, at: now))
            return HTTPResponse(status: 204)
        }
    }

    // MARK: Rotation

    private static func rotate(_ api: APIContext) -> Operation {
        Operation(
            "POST",
            "/api/guilds/{guild}/keys/{key}/rotate",
            "rotateKey",
            tag: .keys,
            "Makes a key like it, yours, and ends it after a while",
            access: .session,
            parameters: [guild, key],
            body: .named("Rotation"),
            answers: [
                .json(.named("MadeKey"), "With the new key itself, this once", status: 201),
                .problem(409, "It counts no more, or there are as many keys as there may be"),
            ]
        ) { call throws(Problem) in
            let now = api.now
            let look = try await api.desk.manage(try call.id("guild"), as: try call.user(), now: now)
            guard let grace = call.body?["graceSeconds"]?.int64 else {
                throw .invalid("graceSeconds is missing.")
            }
            let (id, maker, signer) = (call.text("key") ?? "", try call.user(), api.accessKeys.signer)
            let (old, new, token) = try await api.accessKeys.store.change { session in
                try await KeyStore.lock(look.state.id, session)
                guard let old = try await KeyStore.find(id, of: look.state.id, forChange: true, session)
                else {
                    throw Problem.notFound("key")
                }
                guard old.isLive(at: now), old.revoked == nil else {
                    throw Problem(409, "This key was revoked, rotated, or has expired. Make a new one.")
                }
                try KeyDraft.check(old.grant.channels, look)
                // Through its grace the old one counts beside the new one.
                try Self.check(try await KeyStore.count(look.state.id, now: now, session), isNew: grace > 0)
                let new = Self.successor(of: old, maker: maker, now: now)
                let token = signer.mint(new.grant)
                try await KeyStore.insert(new, token: token, rotatedFrom: id, session)
                try await KeyStore.revoke(id, at: now + grace * 1000, session)
                let facts: [(StaticString, AuditChange.Fact)] = [
                    ("key", .text(new.grant.id)), ("graceSeconds", .number(grace)),
                ]
                try await api.audit.changed(Self.change("rotateKey", old, facts), by: call, in: session)
                return (old, new, token)
            }
            await api.revocations.end(key: KeyEnding(old.grant, at: now + grace * 1000))
            return made(new, token)
        }
    }

    /// Of whoever gets to see its text: with the old one's maker they would see what that one sees. As long as the old one was
    /// made for.
    private static func successor(of old: KeyRecord, maker: Snowflake, now: Int64) -> KeyRecord {
        KeyRecord(
            grant: KeyGrant(
                kind: old.grant.kind,
                id: RandomSource.hex(16),
                guild: old.grant.guild,
                maker: maker,
                issued: now / 1000,
                expires: now / 1000 + (old.grant.expires - old.grant.issued),
                scopes: old.grant.scopes,
                channels: old.grant.channels,
                events: old.grant.events
            ),
            name: old.name,
            tier: old.tier,
            created: now
        )
    }

    // MARK: Usage

    private static func usage(_ api: APIContext) -> Operation {
        Operation(
            "GET",
            "/api/guilds/{guild}/keys/{key}/usage",
            "keyUsage",
            tag: .keys,
            "What a key asked for, and how much it may",
            access: .session,
            parameters: [guild, key],
            answers: [.json(.named("KeyUsage"), "Some seconds old")]
        ) { call throws(Problem) in
            let record = try await record(call, api)
            let writer = api.accessKeys.writer
            let (shown, tier) = try await api.accessKeys.store.read { session in
                let tiers = try await KeyStore.tiers(session)
                let shown = try await writer.shown(of: record.grant.id, now: api.now, session)
                return (shown, tiers.first { $0.name == record.tier } ?? KeyTiers.figures)
            }
            return .json(encoded(shown, tier))
        }
    }

    private static func encoded(_ shown: UsageWriter.Shown, _ tier: KeyTier) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        used("minute", shown.minute, tier.perMinute)
        used("day", shown.day, tier.perDay)
        json.key("days")
        json.beginArray()
        for day in shown.days {
            json.beginObject()
            json.member("day", day.day)
            json.member("requests", day.requests)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.takeBytes()

        func used(_ name: StaticString, _ used: Int64, _ limit: Int64) {
            json.key(name)
            json.beginObject()
            json.member("used", used)
            json.member("limit", limit)
            json.endObject()
        }
    }
}
