import Base
import EventModels
import HTTPServer
import JSON
import LinkProtocol

/// `GET /api/guilds/{guild}/bot`: what the bot may not do in a guild, and where.
enum BotEndpoint: APIEndpoint {
    static func operations(_ api: APIContext) -> [Operation] {
        [
            Operation(
                "GET",
                "/api/guilds/{guild}/bot",
                "bot",
                tag: .guilds,
                "Which permissions the bot lacks in the guild and in the channels that you may see",
                access: .session,
                parameters: [.guild],
                answers: [
                    .json(
                        .named("BotInGuild"),
                        "As of now; the user is null while no gateway says who the bot is"
                    )
                ]
            ) { call throws(Problem) in
                let now = api.now
                let look = try await api.desk.manage(call.id("guild"), as: call.user(), now: now)
                guard let bot = await bot(in: look.place.shard, api) else {
                    return .json(encoded(nil, nil))
                }
                let own = try await api.desk.look(at: look.state.id, as: bot.id, now: now)
                let shown = look.sight.channels(with: .view, of: [])
                return .json(encoded(bot, BotLacks(own.state, bot: own.viewer, shown: shown, now: now)))
            }
        ]
    }

    private static func bot(in shard: ShardName, _ api: APIContext) async -> GatewayReport.Named? {
        let reports = await api.system.facts().reports
        let of = reports.first { $0.shards.contains { $0.name == shard } && $0.user != nil }
        return (of ?? reports.first { $0.user != nil })?.user
    }

    private static func encoded(_ bot: GatewayReport.Named?, _ lacks: BotLacks?) -> [UInt8] {
        var writer = JSONWriter(reserving: 2_048)
        writer.beginObject()
        writer.member("user", bot)
        writer.member("administrator", lacks?.isAdministrator ?? false)
        writer.key("missing")
        writer.beginArray()
        for need in lacks?.missing ?? [] {
            writer.beginObject()
            writer.member("permission", need.name)
            writer.member("for", need.purpose)
            writer.endObject()
        }
        writer.endArray()
        writer.key("channels")
        writer.beginArray()
        for channel in lacks?.channels ?? [] {
            writer.beginObject()
            writer.member("id", channel.id)
            writer.member("name", channel.name)
            writer.member("type", channel.type)
            writer.key("missing")
            writer.beginArray()
            for name in channel.missing { writer.string(name) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.takeBytes()
    }
}
