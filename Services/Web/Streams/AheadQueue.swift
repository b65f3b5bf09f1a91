/// Viewers whose cursor is ahead of this replica: another one was faster, or the log has lost its end, or the cursor
/// was made up. Who is meant to wait and who to start over is told by looks at the logs' ends, one for all viewers.
///
/// Pure: what was looked up comes in, who goes on comes out.
package struct AheadQueue<Key: Hashable & Sendable, Cursor: Sendable, Viewer> {
    private struct Waiting {
        let viewer: Viewer
        let cursor: Cursor
        /// Looks that began since it came.
        var looks = 0
        /// Looks in a row that found the log to end before the cursor, while somebody could have mended it.
        var denials = 0
    }

    /// What becomes of viewers after a look.
    package struct Verdict {
        /// The log does not have what they have seen.
        package var reset: [Viewer] = []
        /// The log has it, cannot be asked, or has nobody who could mend its end; and it did not come here in time.
        package var sentAway: [Viewer] = []
    }

    /// Denials after which a viewer starts over, at 10 looks a second. A Redis that came back older is found out by the
    /// shard's publisher within 5 s and has its end sent again at once: this is twice as long.
    package static var denialsMax: Int { 100 }
    /// Looks after which a viewer is sent away, to come again with the same cursor.
    package static var looksMax: Int { 200 }

    private let isBehind: (Cursor, Cursor) -> Bool
    private var waiting: [Key: [Waiting]] = [:]
    package private(set) var count = 0

    package init(isBehind: @escaping (Cursor, Cursor) -> Bool) { self.isBehind = isBehind }

    package var keys: [Key] { Array(waiting.keys) }

    package mutating func wait(_ viewer: Viewer, for key: Key, at cursor: Cursor) {
        waiting[key, default: []].append(Waiting(viewer: viewer, cursor: cursor))
        count += 1
    }

    /// The group has come to `scanned`: those who are no longer ahead, in the order they came.
    package mutating func reached(_ key: Key, _ scanned: Cursor) -> [Viewer] {
        let isBehind = isBehind
        return take(key) { !isBehind(scanned, $0.cursor) }
    }

    /// A look begins; only those who wait now are judged by its answer.
    package mutating func lookBegins() {
        for key in waiting.keys {
            for index in waiting[key, default: []].indices { waiting[key]?[index].looks += 1 }
        }
    }

    /// The tops that a look found for a group; nil: they could not be looked up. `mayBeMended`: a gateway is linked that
    /// sends again what the logs have lost. Until one is, nobody can know that they stay without it.
    package mutating func looked(_ key: Key, _ tops: Cursor?, mayBeMended: Bool) -> Verdict {
        if let tops {
            for (index, one) in (waiting[key] ?? []).enumerated() where one.looks > 0 {
                let isDenied = mayBeMended && isBehind(tops, one.cursor)
                waiting[key]?[index].denials = isDenied ? one.denials + 1 : 0
            }
        }
        var verdict = Verdict()
        verdict.reset = take(key) { $0.denials >= Self.denialsMax }
        verdict.sentAway = take(key) { $0.looks >= Self.looksMax }
        return verdict
    }

    /// Everybody of the group.
    package mutating func takeAll(_ key: Key) -> [Viewer] { take(key) { _ in true } }

    /// Those of all groups who may wait no longer.
    package mutating func take(where isOver: (Viewer) -> Bool) -> [Viewer] {
        keys.flatMap { key in take(key) { isOver($0.viewer) } }
    }

    private mutating func take(_ key: Key, where isTaken: (Waiting) -> Bool) -> [Viewer] {
        guard let all = waiting[key] else { return [] }
        let taken = all.filter(isTaken)
        guard !taken.isEmpty else { return [] }
        let left = all.filter { !isTaken($0) }
        waiting[key] = left.isEmpty ? nil : left
        count -= taken.count
        return taken.map(\.viewer)
    }
}
