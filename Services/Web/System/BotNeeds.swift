package import Base
package import EventModels

/// What the bot needs in a guild, and for what: the invite link asks for exactly this, and a guild is checked for it.
package enum BotNeeds {
    package struct Need: Sendable, Equatable {
        package let permission: Permissions
        /// Discord's.
        package let name: String
        package let purpose: String
        /// In which channels it counts; in none: in the guild as a whole alone.
        package let places: Places
    }

    package struct Places: OptionSet, Sendable, Hashable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }
        package static let text = Places(rawValue: 1)
        package static let voice = Places(rawValue: 2)
    }

    package static let all: [Need] = [
        need(
            .viewChannel,
            "VIEW_CHANNEL",
            "seeing a channel: what happens in others is not told",
            [.text, .voice]
        ),
        need(.connect, "CONNECT", "reading what is written in voice channels", .voice),
        need(
            .readMessageHistory,
            "READ_MESSAGE_HISTORY",
            "replying and reacting to messages",
            [.text, .voice]
        ),
        need(.sendMessages, "SEND_MESSAGES", "posting what workers announce", .text),
        need(.sendMessagesInThreads, "SEND_MESSAGES_IN_THREADS", "posting in threads", .text),
        need(.embedLinks, "EMBED_LINKS", "posting embeds, as announcements are", .text),
        need(.addReactions, "ADD_REACTIONS", "reacting to messages", .text),
        need(.manageRoles, "MANAGE_ROLES", "giving and taking roles, below the bot's own", []),
        need(.viewAuditLog, "VIEW_AUDIT_LOG", "telling moderators who changed what", []),
    ]

    private static func need(_ permission: Permissions, _ name: String, _ purpose: String, _ places: Places)
        -> Need
    {
        Need(permission: permission, name: name, purpose: purpose, places: places)
    }

    package static let permissions = all.reduce(into: Permissions()) { $0.formUnion($1.permission) }

    /// Discord's page where somebody who manages a guild lets the bot in. `authorizeURL` without a query.
    package static func invite(_ application: Snowflake, authorizeURL: String) -> String {
        "\(authorizeURL)?client_id=\(application)&permissions=\(permissions.rawValue)"
            + "&scope=bot+applications.commands"
    }
}

/// What the bot lacks in a guild. Pure.
package struct BotLacks: Sendable, Equatable {
    package struct Channel: Sendable, Equatable {
        package let id: Snowflake
        package let name: String
        package let type: Int
        /// Discord's names. Where the channel cannot be seen it is that alone: the rest says nothing until then.
        package let missing: [String]
    }

    package let isAdministrator: Bool
    package let missing: [BotNeeds.Need]
    /// Those that lack something, as Discord's numbers and then ids sort them.
    package let channels: [Channel]

    /// `shown`: the channels that whoever asks may see; of others nothing is said.
    package init(_ state: GuildState, bot: Viewer, shown: Set<Snowflake>, now: Int64) {
        let base = state.permissions(of: bot, at: now)
        isAdministrator = base.contains(.administrator)
        missing = BotNeeds.all.filter { !base.contains($0.permission) }
        channels = state.channels.values
            .filter { shown.contains($0.id) }
            .sorted { ($0.position, $0.id) < ($1.position, $1.id) }
            .compactMap { channel in
                let missing = Self.missing(in: channel, state.permissions(of: bot, in: channel.id, at: now))
                guard !missing.isEmpty else { return nil }
                return Channel(id: channel.id, name: channel.name, type: channel.type, missing: missing)
            }
    }

    /// Threads have what their channel has, categories hold nothing.
    private static func missing(in channel: EventModels.Channel, _ has: Permissions) -> [String] {
        guard !channel.isThread, channel.type != EventModels.Channel.category else { return [] }
        guard has.contains(.viewChannel) else { return ["VIEW_CHANNEL"] }
        let place: BotNeeds.Places = channel.isVoice ? .voice : .text
        return BotNeeds.all.filter { $0.places.contains(place) && !has.contains($0.permission) }.map(\.name)
    }
}
