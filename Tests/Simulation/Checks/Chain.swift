import Base
import EventModels
import Web

/// One shard's events as they were first appended: the truth that everything else is held against. It never goes back,
/// whatever Redis forgets.
struct Chain {
    struct Entry {
        let event: StreamEvent
        /// As a viewer would see it, by a straight run without any fault.
        let deliverable: DeliverableEvent
        /// All guilds behind it.
        let states: GuildStates
    }

    let shard: ShardName
    private(set) var entries: [Entry] = []
    private var view: ShardView
    /// Where a `log.gap` says that something may be missing in front of it.
    private(set) var gaps: [EventID] = []

    init(shard: ShardName) {
        self.shard = shard
        view = ShardView(shard: shard)
    }

    var top: EventID? { entries.last?.event.id }

    mutating func append(_ event: StreamEvent) {
        let deliverable = view.take(event)
        entries.append(Entry(event: event, deliverable: deliverable, states: view.states))
        if event.kind == .logGap { gaps.append(event.id) }
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

    /// A gap stands behind `first`, up to `last`.
    func hasGap(behind first: EventID, through last: EventID) -> Bool {
        gaps.contains { first < $0 && $0 <= last }
    }
}
