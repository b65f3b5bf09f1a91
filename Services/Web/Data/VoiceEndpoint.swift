import Base
import EventModels
import HTTPServer
import JSON

/// `GET /api/guilds/{guild}/voice`: who is in which voice channel now.
enum VoiceEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] {
        let channels = Schema.object([
            .init("channels", .array(.named("VoiceChannel"), 0...10_000), "As Discord sorts them")
        ])
        return [
            Operation(
                "GET",
                "/api/guilds/{guild}/voice",
                "voice",
                tag: .guilds,
                "Voice channels that you may see, and who is in them now",
                access: .scope(.guildRead),
                parameters: [.guild],
                answers: [.json(channels, "All of them")]
            ) { call async throws(Problem) in
                let look = try await api.desk.look(at: call.id("guild"), for: call.caller, now: api.now)
                return .json(encoded(look))
            }
        ]
    }

    private static func encoded(_ look: GuildLook) -> [UInt8] {
        let people = Dictionary(grouping: look.state.voice.values, by: \.channelID)
        var writer = JSONWriter(reserving: 4_096)
        writer.beginObject()
        writer.key("channels")
        writer.beginArray()
        for channel in look.state.channelsInOrder where look.sight.has(.view, in: channel.id) {
            let here = people[channel.id] ?? []
            guard channel.isVoice || !here.isEmpty else { continue }
            writer.beginObject()
            writer.member("id", channel.id)
            writer.member("name", channel.name)
            writer.key("people")
            writer.beginArray()
            for person in here.sorted(by: { $0.user.id < $1.user.id }) {
                writer.beginObject()
                person.user.writePerson(into: &writer)
                person.flags.write(into: &writer)
                writer.member("since", person.since)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.takeBytes()
    }
}

extension UserCard {
    /// `Person` of the API.
    func writePerson(into writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("name", displayName)
        writer.member("avatar", avatar)
        writer.member("bot", bot)
    }
}
