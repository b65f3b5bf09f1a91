package import Base
package import EventModels

/// What a replica holds of one shard: its guilds as the log tells, the latest events as they are delivered, and how
/// far it has come. Pure: events in, deliverable events out.
package struct ShardView: Sendable {
    package let shard: ShardName
    /// The last event taken from the log; zero before the first.
    package private(set) var position = EventID(epoch: 0, number: 0)
    package private(set) var states = GuildStates()
    package private(set) var recent = RecentEvents()
    private var sights: [Snowflake: EveryoneSight] = [:]
    /// Snapshots that are ahead of what the log has told so far: they count once it has reached their id.
    private var snapshots: [Snowflake: EventID] = [:]

    package init(shard: ShardName) { self.shard = shard }

    /// Takes a guild's snapshot. Call before the first event.
    package mutating func load(_ state: GuildState, at id: EventID) {
        states[state.id] = state
        sights[state.id] = EveryoneSight(of: state)
        snapshots[state.id] = id
    }

    /// Begins behind `id`, which is in the log. Call before the first event.
    package mutating func begin(after id: EventID) {
        position = id
        recent.startAfter(id)
    }

    /// Says that the log may have held events before its first one, which was just taken: they were trimmed.
    package mutating func firstOfLogTaken() { recent.startAfter(position) }

    /// Guilds whose state is as of `position`, sorted.
    package var readyGuilds: [Snowflake] { states.ids.filter { isReady($0) } }

    package func isReady(_ guild: Snowflake) -> Bool {
        guard states[guild] != nil else { return false }
        return snapshots[guild].map { $0 <= position } ?? true
    }

    package func sight(of guild: Snowflake) -> EveryoneSight { sights[guild] ?? .nothing }

    /// Takes the next event of the log.
    package mutating func take(_ event: StreamEvent) -> DeliverableEvent {
        precondition(position < event.id, "a log ascends; its tail passes each event once")
        position = event.id
        let before = sight(of: event.guild)
        let isNews = snapshots[event.guild].map { $0 < event.id } ?? true
        var changed = false
        if isNews { changed = apply(event) }
        let (envelope, channels) = Delivery.of(event, before: before, after: sight(of: event.guild))
        let deliverable = DeliverableEvent(
            id: event.id,
            guild: event.guild,
            name: event.kind == .voiceMoved ? shownName(envelope) ?? event.name : event.name,
            channels: channels,
            envelope: envelope,
            resetsGuild: changed,
            ts: event.ts
        )
        recent.append(deliverable)
        return deliverable
    }

    /// A move may be shown under another name.
    private func shownName(_ envelope: [UInt8]?) -> String? {
        guard let envelope else { return nil }
        do throws(EnvelopeError) { return try StreamEvent(parsing: envelope).name } catch { return nil }
    }

    /// Folds the event in; true when viewers of the guild have to start over.
    private mutating func apply(_ event: StreamEvent) -> Bool {
        guard let kind = event.kind, kind.changesSight else {
            states.apply(event)
            return false
        }
        let (oldState, oldSight) = (states[event.guild], sight(of: event.guild))
        states.apply(event)
        guard let state = states[event.guild] else {
            sights[event.guild] = nil
            return oldState != nil
        }
        let newSight = EveryoneSight(of: state)
        sights[event.guild] = newSight
        guard let oldState else { return true }
        switch kind {
        case .guildSynced, .guildUpdated:
            return view(oldState, oldSight) != view(state, newSight)
        default:
            // A channel that comes or goes is an event of its own; one that appears or vanishes is not.
            let stayed = Set(oldState.channels.keys).intersection(state.channels.keys)
            return oldSight.channels.intersection(stayed) != newSight.channels.intersection(stayed)
                || oldSight.readable.intersection(stayed) != newSight.readable.intersection(stayed)
        }
    }

    private func view(_ state: GuildState, _ sight: EveryoneSight) -> [UInt8] {
        state.encodeView(visibleChannels: sight.channels, messageChannels: sight.readable)
    }
}

/// The latest events of a shard, for viewers who come back and for groups that are new. Bounded by bytes and count:
/// a cursor before the first is answered with `reset`.
package struct RecentEvents: Sendable {
    package static let bytesMax = 32 << 20
    package static let countMax = 50_000

    private var storage: [DeliverableEvent] = []
    private var head = 0
    private var bytes = 0
    /// What a viewer must have seen at least to go on with the first event held.
    package private(set) var floor = EventID(epoch: 0, number: 0)

    package init() {}

    package var events: ArraySlice<DeliverableEvent> { storage[head...] }

    mutating func append(_ event: DeliverableEvent) {
        storage.append(event)
        bytes += event.bytes
        while bytes > Self.bytesMax || storage.count - head > Self.countMax {
            bytes -= storage[head].bytes
            floor = storage[head].id
            head += 1
        }
        if head > 4096, head > storage.count / 2 {
            storage.removeSubrange(0..<head)
            head = 0
        }
    }

    /// What came up to `id` is not held.
    mutating func startAfter(_ id: EventID) {
        storage = []
        head = 0
        bytes = 0
        floor = id
    }
}
