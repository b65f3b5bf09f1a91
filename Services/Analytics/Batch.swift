package import EventBus
package import EventModels

/// What a page of a log comes to: rows, entries that cannot be rows, and how far it reaches.
package struct Batch: Sendable, Equatable {
    package let shard: ShardName
    /// The position that the page was read behind; nil: the log's start.
    package let previous: EventID?
    /// The position once the batch is stored.
    package let last: EventID
    package private(set) var rows: [EventRow] = []
    package private(set) var deadLetters: [DeadLetter] = []
    /// Events of kinds that are not kept.
    package private(set) var skipped = 0
    /// When the last event was made, in Unix milliseconds; 0 where no entry was an event.
    package private(set) var lastMade: Int64 = 0

    /// Nil for a page without entries.
    package init?(_ page: LogPage, shard: ShardName, after previous: EventID?, storesContent: Bool) {
        guard let last = page.entries.last?.id else { return nil }
        self.shard = shard
        self.previous = previous
        self.last = last
        for entry in page.entries { take(entry, storesContent) }
    }

    private mutating func take(_ entry: LogEntry, _ storesContent: Bool) {
        guard let event = entry.event else {
            let envelope = storesContent ? entry.envelope : nil
            deadLetters.append(
                DeadLetter(id: entry.id, name: nil, reason: "the entry is no event", envelope: envelope)
            )
            return
        }
        lastMade = event.ts
        do throws(RowProblem) {
            guard let row = try EventRow(event, shard: shard, storesContent: storesContent) else {
                skipped += 1
                return
            }
            rows.append(row)
        } catch {
            let mayHoldContent = event.name.hasPrefix("message.")
            deadLetters.append(
                DeadLetter(
                    id: event.id,
                    name: event.name,
                    reason: error.reason,
                    envelope: mayHoldContent && !storesContent ? nil : event.envelope
                )
            )
        }
    }
}

/// An entry that is not stored as what it is, and why.
package struct DeadLetter: Sendable, Equatable {
    package let id: EventID
    package let name: String?
    package let reason: String
    package let envelope: [UInt8]?
}
