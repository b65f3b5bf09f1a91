internal import Base
internal import HTTPServer
internal import JSON

/// Channels and threads.
enum ChannelEndpoints {
    static let all: [Endpoint] = [
        Endpoint("GET", "/channels/{channel}") { core, call in
            guard let (guild, channel) = find(core, call) else { return .unknownChannel }
            var fields = call.id("channel").flatMap { guild.threadWithMember($0) } ?? channel
            fields.set("guild_id", guild.id)
            return RESTReply(fields.encoded())
        },
        ofThread("/channels/{channel}/thread-members", perform: listMembers),
        ofThread("/channels/{channel}/thread-members/{user}") { guild, thread, call in
            let user = call.parameters["user"] == "@me" ? guild.botID : call.id("user")
            guard let user, let found = member(user, thread, guild, call) else { return .unknownMember }
            return RESTReply(found)
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

    private static func ofThread(
        _ path: String,
        perform: @escaping @Sendable (Guild, Snowflake, RESTCall) -> RESTReply
    ) -> Endpoint {
        Endpoint("GET", path) { core, call in
            guard let (guild, _) = find(core, call), let channel = call.id("channel") else {
                return .unknownChannel
            }
            guard guild.threads.contains(channel) else { return .wrongChannelType }
            return perform(guild, channel, call)
        }
    }

    /// In pages only where `with_member` is asked for. Discord, "List Thread Members".
    @Sendable private static func listMembers(_ guild: Guild, _ thread: Snowflake, _ call: RESTCall)
        -> RESTReply
    {
        guard let limit = call.number("limit", default: 100, in: 1...100) else {
            return .invalidForm("limit", "NUMBER_TYPE_RANGE", "int value should be between 1 and 100.")
        }
        var ids = (guild.threadMembers[thread]?.ids ?? []).sorted()
        if call.flag("with_member") {
            let after = call.query("after").flatMap { Snowflake($0) } ?? Snowflake(0)
            ids = Array(ids.filter { $0 > after }.prefix(limit))
        }
        return RESTReply(JSONText.array(ids.compactMap { member($0, thread, guild, call) }))
    }

    private static func member(_ user: Snowflake, _ thread: Snowflake, _ guild: Guild, _ call: RESTCall)
        -> [UInt8]?
    {
        guard var fields = guild.threadMember(user, in: thread) else { return nil }
        if call.flag("with_member") { fields["member"] = guild.members[user]?.json }
        return fields.encoded()
    }

    static func find(_ core: GatewayCore, _ call: RESTCall) -> (guild: Guild, channel: JSONFields)? {
        guard let id = call.id("channel"), let index = core.world.guild(owning: id) else { return nil }
        let guild = core.world.guilds[index]
        return (guild.channels[id] ?? guild.threads[id]).map { (guild, $0) }
    }
}
