package import Base
package import DiscordProtocol
package import EventModels
internal import JSON

/// Turns dispatches into events: a pure function of state, dispatch, epoch and time stamp.
///
/// Nothing here depends on a clock, on chance or on the order of a Dictionary: the same dispatch on the same state gives
/// the same events under the same ids. What Discord repeats without a change gives none. The state that replicas hold is
/// changed only through the events themselves. Order within a dispatch: specs/events.md.
package struct Fold: Sendable {
    let cdn: CDN
    /// Guilds that count; nil: all.
    let guildFilter: Set<Snowflake>?

    package init(cdn: CDN, guildFilter: Set<Snowflake>?) {
        self.cdn = cdn
        self.guildFilter = guildFilter
    }

    /// The dispatch's events, in the order of their ids; often none.
    package func apply(_ dispatch: Dispatch, epoch: UInt64, ts: Int64, to state: inout ShardState)
        -> [StreamEvent]
    {
        var step = FoldStep(cdn: cdn, epoch: epoch, sequence: dispatch.sequence, ts: ts)
        // Swapped, not copied: two holders would make each change copy a Dictionary of members.
        swap(&step.state, &state)
        let data = dispatch.data
        if dispatch.name == "READY" {
            step.ready(data)
        } else if takes(dispatch), let kind = DispatchKind(rawValue: dispatch.name),
            let guild = Self.guild(of: kind, data)
        {
            step.apply(kind, guild, data)
        }
        swap(&step.state, &state)
        return step.events
    }

    /// Whether the dispatch can change anything; others need not be kept.
    package func takes(_ dispatch: Dispatch) -> Bool {
        if dispatch.name == "READY" { return true }
        guard let kind = DispatchKind(rawValue: dispatch.name),
            let guild = Self.guild(of: kind, dispatch.data)
        else { return false }
        return guildFilter?.contains(guild) ?? true
    }

    private static func guild(of kind: DispatchKind, _ data: JSONValue) -> Snowflake? {
        switch kind {
        case .guildCreate, .guildUpdate, .guildDelete: data["id"]?.snowflake
        default: data["guild_id"]?.snowflake
        }
    }

    /// The whole state of every guild as events behind the last dispatch, for a log that has lost what came before.
    /// Their ordinals are a worker's; none once those are used up, which takes half a million.
    package func resync(epoch: UInt64, sequence: UInt64, ts: Int64, state: inout ShardState) -> [StreamEvent]
    {
        if state.added.sequence != sequence { state.added = (sequence, 0) }
        var events: [StreamEvent] = []
        for guild in state.guilds.ids {
            let ordinal = EventID.ordinalOfWorkers + state.added.count
            guard ordinal < EventID.ordinalOfGap, let held = state.guilds[guild] else { break }
            state.added.count += 1
            let id = EventID(epoch: epoch, sequence: sequence, ordinal: ordinal)
            events.append(
                StreamEvent(id: id, kind: .guildSynced, guild: guild, ts: ts, payload: held.encoded())
            )
            state.last = id
        }
        return events
    }
}

/// The dispatches that make events.
package enum DispatchKind: String, CaseIterable {
    case guildCreate = "GUILD_CREATE"
    case guildUpdate = "GUILD_UPDATE"
    case guildDelete = "GUILD_DELETE"
    case roleCreate = "GUILD_ROLE_CREATE"
    case roleUpdate = "GUILD_ROLE_UPDATE"
    case roleDelete = "GUILD_ROLE_DELETE"
    case channelCreate = "CHANNEL_CREATE"
    case channelUpdate = "CHANNEL_UPDATE"
    case channelDelete = "CHANNEL_DELETE"
    case threadCreate = "THREAD_CREATE"
    case threadUpdate = "THREAD_UPDATE"
    case threadDelete = "THREAD_DELETE"
    case threadListSync = "THREAD_LIST_SYNC"
    case threadMemberUpdate = "THREAD_MEMBER_UPDATE"
    case threadMembersUpdate = "THREAD_MEMBERS_UPDATE"
    case memberAdd = "GUILD_MEMBER_ADD"
    case memberUpdate = "GUILD_MEMBER_UPDATE"
    case memberRemove = "GUILD_MEMBER_REMOVE"
    case membersChunk = "GUILD_MEMBERS_CHUNK"
    case presenceUpdate = "PRESENCE_UPDATE"
    case voiceStateUpdate = "VOICE_STATE_UPDATE"
    case messageCreate = "MESSAGE_CREATE"
    case messageUpdate = "MESSAGE_UPDATE"
    case messageDelete = "MESSAGE_DELETE"
    case messageDeleteBulk = "MESSAGE_DELETE_BULK"
    case reactionAdd = "MESSAGE_REACTION_ADD"
    case reactionRemove = "MESSAGE_REACTION_REMOVE"
    case reactionRemoveAll = "MESSAGE_REACTION_REMOVE_ALL"
    case reactionRemoveEmoji = "MESSAGE_REACTION_REMOVE_EMOJI"
}

/// One dispatch on its way through the fold.
struct FoldStep {
    var state = ShardState()
    let cdn: CDN
    let epoch: UInt64
    let sequence: UInt64
    let ts: Int64
    private(set) var events: [StreamEvent] = []
    /// What is emitted was found by comparing states: it happened at some time before.
    var isSynthetic = false

    init(cdn: CDN, epoch: UInt64, sequence: UInt64, ts: Int64) {
        self.cdn = cdn
        self.epoch = epoch
        self.sequence = sequence
        self.ts = ts
    }

    mutating func apply(_ kind: DispatchKind, _ guild: Snowflake, _ data: JSONValue) {
        switch kind {
        case .guildCreate: guildCreate(guild, data)
        case .guildUpdate: guildUpdate(guild, data)
        case .guildDelete: guildDelete(guild, data)
        case .roleCreate, .roleUpdate: roleChanged(guild, data)
        case .roleDelete: roleDelete(guild, data)
        case .channelCreate, .channelUpdate: channelChanged(guild, data)
        case .threadCreate, .threadUpdate: threadChanged(guild, data)
        case .channelDelete, .threadDelete: channelDelete(guild, data)
        case .threadListSync: threadListSync(guild, data)
        case .threadMemberUpdate: threadMemberUpdate(guild, data)
        case .threadMembersUpdate: threadMembersUpdate(guild, data)
        case .memberAdd: memberAdd(guild, data)
        case .memberUpdate: memberUpdate(guild, data)
        case .memberRemove: memberRemove(guild, data)
        case .membersChunk: membersChunk(guild, data)
        case .presenceUpdate: presenceUpdate(guild, data)
        case .voiceStateUpdate: voiceStateUpdate(guild, data)
        case .messageCreate: messageCreate(guild, data)
        case .messageUpdate: messageUpdate(guild, data)
        case .messageDelete: messageDelete(guild, data)
        case .messageDeleteBulk: messageDeleteBulk(guild, data)
        case .reactionAdd: reaction(.reactionAdded, guild, data)
        case .reactionRemove: reaction(.reactionRemoved, guild, data)
        case .reactionRemoveAll, .reactionRemoveEmoji: reactionCleared(guild, data)
        }
    }

    /// Makes the next event and lets it change what replicas hold.
    mutating func emit(_ kind: EventKind, _ guild: Snowflake, _ fill: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        fill(&writer)
        if isSynthetic { writer.member("synthetic", true) }
        writer.endObject()
        emit(kind, guild, payload: writer.takeBytes())
    }

    mutating func emit(_ kind: EventKind, _ guild: Snowflake, payload: [UInt8]) {
        let ordinal = UInt64(events.count)
        precondition(
            ordinal < EventID.ordinalOfWorkers,
            "a dispatch of 64 MiB cannot make half a million events"
        )
        let id = EventID(epoch: epoch, sequence: sequence, ordinal: ordinal)
        let event = StreamEvent(id: id, kind: kind, guild: guild, ts: ts, payload: payload)
        events.append(event)
        state.guilds.apply(event)
        state.last = id
    }

    // MARK: What the handlers ask

    func member(_ user: Snowflake, _ guild: Snowflake) -> MemberRecord? { state.memory[guild]?.members[user] }

    mutating func remember(_ member: MemberRecord, _ guild: Snowflake) {
        state.memory[guild, default: GuildMemory()].members[member.id] = member
    }

    /// The person, as far as known; a stranger has a default avatar and a name that says so.
    func card(_ user: Snowflake, _ guild: Snowflake) -> UserCard {
        (member(user, guild) ?? MemberRecord(id: user, username: "unknown")).card(guild: guild, cdn: cdn)
    }

    func channelName(_ channel: Snowflake, _ guild: Snowflake) -> String {
        state.guilds[guild]?.channels[channel]?.name ?? ""
    }

    /// Takes in a Member object that came along with another event. Roles are left alone when the member is known: their
    /// change has an event of its own. Who is not known becomes a member by it only while not all members are known.
    mutating func learn(_ member: JSONValue?, user: JSONValue?, _ guild: Snowflake) {
        guard let id = user?["id"]?.snowflake ?? member?["user"]?["id"]?.snowflake else { return }
        let held = self.member(id, guild)
        guard var record = held ?? (user ?? member?["user"]).flatMap({ MemberRecord(user: $0) }) else {
            return
        }
        if let user = user ?? member?["user"] { record.takeUser(user) }
        if let member {
            record.takeMember(member)
            if let held {
                record.roles = held.roles
                record.pending = held.pending
                record.timeoutUntil = held.timeoutUntil
            }
        }
        if held == nil {
            record.isMember = member != nil && state.memory[guild]?.hasAllMembers != true
            if record.isMember { state.memory[guild]?.series?.see(id, isNew: true) }
        }
        if record != held { remember(record, guild) }
    }
}
