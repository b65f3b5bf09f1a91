import Base
import EventModels
import HTTPServer
import JSON

/// `GET /api/guilds` and `GET /api/guilds/{guild}`.
enum GuildsEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] {
        let page = Schemas.page(
            "guilds",
            "GuildSummary",
            "By id",
            [.init("unknown", Schema.count, "Guilds of which nobody can say now whether they are yours")]
        )
        return [
            Operation(
                "GET",
                "/api/guilds",
                "guilds",
                tag: .guilds,
                "Guilds that you and the bot are in",
                access: .scope(.guildRead),
                parameters: [PageCursor.guilds.parameter, .limit],
                answers: [.json(page, "A page of them, which may have fewer than it could")]
            ) { call async throws(Problem) in
                let page = try await api.desk.guilds(
                    for: call.caller,
                    after: call.cursor(.guilds),
                    limit: call.limit,
                    now: api.now
                )
                return .json(encoded(page))
            },
            Operation(
                "GET",
                "/api/guilds/{guild}",
                "guild",
                tag: .guilds,
                "One of them, with its roles",
                access: .scope(.guildRead),
                parameters: [.guild, .ifNoneMatch],
                answers: [.json(.named("Guild"), "It"), .empty(304, "It is as it was")]
            ) { call async throws(Problem) in
                let look = try await api.desk.look(at: call.id("guild"), for: call.caller, now: api.now)
                return TaggedContent(encoded(look)).response(to: call.request)
            },
        ]
    }

    private static func encoded(_ page: GuildPage) -> [UInt8] {
        var writer = JSONWriter(reserving: 4_096)
        writer.beginObject()
        writer.key("guilds")
        writer.beginArray()
        for look in page.looks {
            writer.beginObject()
            writeSummary(of: look, into: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.member("next", page.next.map { PageCursor.guilds.text($0) })
        writer.member("unknown", page.unknown)
        writer.endObject()
        return writer.takeBytes()
    }

    private static func encoded(_ look: GuildLook) -> [UInt8] {
        var writer = JSONWriter(reserving: 4_096)
        writer.beginObject()
        writeSummary(of: look, into: &writer)
        writer.key("roles")
        writer.beginArray()
        // Who is perhaps no member is shown none.
        let roles = look.viewer.isStranger ? [] : Array(look.state.roles.values)
        for role in roles.sorted(by: { ($1.position, $1.id) < ($0.position, $0.id) }) {
            writer.beginObject()
            writer.member("id", role.id)
            writer.member("name", role.name)
            writer.member("color", role.color)
            writer.member("position", role.position)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.takeBytes()
    }

    private static func writeSummary(of look: GuildLook, into writer: inout JSONWriter) {
        let state = look.state
        writer.member("id", state.id)
        writer.member("name", state.name)
        writer.member("icon", state.icon)
        writer.member("members", state.members)
        writer.member("online", state.online)
        writer.member("isOwner", look.key == nil && look.isOwner)
        writer.member("canManage", look.key == nil && look.canManage)
    }
}
