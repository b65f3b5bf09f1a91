/// A key that counts no more from a time on.
package struct KeyEnding: Sendable, Hashable {
    /// When it would have ended by itself, in Unix seconds, too.
    package let entry: RevocationList.Entry
    /// Unix milliseconds.
    package let at: Int64

    package init(entry: RevocationList.Entry, at: Int64) {
        self.entry = entry
        self.at = at
    }

    package init(_ key: KeyGrant, at: Int64) {
        self.init(entry: RevocationList.Entry(id: key.id, expires: key.expires), at: at)
    }
}

/// Keys that will have ended at a time that is still to come: rotated ones. Pure.
package struct KeyEndings: Sendable {
    /// Some 2 MB. Past it an end is found when PostgreSQL is read behind it, within `RevocationKeeper.keysInterval`.
    package static let countMax = 10_000

    /// By id, when.
    private var endings: [String: KeyEnding] = [:]
    private var next = Int64.max

    package init() {}

    package var count: Int { endings.count }

    /// The earlier end of a key counts.
    package mutating func add(_ ending: KeyEnding) {
        let held = endings[ending.entry.id]
        guard held != nil || endings.count < Self.countMax, held.map({ ending.at < $0.at }) ?? true else {
            return
        }
        endings[ending.entry.id] = ending
        next = min(next, ending.at)
    }

    /// Those whose time has come, by id.
    package mutating func takeDue(now: Int64) -> [RevocationList.Entry] {
        guard next <= now else { return [] }
        let due = endings.values.filter { $0.at <= now }.map(\.entry)
        endings = endings.filter { $0.value.at > now }
        next = endings.values.map(\.at).min() ?? .max
        return due.sorted { $0.id < $1.id }
    }
}
