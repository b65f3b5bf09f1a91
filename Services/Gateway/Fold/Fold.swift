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

    /// What a dispatch is to the fold, before it is folded.
    package enum Reading: Sendable, Equatable {
        case taken(Target)
        /// It can change nothing, so that it need not be kept: of another guild, of none, or of a kind that is not folded.
        case passed
        case notUnderstood(NotUnderstood)
    }

    /// Of what kind a dispatch is that is folded, and in which guild; READY is in none.
    package struct Target: Sendable, Equatable {
        package let kind: DispatchKind
        package let guild: Snowflake?
    }

    /// The dispatch's events, in the order of their ids; often none. `target`: what `read` has answered of it, where it was asked;
    /// `aside` hears of one that is not understood.
    package func apply(
        _ dispatch: Dispatch,
        as target: Target? = nil,
        epoch: UInt64,
        ts: Int64,
        to state: inout ShardState,
        aside: (NotUnderstood) -> Void = { _ in }
    ) -> [StreamEvent] {
        guard let target = target ?? read(dispatch).target else { return [] }
        var step = FoldStep(cdn: cdn, epoch: epoch, sequence: dispatch.sequence, ts: ts)
        // Swapped, not copied: two holders would make each change copy a Dictionary of members.
        swap(&step.state, &state)
        dispatch.data.visit { data in
            do throws(NotUnderstood) {
                if let guild = target.guild {
                    try step.apply(target.kind, guild, data)
                } else {
                    try step.ready(data)
                }
            } catch { aside(error) }
        }
        swap(&step.state, &state)
        return step.events
    }

    package func read(_ dispatch: Dispatch) -> Reading {
        guard let kind = DispatchKind(name: dispatch.name) else { return .passed }
        if kind == .ready { return .taken(Target(kind: kind, guild: nil)) }
        if kind == .interactionCreate { return readInteraction(dispatch.data) }
        guard kind.treatment == .folded else { return .passed }
        var reading = Reading.passed
        dispatch.data.visit { reading = readFolded(kind, $0) }
        return reading
    }

    private func readFolded(_ kind: DispatchKind, _ data: JSONView) -> Reading {
        guard data.kind == .object else { return .notUnderstood(NotUnderstood("d")) }
        let name = kind.guildPlace == .itself ? "id" : "guild_id"
        let value = kind.guildPlace == .itself ? data["id"] : data["guild_id"]
        guard let guild = value?.snowflake else {
            let isOutside = kind.guildPlace == .optional && value?.isNull != false
            return isOutside ? .passed : .notUnderstood(NotUnderstood(name))
        }
        return isOutside(guild) ? .passed : .taken(Target(kind: kind, guild: guild))
    }

    /// In a conversation with the bot alone there is no guild; its events have "0".
    private func readInteraction(_ data: JSONValue) -> Reading {
        // Nothing of one that is not understood is kept: it may hold a token.
        guard Interaction(data, received: 0) != nil else { return .passed }
        let guild = data["guild_id"]?.snowflake
        if let guild, isOutside(guild) { return .passed }
        return .taken(Target(kind: .interactionCreate, guild: guild ?? Snowflake(0)))
    }

    private func isOutside(_ guild: Snowflake) -> Bool { guildFilter?.contains(guild) == false }

    /// The whole state of every guild as events behind the last dispatch, for a log that has lost what came before.
    /// Their ordinals are a worker's; none once those are used up, which takes half a million.
    package func resync(epoch: UInt64, sequence: UInt64, ts: Int64, state: inout ShardState) -> [StreamEvent]
    {
        var events: [StreamEvent] = []
        for guild in state.guilds.ids {
            guard let held = state.guilds[guild], let id = state.nextAdded(epoch, sequence) else { break }
            events.append(
                StreamEvent(id: id, kind: .guildSynced, guild: guild, ts: ts, payload: held.encoded())
            )
        }
        return events
    }

    /// An event that a worker asked for, behind the last dispatch; nil for a guild that is not held. `payload`: an object.
    package func emit(
        _ kind: EventKind,
        _ guild: Snowflake,
        _ payload: [UInt8],
        epoch: UInt64,
        sequence: UInt64,
        ts: Int64,
        state: inout ShardState
    ) -> StreamEvent? {
        guard state.guilds[guild] != nil, let id = state.nextAdded(epoch, sequence) else { return nil }
        let event = StreamEvent(id: id, kind: kind, guild: guild, ts: ts, payload: payload)
        state.guilds.apply(event)
        return event
    }
}

extension Fold.Reading {
    package var target: Fold.Target? {
        if case .taken(let target) = self { target } else { nil }
    }
}

/// One dispatch on its way through the fold; never copied, as it holds the whole state.
struct FoldStep: ~Copyable {
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

    mutating func apply(_ kind: DispatchKind, _ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        switch kind {
        case .guildCreate: try guildCreate(guild, data)
        case .guildUpdate: guildUpdate(guild, data)
        case .guildDelete: guildDelete(guild, data)
        case .roleCreate, .roleUpdate: try roleChanged(guild, data)
        case .roleDelete: try roleDelete(guild, data)
        case .channelCreate, .channelUpdate: try channelChanged(guild, data)
        case .channelDelete, .threadDelete: try channelDelete(guild, data)
        case .threadCreate, .threadUpdate, .threadListSync, .threadMemberUpdate, .threadMembersUpdate:
            try applyThreads(kind, guild, data)
        case .memberAdd, .memberUpdate, .memberRemove, .membersChunk, .presenceUpdate:
            try applyMembers(kind, guild, data)
        case .voiceStateUpdate: try voiceStateUpdate(guild, data)
        case .voiceChannelStatusUpdate: try voiceChannelStatus(guild, data)
        case .voiceChannelStartTimeUpdate: try voiceChannelStart(guild, data)
        case .messageCreate, .messageUpdate, .messageDelete, .messageDeleteBulk, .reactionAdd,
            .reactionRemove,
            .reactionRemoveAll, .reactionRemoveEmoji, .pollVoteAdd, .pollVoteRemove, .typingStart,
            .channelPinsUpdate:
            try applyTalk(kind, guild, data)
        case .banAdd, .banRemove, .auditLogEntryCreate, .inviteCreate, .inviteDelete,
            .autoModerationRuleCreate,
            .autoModerationRuleUpdate, .autoModerationRuleDelete, .autoModerationExecution:
            try applyModeration(kind, guild, data)
        case .scheduledEventCreate, .scheduledEventUpdate, .scheduledEventDelete, .scheduledEventUserAdd,
            .scheduledEventUserRemove, .stageCreate, .stageUpdate, .stageDelete:
            try applyOccasions(kind, guild, data)
        case .interactionCreate: interactionCreate(guild, data)
        case .ready, .resumed, .rateLimited, .emojisUpdate, .stickersUpdate, .soundCreate,
            .soundUpdate, .soundDelete, .soundsUpdate, .sounds, .integrationsUpdate, .integrationCreate,
            .integrationUpdate, .integrationDelete, .webhooksUpdate, .channelInfo, .voiceServerUpdate,
            .voiceChannelEffectSend, .userUpdate, .commandPermissionsUpdate, .entitlementCreate,
            .entitlementUpdate, .entitlementDelete, .subscriptionCreate, .subscriptionUpdate,
            .subscriptionDelete:
            break
        }
    }

    /// Makes the next event and lets it change what replicas hold.
    mutating func emit(_ kind: EventKind, _ guild: Snowflake, _ fill: (inout JSONWriter) -> Void) {
        state.guilds.apply(append(kind, guild, fill))
    }

    /// The same for who changes by itself what replicas hold, as the event will there.
    @discardableResult
    mutating func append(_ kind: EventKind, _ guild: Snowflake, _ fill: (inout JSONWriter) -> Void)
        -> StreamEvent
    {
        let event = made(kind, guild, fill)
        keep(event)
        return event
    }

    /// The next event, which `keep` takes: so `fill` may look at the state while it writes.
    func made(_ kind: EventKind, _ guild: Snowflake, _ fill: (inout JSONWriter) -> Void) -> StreamEvent {
        StreamEvent(id: nextID, kind: kind, guild: guild, ts: ts) { writer in
            fill(&writer)
            if isSynthetic { writer.member("synthetic", true) }
        }
    }

    mutating func keep(_ event: StreamEvent) {
        events.append(event)
        state.last = event.id
    }

    mutating func emit(_ kind: EventKind, _ guild: Snowflake, payload: [UInt8]) {
        let event = StreamEvent(id: nextID, kind: kind, guild: guild, ts: ts, payload: payload)
        keep(event)
        state.guilds.apply(event)
    }

    private var nextID: EventID {
        let ordinal = UInt64(events.count)
        precondition(
            ordinal < EventID.ordinalOfWorkers,
            "a dispatch of 64 MiB cannot make half a million events"
        )
        return EventID(epoch: epoch, sequence: sequence, ordinal: ordinal)
    }

    // MARK: What the handlers ask

    func member(_ user: Snowflake, _ guild: Snowflake) -> MemberRecord? {
        // By its place: a look at the guild's memory would copy it, and count each of its references.
        state.memory.index(forKey: guild).flatMap { state.memory.values[$0].members[user] }
    }

    /// What `body` makes of who is remembered, without a copy; nil where nobody is.
    func look<Result>(at user: Snowflake, _ guild: Snowflake, _ body: (PackedMember) -> Result) -> Result? {
        guard let place = state.memory.index(forKey: guild) else { return nil }
        return state.memory.values[place].members.look(at: user) { body(PackedMember(id: user, &$0)) }
    }

    func isRemembered(_ user: Snowflake, _ guild: Snowflake) -> Bool {
        state.memory.index(forKey: guild).map { state.memory.values[$0].members.contains(user) } ?? false
    }

    mutating func remember(_ member: MemberRecord, _ guild: Snowflake) {
        state.changeMemory(of: guild) { $0.members[member.id] = member }
    }

    /// The person, as far as known; a stranger has a default avatar and a name that says so.
    func card(_ user: Snowflake, _ guild: Snowflake) -> UserCard {
        (member(user, guild) ?? MemberRecord(id: user, username: "unknown")).card(guild: guild, cdn: cdn)
    }

    /// The same, written as the members of a payload.
    func writeCard(_ user: Snowflake, _ guild: Snowflake, into writer: inout JSONWriter) {
        let isWritten: Void? = look(at: user, guild) { member in
            member.writeCard(guild: guild, cdn: cdn, into: &writer)
        }
        if isWritten == nil { card(user, guild).write(into: &writer) }
    }

    func channelName(_ channel: Snowflake, _ guild: Snowflake) -> String {
        state.guilds.channelName(channel, of: guild) ?? ""
    }

    /// The person of a User object that came along: as remembered, otherwise as the object says.
    func card(of user: JSONView, _ guild: Snowflake) -> UserCard? {
        guard let id = user["id"]?.snowflake else { return nil }
        return (member(id, guild) ?? MemberRecord(user: user))?.card(guild: guild, cdn: cdn)
    }

    /// Takes in a Member object that came along with another event. Roles are left alone when the member is known: their
    /// change has an event of its own. Who is not known becomes a member by it only while not all members are known.
    mutating func learn(_ member: JSONView?, user: JSONView?, _ guild: Snowflake) {
        guard let id = user?["id"]?.snowflake ?? member?["user"]?["id"]?.snowflake else { return }
        let teaches = look(at: id, guild) { !$0.holds(user: user ?? member?["user"], member: member) }
        guard teaches ?? true else { return }
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
