package import Base
package import EventModels

/// What a replica holds of one shard: its guilds as the log tells, what changed in them that sights depend on, the latest
/// events, and how far it has come. Pure: events in, deliverable events out.
package struct ShardView: Sendable {
    package let shard: ShardName
    /// The last event taken from the log; zero before the first.
    package private(set) var position = EventID(epoch: 0, number: 0)
    /// The shard's time: the latest `ts` of its events, in Unix milliseconds.
    package private(set) var time: Int64 = 0
    package private(set) var states = GuildStates()
    package private(set) var recent = RecentEvents()
    private var histories: [Snowflake: SightHistory] = [:]
    /// Where a guild was last removed: who saw it does not go on across the place.
    package private(set) var lastRemoval: EventID?
    /// The guilds as they were a while ago, in two generations.
    private var anchors: [Snowflake: Anchors] = [:]
    private var sinceAnchors = 0
    /// Bytes that the log has grown by since the view began; each event counts for as much as a small one does for the anchors.
    package private(set) var taken = 0
    /// The last event that said something of what is held of a guild; none where that is its snapshot.
    private var changes: [Snowflake: EventID] = [:]
    /// Snapshots that are ahead of what the log has told so far: they count once it has reached their id.
    private var snapshots: [Snowflake: EventID] = [:]

    /// A guild as of an event.
    package struct Anchor: Sendable {
        package let id: EventID
        package let state: GuildState
    }

    private struct Anchors {
        var older: Anchor
        var newer: Anchor
    }

    /// Bytes of events between two generations of anchors. Between one and two generations are always held as recent
    /// events, so that who starts from the older ones serves what others do.
    package static let anchorBytes = RecentEvents.bytesMax / 4
    /// Small events count for more than their bytes: as many as are held are a whole.
    private static let bytesMin = RecentEvents.bytesMax / RecentEvents.countMax

    package init(shard: ShardName) { self.shard = shard }

    /// Takes a guild's snapshot. Call before the first event.
    package mutating func load(_ state: GuildState, at id: EventID) {
        states[state.id] = state
        snapshots[state.id] = id
        histories[state.id] = SightHistory(floor: id)
        let anchor = Anchor(id: id, state: state)
        anchors[state.id] = Anchors(older: anchor, newer: anchor)
    }

    /// The guild as of a place further back, from which on everything is known.
    package func anchor(of guild: Snowflake) -> Anchor? { anchors[guild]?.older }

    package func lastChange(of guild: Snowflake) -> EventID? { changes[guild] }

    private mutating func age(by bytes: Int) {
        sinceAnchors += bytes
        guard sinceAnchors >= Self.anchorBytes else { return }
        sinceAnchors = 0
        for guild in readyGuilds {
            guard let state = states[guild], let held = anchors[guild] else { continue }
            anchors[guild] = Anchors(older: held.newer, newer: Anchor(id: position, state: state))
        }
    }

    /// Begins behind `id`, which is in the log. Call before the first event.
    package mutating func begin(after id: EventID) {
        position = id
        recent.startAfter(id)
    }

    /// Says that the log may have held events before its first one, which was just taken: they were trimmed.
    package mutating func firstOfLogTaken() { recent.startAfter(position) }

    /// Nil for a guild that is not held as of `position`.
    package func readyState(of guild: Snowflake) -> GuildState? { isReady(guild) ? states[guild] : nil }

    /// Guilds whose state is as of `position`, sorted.
    package var readyGuilds: [Snowflake] { states.ids.filter { isReady($0) } }

    package func isReady(_ guild: Snowflake) -> Bool {
        guard states[guild] != nil else { return false }
        return snapshots[guild].map { $0 <= position } ?? true
    }

    // MARK: Another number of shards

    /// Lost its last guild to another shard; until a guild comes again.
    package private(set) var isRetired = false

    /// The session of the latest that is known of a guild; nil where it is not held.
    package func epoch(of guild: Snowflake) -> UInt64? {
        states.holds(guild) ? max(position, snapshots[guild] ?? position).epoch : nil
    }

    /// The guild is another shard's now.
    package mutating func release(_ guild: Snowflake) {
        states[guild] = nil
        snapshots[guild] = nil
        histories[guild] = nil
        anchors[guild] = nil
        changes[guild] = nil
        isRetired = states.ids.isEmpty
    }

    /// What changed in the guild; of one that is not held, nothing is known of before now.
    package func history(of guild: Snowflake) -> SightHistory {
        histories[guild] ?? SightHistory(floor: position)
    }

    /// Passes an event of a guild that is another shard's: nobody is shown it, and nothing changes by it.
    package mutating func pass(_ event: StreamEvent) -> DeliverableEvent {
        position = event.id
        taken += max(event.envelope.count, Self.bytesMin)
        time = max(time, event.ts)
        let deliverable = DeliverableEvent(DeliverableEvent(event), showing: .nobody)
        recent.append(deliverable)
        return deliverable
    }

    /// An event that was taken, with what it may have changed in sights.
    package struct Taken: Sendable {
        package let deliverable: DeliverableEvent
        package let effect: SightEffect
        /// The guild before and after it; both nil where `effect` is nothing.
        package let before: GuildState?
        package let after: GuildState?
    }

    /// Takes the next event of the log.
    package mutating func take(_ event: StreamEvent) -> Taken {
        precondition(position < event.id, "a log ascends; its tail passes each event once")
        position = event.id
        taken += max(event.envelope.count, Self.bytesMin)
        time = max(time, event.ts)
        let mayChange = event.kind?.mayChangeGuild ?? false
        let before = mayChange ? states[event.guild] : nil
        // What the snapshot already knows is not applied again.
        let isNews = snapshots[event.guild].map { $0 < event.id } ?? true
        if isNews {
            states.apply(event)
            if event.kind?.changesGuild ?? false { changes[event.guild] = event.id }
        }
        let after = mayChange ? states[event.guild] : nil
        if after != nil { isRetired = false }
        let effect = isNews ? SightEffect(event, before: before, after: after) : .nothing
        forgetAcross(event)
        if effect != .nothing { record(event, effect, before, after) }
        let deliverable = DeliverableEvent(event)
        recent.append(deliverable)
        if before == nil, let after, isNews {
            let anchor = Anchor(id: event.id, state: after)
            anchors[event.guild] = Anchors(older: anchor, newer: anchor)
        } else if event.kind == .guildRemoved {
            anchors[event.guild] = nil
            changes[event.guild] = nil
        }
        age(by: max(deliverable.bytes, Self.bytesMin))
        return Taken(
            deliverable: deliverable,
            effect: effect,
            before: effect == .nothing ? nil : mayChange ? before : states[event.guild],
            after: effect == .nothing ? nil : mayChange ? after : states[event.guild]
        )
    }

    /// A member turned out to be other than the log had told.
    package mutating func noteSurprise(_ user: Snowflake, in guild: Snowflake) {
        histories[guild]?.appendSurprise(user, at: position, ts: time)
    }

    /// Where events are missing nobody can tell what changed: who comes back from before starts over.
    private mutating func forgetAcross(_ event: StreamEvent) {
        switch event.kind {
        case .logGap: for guild in histories.keys { histories[guild]?.forget(upTo: event.id) }
        case .eventQuarantined: histories[event.guild]?.forget(upTo: event.id)
        default: break
        }
    }

    private mutating func record(
        _ event: StreamEvent,
        _ effect: SightEffect,
        _ before: GuildState?,
        _ after: GuildState?
    ) {
        if event.kind == .guildRemoved {
            histories[event.guild] = nil
            lastRemoval = event.id
        } else {
            histories[event.guild, default: SightHistory(floor: event.id)]
                .append(event, effect, before: before, after: after)
            histories[event.guild]?.forget(upTo: recent.floor)
        }
    }
}
