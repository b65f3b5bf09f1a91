package import Base
internal import JSON

/// What replicas hold of a guild. It changes by events only, in the gateway as in every replica: a snapshot and the
/// events behind it give the same state everywhere.
package struct GuildState: Sendable, Equatable {
    package let id: Snowflake
    package var name: String
    /// Full URL, or nil.
    package var icon: String?
    package var ownerID: Snowflake?
    /// Discord has an outage; what is held is the last that was known.
    package var isUnavailable = false
    package var members = 0
    package var online = 0
    package var roles: [Snowflake: Role] = [:]
    package var channels: [Snowflake: Channel] = [:]
    /// By channel, each list sorted by id; may stand here just before its channel.
    package var overwrites: [Snowflake: [Overwrite]] = [:]
    /// User ids by private thread (type 12), as far as Discord told them; never an empty set. May stand here just before
    /// its thread.
    package var threadMembers: [Snowflake: Set<Snowflake>] = [:]
    /// By user.
    package var voice: [Snowflake: VoiceState] = [:]
    /// Oldest first.
    package var messages: [RecentMessage] = []

    /// Messages that a guild keeps for its snapshot; the oldest goes first.
    package static let messagesMax = 50

    package init(id: Snowflake, name: String = "", icon: String? = nil, ownerID: Snowflake? = nil) {
        self.id = id
        self.name = name
        self.icon = icon
        self.ownerID = ownerID
    }

    /// Takes what the event says. Events that change nothing here, of other guilds or of unknown kinds are passed over.
    package mutating func apply(_ event: StreamEvent) {
        guard event.guild == id, let kind = event.kind else { return }
        switch kind {
        case .guildRemoved:
            return
        case .guildUnavailable:
            isUnavailable = true
        case .guildSynced:
            if let payload = event.payload, let state = GuildState(payload), state.id == id { self = state }
        default:
            guard kind.changesGuild, let payload = event.payload else { return }
            apply(kind, payload, ts: event.ts)
        }
    }

    fileprivate mutating func take(_ message: RecentMessage) {
        messages.append(message)
        if messages.count > Self.messagesMax { messages.removeFirst(messages.count - Self.messagesMax) }
    }

    private mutating func apply(_ kind: EventKind, _ payload: JSONValue, ts: Int64) {
        switch kind {
        case .voiceJoined, .voiceMoved, .voiceUpdated:
            if let state = VoiceState(payload: payload) { voice[state.user.id] = state }
        case .voiceLeft:
            if let user = payload["userId"]?.snowflake { voice[user] = nil }
        case .messageCreated:
            if let message = RecentMessage(payload: payload, ts: ts) { take(message) }
        case .messageUpdated:
            guard let index = messageIndex(payload) else { return }
            messages[index].edit(payload)
        case .messageDeleted:
            if let index = messageIndex(payload) { messages.remove(at: index) }
        case .channelDeleted:
            if let channel = payload["channelId"]?.snowflake { removeChannel(channel) }
        case .channelCreated, .channelUpdated:
            if let channel = Channel(payload: payload) { channels[channel.id] = channel }
        case .channelPermissions:
            guard let channel = payload["channelId"]?.snowflake else { return }
            overwrites[channel] = Overwrite.list(payload["overwrites"])
        case .threadMembers:
            guard let thread = payload["threadId"]?.snowflake else { return }
            let members = threadMembers[thread, default: []].union(payload.snowflakes("added"))
                .subtracting(payload.snowflakes("removed"))
            threadMembers[thread] = members.isEmpty ? nil : members
        case .roleCreated, .roleUpdated:
            if let role = Role(payload: payload) { roles[role.id] = role }
        case .roleDeleted:
            if let role = payload["roleId"]?.snowflake { roles[role] = nil }
        case .guildUpdated:
            name = payload["name"]?.string ?? name
            icon = payload["icon"]?.string
            ownerID = payload["ownerId"]?.snowflake
        case .memberUpdated:
            guard let user = UserCard(payload: payload) else { return }
            voice[user.id]?.user = user
        case .presenceUpdated, .memberJoined, .memberLeft:
            if kind == .memberLeft, let user = payload["userId"]?.snowflake { leaveThreads(user) }
            members = payload["members"]?.int ?? members
            online = payload["online"]?.int ?? online
        default: return
        }
    }

    private func messageIndex(_ payload: JSONValue) -> Int? {
        guard let id = payload["messageId"]?.snowflake else { return nil }
        return messages.lastIndex { $0.id == id }
    }

    private mutating func leaveThreads(_ user: Snowflake) {
        for (thread, members) in threadMembers where members.contains(user) {
            threadMembers[thread] = members.count == 1 ? nil : members.subtracting([user])
        }
    }

    private mutating func removeChannel(_ channel: Snowflake) {
        channels[channel] = nil
        overwrites[channel] = nil
        threadMembers[channel] = nil
        messages.removeAll { $0.channelID == channel }
    }
}

/// All guilds of one or more shards, as their events tell.
package struct GuildStates: Sendable, Equatable {
    /// Where in `states` each is. There one is looked at and changed where it lies; a Dictionary of them would copy it for each look,
    /// and take it out for each change.
    private var places: [Snowflake: Int] = [:]
    /// In no order.
    private var states: [GuildState] = []

    package init() {}

    package subscript(guild: Snowflake) -> GuildState? {
        get { places[guild].map { states[$0] } }
        set {
            if let newValue { put(newValue, at: guild) } else { remove(guild) }
        }
    }

    private mutating func put(_ state: GuildState, at guild: Snowflake) {
        if let place = places[guild] {
            states[place] = state
        } else {
            places[guild] = states.count
            states.append(state)
        }
    }

    /// The last takes its place.
    private mutating func remove(_ guild: Snowflake) {
        guard let place = places.removeValue(forKey: guild) else { return }
        let last = states.removeLast()
        guard place < states.count else { return }
        states[place] = last
        if let moved = places.first(where: { $0.value == states.count }) { places[moved.key] = place }
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.count == right.count
            && left.places.allSatisfy { guild, place in
                right.places[guild].map { right.states[$0] == left.states[place] } ?? false
            }
    }

    /// Sorted by id.
    package var ids: [Snowflake] { places.keys.sorted() }
    package var count: Int { states.count }

    /// Whether the guild is held; does not copy it, as a look at it does.
    package func holds(_ guild: Snowflake) -> Bool { places[guild] != nil }

    package func channelName(_ channel: Snowflake, of guild: Snowflake) -> String? {
        places[guild].flatMap { states[$0].channels[channel]?.name }
    }

    /// What `apply` makes of the event, for who has made it and need not read it again: its payload says `online`.
    package mutating func applyPresence(online: Int, of guild: Snowflake) {
        if let place = places[guild] { states[place].online = online }
    }

    package func voice(of user: Snowflake, in guild: Snowflake) -> VoiceState? {
        places[guild].flatMap { states[$0].voice[user] }
    }

    /// The same of an event of voice, behind which the person is in this state; nil: in none.
    package mutating func applyVoice(_ state: VoiceState?, of user: Snowflake, in guild: Snowflake) {
        if let place = places[guild] { states[place].voice[user] = state }
    }

    /// The same of a `message.created`, whose payload is of this message.
    package mutating func applyMessage(_ event: StreamEvent, message: Snowflake, channel: Snowflake) {
        guard let place = places[event.guild] else { return }
        let made = RecentMessage(
            id: message,
            channelID: channel,
            ts: event.ts,
            payload: Array(event.payloadBytes)
        )
        states[place].take(made)
    }

    package mutating func apply(_ event: StreamEvent) {
        switch event.kind {
        case .guildSynced:
            guard let payload = event.payload, let state = GuildState(payload), state.id == event.guild else {
                return
            }
            put(state, at: event.guild)
        case .guildRemoved:
            remove(event.guild)
        case .logGap, nil:
            return
        default:
            if let place = places[event.guild] { states[place].apply(event) }
        }
    }
}
