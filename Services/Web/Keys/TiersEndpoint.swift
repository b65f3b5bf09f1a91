import HTTPServer
import JSON
import PostgresClient

/// `/api/tiers`, and which one a key has: for who owns the instance.
enum TiersEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] { [tiers(api), set(api), setOfKey(api)] }

    private static func tiers(_ api: APIContext) -> Operation {
        Operation(
            "GET",
            "/api/tiers",
            "tiers",
            tag: .keys,
            "How many requests keys of each tier may make",
            access: .session,
            answers: [.json(.named("KeyTiers"), "The least first")]
        ) { call throws(Problem) in
            let tiers = try await api.accessKeys.store.read { session in try await KeyStore.tiers(session) }
            var json = JSONWriter()
            json.beginObject()
            json.key("tiers")
            json.beginArray()
            for tier in tiers { tier.write(into: &json) }
            json.endArray()
            json.endObject()
            return .json(json.takeBytes())
        }
    }

    private static func set(_ api: APIContext) -> Operation {
        Operation(
            "PUT",
            "/api/tiers/{tier}",
            "setTier",
            tag: .keys,
            "Sets a tier's figures; for who owns the instance",
            access: .session,
            parameters: [.path("tier", Schemas.tierName, "The tier's name")],
            body: .named("KeyFigures"),
            answers: [.json(.named("KeyTier"), "As it is now")]
        ) { call throws(Problem) in
            try checkOwner(call, api)
            guard let name = call.text("tier"), let perMinute = call.body?["perMinute"]?.int64,
                let perDay = call.body?["perDay"]?.int64
            else { throw .invalid("The body must have perMinute and perDay.") }
            let tier = try await api.accessKeys.store.change { session in
                let wanted = KeyTier(name: name, perMinute: perMinute, perDay: perDay)
                guard let tier = try await KeyStore.set(wanted, session) else {
                    throw Problem.notFound("tier")
                }
                let facts: [(StaticString, AuditChange.Fact)] = [
                    ("perMinute", .number(perMinute)), ("perDay", .number(perDay)),
                ]
                let change = AuditChange("setTier", guild: nil, target: name, detail: facts)
                try await api.audit.changed(change, by: call, in: session)
                return tier
            }
            await api.accessKeys.tiers.refresh()
            var json = JSONWriter()
            tier.write(into: &json)
            return .json(json.takeBytes())
        }
    }

    private static func setOfKey(_ api: APIContext) -> Operation {
        Operation(
            "PUT",
            "/api/guilds/{guild}/keys/{key}/tier",
            "setKeyTier",
            tag: .keys,
            "Gives a key a tier; for who owns the instance",
            access: .session,
            parameters: [KeysEndpoint.guild, KeysEndpoint.key],
            body: .named("KeyTierName"),
            answers: [.json(.named("Key"), "The key's record as it is now")]
        ) { call throws(Problem) in
            try checkOwner(call, api)
            let (guild, id) = (try call.id("guild"), call.text("key") ?? "")
            let tier = call.body?["tier"]?.string ?? ""
            let record = try await api.accessKeys.store.change { session in
                guard try await KeyStore.find(id, of: guild, forChange: true, session) != nil else {
                    throw Problem.notFound("key")
                }
                guard try await KeyStore.setTier(of: id, to: tier, session) else {
                    throw Problem.invalid("There is no such tier. GET /api/tiers has them.")
                }
                guard let record = try await KeyStore.find(id, of: guild, session) else {
                    throw Problem.notFound("key")
                }
                let change = KeysEndpoint.change("setKeyTier", record, [("tier", .text(tier))])
                try await api.audit.changed(change, by: call, in: session)
                return record
            }
            await api.accessKeys.tiers.refresh()
            return .json(record.encoded)
        }
    }

    private static func checkOwner(_ call: APICall, _ api: APIContext) throws(Problem) {
        guard api.config.instanceOwners.contains(try call.user()) else {
            throw .forbidden("This is for who owns the instance (INSTANCE_OWNERS).")
        }
    }
}
