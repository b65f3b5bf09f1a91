internal import Base
internal import JSON

/// The threads that every simulated guild starts with: public ones in open and in hidden channels, and private ones.
enum ThreadPlan {
    private static let layout: [(name: String, channel: String, type: Int)] = [
        ("seedlings", "pets-and-plants", 11), ("winter recipes", "food", 11),
        ("feedback", "announcements", 10),
        ("birthday present", "general", 12), ("new bench", "workshop", 12), ("next dinner", "vip-lounge", 11),
        ("hard cases", "staff-room", 12),
    ]

    static func lay(out guild: inout Guild, newID: () -> Snowflake) {
        let founded = Instant(monotonic: .zero, unixMicroseconds: WorldBuilder.botJoined * 1000)
        for (number, plan) in layout.enumerated() {
            let id = newID()
            let named = zip(guild.channels.ids, guild.channels.values).first {
                $1.string("name") == plan.channel
            }
            guard let parent = named?.0 else { continue }
            let joined = people(guild, parent, number)
            var thread = JSONFields()
            thread.set("id", id)
            thread.set("guild_id", guild.id)
            thread.set("parent_id", parent)
            thread.set("type", plan.type)
            thread.set("name", plan.name)
            thread.set("member_count", joined.count)
            let owner = joined.first ?? guild.ownerID ?? guild.botID
            thread.complete(with: Guild.plainThread(type: plan.type, owner: owner, now: founded))
            guild.setThread(id, thread)
            var table = Table<JSONFields>()
            for user in joined {
                var fields = JSONFields()
                fields.set("join_timestamp", Timestamp.text(unixMilliseconds: WorldBuilder.botJoined))
                fields.set("flags", 0)
                table[user] = fields
            }
            guild.threadMembers[id] = table
        }
    }

    /// Up to three of those watched and three others, who see the channel.
    private static func people(_ guild: Guild, _ channel: Snowflake, _ number: Int) -> [Snowflake] {
        let time = WorldBuilder.botJoined
        func fit(_ ids: [Snowflake]) -> [Snowflake] {
            ids.filter { $0 != guild.botID && guild.mayView($0, channel, at: time) }
        }
        let watched = fit(guild.watched)
        let others = fit(guild.members.ids.filter { !guild.watched.contains($0) })
        let first =
            watched.isEmpty
            ? [] : (0..<min(3, watched.count)).map { watched[($0 * 2 + number) % watched.count] }
        return Array(Set(first + others.dropFirst(number * 3).prefix(3))).sorted()
    }
}
