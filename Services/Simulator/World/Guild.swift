package import Base
package import JSON

/// One simulated server, as it is now.
package struct Guild: Sendable {
    package let id: Snowflake
    /// The account of the bot that the simulator's clients speak for.
    package let bot: JSONFields
    package let botID: Snowflake
    /// The guild object without its lists.
    package var fields: JSONFields
    package var isUnavailable = false
    package private(set) var roles = Table<JSONFields>()
    package private(set) var channels = Table<JSONFields>()
    package private(set) var threads = Table<JSONFields>()
    /// By thread, those who joined it, each with the thread member object without `id` and `user_id`.
    package var threadMembers: [Snowflake: Table<JSONFields>] = [:]
    package var members = Table<Member>()
    /// By user, without `guild_id` and `member`.
    package var voice = Table<JSONFields>()
    /// By user, without `guild_id`; who is offline has none.
    package var presences = Table<JSONFields>()
    package var messages = MessageLog()
    /// Who is banned, with the reason.
    package var bans = Table<String?>()
    /// The bot may do everything here: a guild of the control API that did not name it among its members.
    package var trustsBot = false

    /// Whom half of all changes of permissions concern, so that a test can look through their eyes: the first eight
    /// by id when the guild was made, without the owner and bots. They stay who they are, also while they are away.
    package var watched: [Snowflake] = []

    /// What the community picks from: kept beside the channels so that no event parses them all.
    package private(set) var textChannels: [Snowflake] = []
    package private(set) var voiceChannels: [Snowflake] = []
    /// Channels and threads by id, and roles' permissions, parsed.
    package private(set) var access: [Snowflake: ChannelAccess] = [:]
    package private(set) var granted: [Snowflake: Permissions] = [:]

    package init(id: Snowflake, fields: JSONFields, bot: JSONFields, botID: Snowflake) {
        self.id = id
        self.bot = bot
        self.botID = botID
        self.fields = fields
    }

    package var name: String { fields.string("name") ?? "" }

    package mutating func setChannel(_ id: Snowflake, _ channel: JSONFields?) {
        channels[id] = channel
        access[id] = channel.map { ChannelAccess($0) }
        textChannels = channels.ids.filter { access[$0]?.type == 0 }
        voiceChannels = channels.ids.filter { access[$0]?.type == 2 }
    }

    package mutating func setThread(_ id: Snowflake, _ thread: JSONFields?) {
        threads[id] = thread
        access[id] = thread.map { ChannelAccess($0) }
    }

    package mutating func setRole(_ id: Snowflake, _ role: JSONFields?) {
        roles[id] = role
        granted[id] = role.map { Permissions(text: $0.string("permissions")) }
    }

    /// Chooses whom the changes of permissions concern most.
    package mutating func chooseWatched() {
        let owner = ownerID
        let people = members.values.filter { $0.id != owner && !$0.isBot }.map(\.id)
        watched = Array(people.sorted().prefix(8))
    }

    package func owns(channel: Snowflake) -> Bool { channels.contains(channel) || threads.contains(channel) }

    package func channel(of user: Snowflake) -> Snowflake? { voice[user]?.snowflake("channel_id") }

    package func status(of user: Snowflake) -> String { presences[user]?.string("status") ?? "offline" }
}

/// The last messages of a guild, oldest first; the oldest give way.
package struct MessageLog: Sendable {
    package struct Entry: Sendable {
        package let id: Snowflake
        package let channel: Snowflake
        package let author: Snowflake
        package var fields: JSONFields
        package var reactions: [Reaction] = []
    }

    /// At most 20 emoji on a message, of 1,000 users each.
    package struct Reaction: Sendable {
        /// The emoji's name, or `name:id`.
        package let key: String
        package let emoji: [UInt8]
        package var users: [Snowflake]
    }

    package private(set) var entries: [Entry] = []
    private let limit = 400

    package mutating func append(_ entry: Entry) {
        entries.append(entry)
        if entries.count > limit { entries.removeFirst(limit / 4) }
    }

    package func find(_ id: Snowflake) -> Entry? { entries.last { $0.id == id } }

    package mutating func update(_ id: Snowflake, _ fields: JSONFields) {
        guard let index = entries.lastIndex(where: { $0.id == id }) else { return }
        entries[index].fields = fields
    }

    package mutating func react(_ id: Snowflake, _ emoji: JSONValue, _ user: Snowflake, adds: Bool) {
        guard let index = entries.lastIndex(where: { $0.id == id }) else { return }
        let key = Self.key(emoji)
        guard let place = entries[index].reactions.firstIndex(where: { $0.key == key }) else {
            guard adds, entries[index].reactions.count < 20 else { return }
            return entries[index].reactions.append(Reaction(key: key, emoji: Array(emoji.raw), users: [user]))
        }
        entries[index].reactions[place].users.removeAll { $0 == user }
        if adds, entries[index].reactions[place].users.count < 1000 {
            entries[index].reactions[place].users.append(user)
        }
        entries[index].reactions.removeAll { $0.users.isEmpty }
    }

    /// Nil: all of them.
    package mutating func clearReactions(_ id: Snowflake, _ emoji: JSONValue?) {
        guard let index = entries.lastIndex(where: { $0.id == id }) else { return }
        let key = emoji.map(Self.key)
        entries[index].reactions.removeAll { key == nil || $0.key == key }
    }

    private static func key(_ emoji: JSONValue) -> String {
        let name = emoji["name"]?.string ?? ""
        return emoji["id"]?.snowflake.map { "\(name):\($0)" } ?? name
    }

    package mutating func remove(_ id: Snowflake) { entries.removeAll { $0.id == id } }
    package mutating func remove(channel: Snowflake) { entries.removeAll { $0.channel == channel } }
}
