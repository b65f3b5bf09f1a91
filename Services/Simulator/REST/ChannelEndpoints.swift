internal import Base
internal import JSON

/// Channels and threads.
enum ChannelEndpoints {
    static let all: [Endpoint] = [
        Endpoint("GET", "/channels/{channel}") { core, call in
            guard let (guild, channel) = find(core, call) else { return .unknownChannel }
            var fields = channel
            fields.set("guild_id", guild.id)
            return RESTReply(fields.encoded())
        },
        Endpoint("POST", "/channels/{channel}/typing") { core, call in
            guard find(core, call) != nil, let channel = call.id("channel") else { return .unknownChannel }
            var fields = JSONFields()
            fields.set("channel_id", channel)
            fields.set("user_id", core.world.botID)
            core.happen("TYPING_START", fields, call.now)
            return .noContent
        },
    ]

    static func find(_ core: GatewayCore, _ call: RESTCall) -> (guild: Guild, channel: JSONFields)? {
        guard let id = call.id("channel"), let index = core.world.guild(owning: id) else { return nil }
        let guild = core.world.guilds[index]
        return (guild.channels[id] ?? guild.threads[id]).map { (guild, $0) }
    }
}
