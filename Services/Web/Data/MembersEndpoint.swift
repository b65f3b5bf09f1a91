import Base
import EventModels
import HTTPServer
import JSON

/// `GET /api/guilds/{guild}/members`: everyone, for every member, as Discord's own list of members is; for nobody
/// else, where the replica is open neither.
enum MembersEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] {
        [
            Operation(
                "GET",
                "/api/guilds/{guild}/members",
                "members",
                tag: .guilds,
                "The guild's members",
                access: .scope(.membersRead),
                parameters: [.guild, PageCursor.members.parameter, .limit],
                answers: [.json(Schemas.page("members", "Member", "By id"), "A page of them")]
            ) { call async throws(Problem) in
                let look = try await api.desk.look(at: call.id("guild"), for: call.caller, now: api.now)
                // Counts may be told to everyone, people's names and roles may not.
                guard !look.viewer.isStranger else { throw SessionRefusal.missing.problem }
                let page = await api.desk.members.members(
                    of: look.state.id,
                    after: call.cursor(.members) ?? Snowflake(0),
                    limit: call.limit,
                    in: look.place.shard
                )
                guard let page else {
                    throw .unavailable("The gateway does not know all members of this guild yet. Try again.")
                }
                return .json(encoded(page))
            }
        ]
    }

    private static func encoded(_ page: MemberPage) -> [UInt8] {
        var writer = JSONWriter(reserving: 16_384)
        writer.beginObject()
        writer.key("members")
        writer.beginArray()
        for member in page.members {
            writer.beginObject()
            member.card.writePerson(into: &writer)
            writer.key("roles")
            writer.beginArray()
            for role in member.roles { writer.snowflake(role) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        let next = page.isEnd ? nil : page.members.last.map { PageCursor.members.text($0.card.id) }
        writer.member("next", next)
        writer.endObject()
        return writer.takeBytes()
    }
}
