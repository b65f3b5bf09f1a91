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
        // What the snapshot already knows is shown by the snapshot's sight; where sight changed in between, nobody
        // goes on across the place.
        let changed = isNews ? apply(event) : event.kind?.changesSight ?? false
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
