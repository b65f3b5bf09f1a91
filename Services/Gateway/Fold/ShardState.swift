package import Base
package import EventModels
internal import JSON

/// Everything that a shard's fold works on: what replicas hold, and what only the gateway knows.
package struct ShardState: Sendable, Equatable {
    /// Changes by its own events alone, as in every replica.
    package var guilds = GuildStates()
    package var memory: [Snowflake: GuildMemory] = [:]
    /// The id of the last event that was made.
    package var last: EventID?
    /// The bot's own user, as the session's READY named it.
    package var bot: Snowflake?
    /// The bot's application, as READY named it.
    package var application: Snowflake?
    /// Guilds that are held from an earlier session and have not come in this one yet.
    package var awaited: Set<Snowflake> = []
    /// Dispatch to which the gateway added events of its own, and how many.
    package var added: (sequence: UInt64, count: UInt64) = (0, 0)

    package var talk = TalkMemory()

    package init() {}

    /// The id of the next event that belongs to no dispatch, made behind this one; nil where they are used up, which takes
    /// half a million.
    mutating func nextAdded(_ epoch: UInt64, _ sequence: UInt64) -> EventID? {
        if added.sequence != sequence { added = (sequence, 0) }
        let ordinal = EventID.ordinalOfWorkers + added.count
        guard ordinal < EventID.ordinalOfGap else { return nil }
        added.count += 1
        let id = EventID(epoch: epoch, sequence: sequence, ordinal: ordinal)
        last = id
        return id
    }

    /// Changes what is remembered of a guild where it lies.
    mutating func changeMemory(of guild: Snowflake, _ change: (inout GuildMemory) -> Void) {
        if let place = memory.index(forKey: guild) {
            change(&memory.values[place])
        } else {
            change(&memory[guild, default: GuildMemory()])
        }
    }

    /// Whether members of the guild are not known, so that they have to be asked for.
    package func lacksMembers(of guild: Snowflake) -> Bool {
        guard let state = guilds[guild], !state.isUnavailable else { return false }
        return memory[guild]?.hasAllMembers != true
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.guilds == right.guilds && left.memory == right.memory && left.last == right.last
            && left.bot == right.bot && left.application == right.application && left.awaited == right.awaited
            && left.added == right.added && left.talk == right.talk
    }
}

/// The members and presences of a guild that were seen.
package struct GuildMemory: Sendable, Equatable {
    package var members = PackedTable<MemberRecord>()
    package var presences = PackedTable<PresenceRecord>()
    /// Whether `members` is everyone.
    package var hasAllMembers = false
    /// What members and presences have allocated.
    package var allocatedBytes: Int { members.allocatedBytes + presences.allocatedBytes }
    /// Set while the others are to come in chunks.
    package var series: MemberSeries?

    /// `next` is called behind each record, and may take what was written.
    func write<Failure: Error>(
        into writer: inout JSONWriter,
        next: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        writer.key("members")
        writer.beginArray()
        for id in members.keys.sorted() {
            members[id]?.write(into: &writer)
            try next(&writer)
        }
        writer.endArray()
        writer.key("presences")
        writer.beginArray()
        for id in presences.keys.sorted() {
            writer.beginObject()
            writer.member("id", id)
            presences[id]?.write(into: &writer)
            writer.endObject()
            try next(&writer)
        }
        writer.endArray()
        writer.member("hasAllMembers", hasAllMembers)
        writer.key("series")
        if let series { series.write(into: &writer) } else { writer.null() }
    }

    init() {}

    init(checkpoint value: JSONView) {
        if let list = value["members"]?.array {
            for element in list {
                if let member = MemberRecord(checkpoint: element) { members[member.id] = member }
            }
        }
        hasAllMembers = value["hasAllMembers"]?.bool ?? false
        series = value["series"].flatMap { MemberSeries(checkpoint: $0) }
        guard let list = value["presences"]?.array else { return }
        for element in list {
            guard let id = element["id"]?.snowflake, let presence = PresenceRecord(checkpoint: element) else {
                continue
            }
            presences[id] = presence
        }
    }
}
