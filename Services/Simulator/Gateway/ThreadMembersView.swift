package import Base
internal import JSON

/// THREAD_MEMBERS_UPDATE "contains different data depending on which intents are used" (Discord, "Thread Members
/// Update"): without GUILD_MEMBERS the bot alone, without GUILD_PRESENCES no presences.
package enum ThreadMembersView {
    package static func of(_ d: [UInt8], for intents: Intents, bot: Snowflake) -> [UInt8]? {
        guard let root = try? JSONDocument(parsing: d).root, var fields = JSONFields(root) else { return nil }
        let seesOthers = intents.contains(.guildMembers)
        if var added = root["added_members"]?.array?.compactMap({ JSONFields($0) }) {
            if !seesOthers { added.removeAll { $0.snowflake("user_id") != bot } }
            if !intents.contains(.guildPresences) {
                for index in added.indices { added[index].setNull("presence") }
            }
            fields["added_members"] = added.isEmpty ? nil : JSONText.array(added.map { $0.encoded() })
        }
        if !seesOthers, let removed = root["removed_member_ids"]?.array?.compactMap(\.snowflake) {
            fields["removed_member_ids"] = removed.contains(bot) ? JSONText.ids([bot]) : nil
        }
        return fields.encoded()
    }
}
