import Base
import EventModels

/// One shard's events as they were first appended: the truth that everything else is held against. It never goes back,
/// whatever Redis forgets.
struct Chain {
    typealias Members = [UInt64: TrueGuild.Member]

    struct Entry {
        let event: StreamEvent
        /// All guilds behind it.
        let states: GuildStates
        /// What everybody is shown of them behind it.
        let guilds: [UInt64: TrueGuild]
        /// The latest `ts` so far.
        let time: Int64
        /// Guilds of which somebody is shown something else from here on.
        let changes: [UInt64: Set<Looker>]

        func sight(_ looker: Looker, of guild: Snowflake) -> TrueSight {
            guilds[guild.rawValue]?.sights[looker] ?? .nothing
        }
    }

    let shard: ShardName
    let lookers: [Looker]
    private(set) var entries: [Entry] = []
    private var states = GuildStates()
    private var guilds: [UInt64: TrueGuild] = [:]
    /// The latest `ts`: clocks are set back, time-outs do not begin anew.
    private var time: Int64 = 0
    /// Where a `log.gap` says that something may be missing in front of it.
    private(set) var gaps: [EventID] = []
    /// Where members of a guild had become others, and no event told it: the gateway had lost its memory, or was another
    /// one, or the log lacks something.
    private(set) var untold: [EventID] = []
    /// Guilds whose members were told anew since the last gap, with the epoch in which they were.
    private var learnt: [UInt64: UInt64] = [:]

    init(shard: ShardName, lookers: [Looker]) {
        self.shard = shard
        self.lookers = lookers
    }

    var top: EventID? { entries.last?.event.id }

    /// `members`: whom the event's guild has by the dispatch that made the event. `isFresh`: the gateway began the epoch
    /// with nothing to compare them with.
    mutating func append(_ event: StreamEvent, isFresh: Bool, members: @autoclosure () -> Members) {
        let (before, beforeStates) = (guilds, states)
        states.apply(event)
        time = max(time, event.ts)
        if event.kind == .logGap {
            gaps.append(event.id)
            learnt = [:]
        }
        take(event, isFresh, members)
        let mayChange = event.mayChangeSight || guilds.values.contains { $0.hasTimedOut }
        if mayChange { for guild in guilds.keys { guilds[guild]?.look(lookers, at: time) } }
        entries.append(
            Entry(
                event: event,
                states: states,
                guilds: guilds,
                time: time,
                changes: mayChange ? changes(from: before, beforeStates, at: event) : [:]
            )
        )
    }

    private mutating func take(_ event: StreamEvent, _ isFresh: Bool, _ members: () -> Members) {
        let guild = event.guild.rawValue
        guard let state = states[event.guild] else {
            guilds[guild] = nil
            learnt[guild] = nil
            return
        }
        if guilds[guild] == nil { guilds[guild] = TrueGuild(state, members: [:]) }
        guilds[guild]?.take(event, state)
        // Of whom nothing is known nobody tells a difference.
        guard event.kind == .guildSynced, learnt[guild] == nil || (isFresh && learnt[guild] != event.id.epoch)
        else { return }
        learnt[guild] = event.id.epoch
        let isFirst =
            guilds[guild]?.members.isEmpty == true && !entries.contains { $0.event.guild == event.guild }
        let known = members()
        if !isFirst, guilds[guild]?.members != known { untold.append(event.id) }
        guilds[guild]?.learn(known)
    }

    private func changes(
        from before: [UInt64: TrueGuild],
        _ beforeStates: GuildStates,
        at event: StreamEvent
    ) -> [UInt64: Set<Looker>] {
        var changes: [UInt64: Set<Looker>] = [:]
        for guild in Set(before.keys).union(guilds.keys) {
            let (old, new) = (before[guild], guilds[guild])
            let stayed = { (room: UInt64) in old?.rules.rooms[room] != nil && new?.rules.rooms[room] != nil }
            for looker in lookers {
                let sight = (old?.sights[looker] ?? .nothing, new?.sights[looker] ?? .nothing)
                if sight.0.changes(to: sight.1, stayed: stayed) {
                    changes[guild, default: []].insert(looker)
                } else if event.kind == .guildSynced || event.kind == .guildUpdated,
                    event.guild.rawValue == guild,
                    beforeStates[event.guild]?.shown(by: sight.0) != states[event.guild]?.shown(by: sight.1),
                    sight.1.isMember
                {
                    // What no event of its own tells is told by starting over.
                    changes[guild, default: []].insert(looker)
                }
            }
        }
        return changes
    }

    /// The first entry behind `id`.
    func index(behind id: EventID) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].event.id <= id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    subscript(id: EventID) -> Entry? {
        let index = index(behind: id) - 1
        guard index >= 0, entries[index].event.id == id else { return nil }
        return entries[index]
    }

    /// What somebody is shown of an entry.
    func showing(at index: Int, to looker: Looker, isReplayed: Bool) -> Showing {
        let entry = entries[index]
        let before = index == 0 ? .nothing : entries[index - 1].sight(looker, of: entry.event.guild)
        return Showing(
            entry.event,
            before: before,
            after: entry.sight(looker, of: entry.event.guild),
            isReplayed: isReplayed
        )
    }

    /// Whether somebody may rely on what the log told of the members, up to `id`.
    func tells(_ looker: Looker, upTo id: EventID) -> Bool {
        looker == .everyone || untold.allSatisfy { id < $0 }
    }

    /// A gap stands behind `first`, up to `last`.
    func hasGap(behind first: EventID, through last: EventID) -> Bool {
        gaps.contains { first < $0 && $0 <= last }
    }
}

extension GuildState {
    /// The view of whoever has this sight, perhaps of some channels alone.
    func shown(by sight: TrueSight, channels: Set<Snowflake> = []) -> [UInt8] {
        let view = Set(sight.view.map { Snowflake($0) })
        let history = Set(sight.history.map { Snowflake($0) })
        return encodeView(
            visibleChannels: channels.isEmpty ? view : view.intersection(channels),
            messageChannels: channels.isEmpty ? history : history.intersection(channels)
        )
    }
}
