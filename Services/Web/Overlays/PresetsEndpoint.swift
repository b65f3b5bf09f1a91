import Base
import EventLoop
import EventModels
import HTTPServer
import JSON
import PostgresClient

/// `/api/guilds/{guild}/presets`: changed by who manages the guild, read by its overlays' keys too.
enum PresetsEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] {
        [list(api), make(api), get(api), replace(api), delete(api)]
    }

    private static let preset = Operation.Parameter.path("preset", .id, "The preset's id")
    private static let match = Operation.Parameter.header(
        "If-Match",
        .string(1...64),
        "The ETag of what is changed"
    )
    private static let changedSince = Problem(
        412,
        "Somebody else has changed the preset since. Load it again."
    )
    private static let tags = [
        Operation.Answer.problem(412, "Somebody else has changed it since"),
        .problem(428, "If-Match is missing"),
    ]

    /// The guild, for who may read its presets: who manages it, and a key with the scope `stream`, which sees what its maker sees.
    private static func readable(_ call: APICall, _ api: APIContext) async throws(Problem) -> Snowflake {
        let guild = try call.id("guild")
        guard call.caller.key == nil else {
            return try await api.desk.look(at: guild, for: call.caller, now: api.now).state.id
        }
        return try await api.desk.manage(guild, as: try call.user(), now: api.now).state.id
    }

    private static func list(_ api: APIContext) -> Operation {
        Operation(
            "GET",
            "/api/guilds/{guild}/presets",
            "presets",
            tag: .overlays,
            "The guild's overlays as they are set up",
            access: .scope(.stream),
            parameters: [.guild],
            answers: [.json(.named("Presets"), "By name")]
        ) { call throws(Problem) in
            let guild = try await readable(call, api)
            let presets = try await api.accessKeys.store.read { try await PresetStore.list(of: guild, $0) }
            var json = JSONWriter()
            json.beginObject()
            json.key("presets")
            json.beginArray()
            for preset in presets { preset.write(into: &json) }
            json.endArray()
            json.endObject()
            return .json(json.takeBytes())
        }
    }

    private static func get(_ api: APIContext) -> Operation {
        Operation(
            "GET",
            "/api/guilds/{guild}/presets/{preset}",
            "preset",
            tag: .overlays,
            "One of them",
            access: .scope(.stream),
            parameters: [.guild, preset],
            answers: [.json(.named("Preset"), "With an ETag for If-Match")]
        ) { call throws(Problem) in
            let guild = try await readable(call, api)
            let id = call.text("preset") ?? ""
            let found = try await api.accessKeys.store.read { try await PresetStore.find(id, of: guild, $0) }
            guard let found else { throw .notFound("preset") }
            return answer(found)
        }
    }

    private static func make(_ api: APIContext) -> Operation {
        Operation(
            "POST",
            "/api/guilds/{guild}/presets",
            "makePreset",
            tag: .overlays,
            "Sets an overlay up",
            access: .session,
            parameters: [.guild],
            body: .named("NewPreset"),
            answers: [
                .json(.named("Preset"), "With an ETag for If-Match", status: 201),
                .problem(409, "There are as many presets as there may be"),
            ]
        ) { call throws(Problem) in
            let user = try call.user()
            let guild = try await api.desk.manage(try call.id("guild"), as: user, now: api.now).state.id
            let draft = try OverlayPreset.Draft(call.body)
            let made = try await api.accessKeys.store.change { session in
                let made = try await PresetStore.insert(
                    draft,
                    id: RandomSource.hex(16),
                    of: guild,
                    by: user,
                    session
                )
                guard let made else {
                    throw Problem(
                        409,
                        "The guild has \(PresetStore.countMax) presets. Delete one that is not needed."
                    )
                }
                try await api.audit.changed(change("makePreset", made, guild), by: call, in: session)
                return made
            }
            api.overlays.presetChanged(made, of: guild, now: api.now)
            return answer(made, status: 201)
        }
    }

    private static func replace(_ api: APIContext) -> Operation {
        Operation(
            "PUT",
            "/api/guilds/{guild}/presets/{preset}",
            "setPreset",
            tag: .overlays,
            "Replaces a preset, where it is still that of the ETag",
            access: .session,
            parameters: [.guild, preset, match],
            body: .named("NewPreset"),
            answers: [.json(.named("Preset"), "As it is now; overlays that show it hear of it")] + tags
        ) { call throws(Problem) in
            let user = try call.user()
            let guild = try await api.desk.manage(try call.id("guild"), as: user, now: api.now).state.id
            let tag = try expected(call)
            let draft = try OverlayPreset.Draft(call.body)
            let id = call.text("preset") ?? ""
            let made = try await api.accessKeys.store.change { session in
                _ = try await found(id, tag, guild, session)
                let made = try await PresetStore.replace(draft, id: id, by: user, session)
                try await api.audit.changed(change("setPreset", made, guild), by: call, in: session)
                return made
            }
            api.overlays.presetChanged(made, of: guild, now: api.now)
            return answer(made)
        }
    }

    private static func delete(_ api: APIContext) -> Operation {
        Operation(
            "DELETE",
            "/api/guilds/{guild}/presets/{preset}",
            "deletePreset",
            tag: .overlays,
            "Removes a preset, where it is still that of the ETag",
            access: .session,
            parameters: [.guild, preset, match],
            answers: [.empty(204, "It is gone")] + tags
        ) { call throws(Problem) in
            let guild = try await api.desk.manage(try call.id("guild"), as: try call.user(), now: api.now)
                .state.id
            let tag = try expected(call)
            let id = call.text("preset") ?? ""
            let gone = try await api.accessKeys.store.change { session in
                let gone = try await found(id, tag, guild, session)
                try await PresetStore.delete(id, session)
                try await api.audit.changed(change("deletePreset", gone, guild), by: call, in: session)
                return gone
            }
            api.overlays.presetChanged(gone, of: guild, isGone: true, now: api.now)
            return HTTPResponse(status: 204)
        }
    }

    // MARK: Parts

    private static func expected(_ call: APICall) throws(Problem) -> String {
        guard let tag = call.text("If-Match") else {
            throw Problem(428, "Say which preset is changed: send If-Match with the ETag that GET gave.")
        }
        return tag
    }

    /// The guild's preset, which nobody else changes now, and which is that of the tag.
    private static func found(_ id: String, _ tag: String, _ guild: Snowflake, _ session: PostgresConnection)
        async throws -> OverlayPreset
    {
        guard let found = try await PresetStore.find(id, of: guild, forChange: true, session) else {
            throw Problem.notFound("preset")
        }
        guard found.tag == tag else { throw changedSince }
        return found
    }

    private static func answer(_ preset: OverlayPreset, status: Int = 200) -> HTTPResponse {
        var json = JSONWriter()
        preset.write(into: &json)
        return HTTPResponse.json(json.takeBytes(), status: status).with("ETag", preset.tag)
    }

    private static func change(_ action: String, _ preset: OverlayPreset, _ guild: Snowflake) -> AuditChange {
        let facts: [(StaticString, AuditChange.Fact)] = [
            ("name", .text(preset.draft.name)), ("overlay", .text(preset.draft.overlay)),
            ("version", .number(preset.version)),
        ]
        return AuditChange(action, guild: guild, target: preset.id, detail: facts)
    }
}
