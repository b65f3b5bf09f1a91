package import Base

/// Entries that wait to be written: bounded, equal refusals folded.
package struct AuditQueue: Sendable {
    package static let entriesMax = 1000

    private var entries: [AuditEntry] = []
    private var places: [String: Int] = [:]
    /// Requests whose entries found no place since they were last asked for.
    private var dropped = 0

    package init() {}

    package var count: Int { entries.count }

    /// False: there was no place for it.
    @discardableResult package mutating func add(_ entry: AuditEntry) -> Bool {
        let fold = entry.fold
        if let fold, let place = places[fold] {
            entries[place].count += entry.count
            return true
        }
        guard entries.count < Self.entriesMax else {
            dropped += entry.count
            return false
        }
        if let fold { places[fold] = entries.count }
        entries.append(entry)
        return true
    }

    /// All that waits. A guild that nobody here knows is left out of its entry: who asks for made-up ones writes one row.
    package mutating func take(held: Set<Snowflake>) -> [AuditEntry] {
        var folded = AuditQueue()
        for var entry in entries {
            if entry.outcome == .refused, let guild = entry.guild, !held.contains(guild) { entry.guild = nil }
            folded.add(entry)
        }
        (entries, places) = ([], [:])
        return folded.entries
    }

    /// How many were dropped since the last time.
    package mutating func takeDropped() -> Int {
        defer { dropped = 0 }
        return dropped
    }
}
