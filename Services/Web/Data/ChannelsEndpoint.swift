import Base
import EventModels
import HTTPServer
import JSON

/// `GET /api/guilds/{guild}/channels`: those that the caller may see.
enum ChannelsEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] {
        let channels = Schema.object([
            .init("channels", .array(.named("Channel"), 0...100_000), "As Discord sorts them")
        ])
        return [
            Operation(
                "GET",
                "/api/guilds/{guild}/channels",
                "channels",
                tag: .guilds,
                "Channels and threads that you may see",
                access: .scope(.guildRead),
                parameters: [.guild, .ifNoneMatch],
                answers: [.json(channels, "All of them"), .empty(304, "They are as they were")]
            ) { call async throws(Problem) in
                let look = try await api.desk.look(at: call.id("guild"), for: call.caller, now: api.now)
                return TaggedContent(encoded(look)).response(to: call.request)
            }
        ]
    }

    private static func encoded(_ look: GuildLook) -> [UInt8] {
        var writer = JSONWriter(reserving: 4_096)
        writer.beginObject()
        writer.key("channels")
        writer.beginArray()
        for channel in look.state.channelsInOrder where look.sight.has(.view, in: channel.id) {
            writer.beginObject()
            writer.member("id", channel.id)
            writer.member("name", channel.name)
            writer.member("type", channel.type)
            writer.member("parent", channel.parentID)
            writer.member("position", channel.position)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.takeBytes()
    }
}
