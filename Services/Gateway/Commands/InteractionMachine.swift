package import Base
internal import LinkProtocol

/// Sees to it that no interaction is left without a first response: Discord takes none after three seconds. What nobody
/// has answered in two, by Discord's time of it, is deferred here. Interactions and time in, deferrals out.
package struct InteractionMachine: Sendable {
    /// From the interaction's own time; what is left of the three seconds is for the way of our request.
    package static let deferAfter = Duration.seconds(2)
    /// Discord's.
    package static let responseWithin = Duration.seconds(3)
    /// From a deferral that failed to the next try.
    static let retryAfter = Duration.milliseconds(200)

    /// What is known of an interaction's first response.
    package enum State: Sendable, Equatable {
        /// None yet.
        case open
        /// Ours is on its way.
        case deferring
        /// We have deferred it.
        case deferred
        /// A worker has answered or deferred it; or nobody knows, and it is too late for a first response.
        case responded
        /// Discord does not know it any more.
        case gone
    }

    /// What became of a deferral.
    package enum Outcome: Sendable, Equatable {
        case done
        /// It had a response already (40060).
        case already
        /// It came too late (10062).
        case gone
        case failed
    }

    private struct Entry: Sendable {
        let interaction: Interaction
        var state: State
        /// The next try; nil: none.
        var due: Duration?
        /// No try after this.
        let until: Duration
        /// Commands that have asked Discord for the first response, and may have got it.
        var asked: Int
    }

    private var entries: [Snowflake: Entry] = [:]
    private var order: [Snowflake] = []
    private var dueIDs: Set<Snowflake> = []

    package init() {}

    package func state(of id: Snowflake) -> State? { entries[id]?.state }

    /// When `tick` is due.
    package var deadline: Duration? { dueIDs.compactMap { entries[$0]?.due }.min() }

    /// It came just now, or was found at the start; `age`: by our clock, since it was made.
    package mutating func take(
        _ interaction: Interaction,
        age: Duration,
        isFound: Bool = false,
        now: Duration
    ) {
        guard entries[interaction.id] == nil else { return }
        entries[interaction.id] = Entry(
            interaction: interaction,
            state: .open,
            due: now + max(.zero, Self.deferAfter - age),
            // Our clock may be ahead of Discord's: one try is made however late it seems.
            until: now + max(.zero, Self.responseWithin - age),
            // The last process may have.
            asked: isFound ? 1 : 0
        )
        dueIDs.insert(interaction.id)
        order.append(interaction.id)
        guard order.count > InteractionTable.countMax else { return }
        let oldest = order.removeFirst()
        entries[oldest] = nil
        dueIDs.remove(oldest)
    }

    /// An order goes to Discord that may be the first response.
    mutating func asked(_ order: LinkOrder) {
        if let id = order.responseTo { entries[id]?.asked += 1 }
    }

    /// What first response there is, is that of the one command that has asked.
    func isAskedOnce(_ id: Snowflake) -> Bool {
        entries[id].map { $0.state == .open && $0.asked == 1 } ?? false
    }

    /// All that have none are due at once.
    mutating func hurry(now: Duration) {
        for id in dueIDs { entries[id]?.due = now }
    }

    /// No deferral is on its way or to be made.
    package var isSettled: Bool { dueIDs.isEmpty && !entries.values.contains { $0.state == .deferring } }

    /// A worker's response was taken.
    package mutating func responded(_ id: Snowflake) { settle(id, .responded) }

    private mutating func settle(_ id: Snowflake, _ state: State) {
        entries[id]?.state = state
        entries[id]?.due = nil
        dueIDs.remove(id)
    }

    /// Those to defer now, by id.
    package mutating func tick(now: Duration) -> [Interaction] {
        let due = dueIDs.filter { id in entries[id]?.due.map { $0 <= now } ?? false }.sorted()
        return due.compactMap { id in
            settle(id, .deferring)
            return entries[id]?.interaction
        }
    }

    package mutating func deferred(_ id: Snowflake, _ outcome: Outcome, now: Duration) {
        guard let entry = entries[id], entry.state == .deferring else { return }
        switch outcome {
        case .done: settle(id, .deferred)
        case .already: settle(id, .responded)
        case .gone: settle(id, .gone)
        case .failed where now + Self.retryAfter < entry.until:
            entries[id]?.state = .open
            entries[id]?.due = now + Self.retryAfter
            dueIDs.insert(id)
        // The last try may have come through: what follows is tried as an edit.
        case .failed: settle(id, .responded)
        }
    }
}
