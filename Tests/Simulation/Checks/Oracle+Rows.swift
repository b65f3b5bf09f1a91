import Analytics
import EventModels

/// What PostgreSQL holds against the chain.
struct RowCheck {
    /// Spans of the log that were gone before they were read.
    private var holes: [ShardName: [DatabaseNode.LogHole]] = [:]

    mutating func note(_ hole: DatabaseNode.LogHole?, of shard: ShardName) {
        if let hole { holes[shard, default: []].append(hole) }
    }

    /// Each event that is kept stands once, up to the position; nil: so it is.
    /// `isGone`: neither Redis nor the gateway has it any more.
    func fault(_ database: DatabaseNode, _ oracle: Oracle, isGone: (EventID) -> Bool) -> String? {
        for (shard, chain) in oracle.chains.sorted(by: { $0.key < $1.key }) {
            let rows = database.rows[shard] ?? [:]
            for (id, count) in rows.sorted(by: { $0.key < $1.key }) where count > 1 {
                return "\(id) is in the tables \(count) times"
            }
            guard let position = database.positions[shard] else { continue }
            let holes = holes[shard] ?? []
            for entry in chain.entries {
                let id = entry.event.id
                guard id <= position else { break }
                guard isKept(entry.event, shard), rows[id] == nil, !oracle.quarantined.contains(id) else {
                    continue
                }
                if holes.contains(where: { $0.after < id && id < $0.before }) || isGone(id) { continue }
                return "\(id) \(entry.event.name) is not in the tables, whose position is \(position)"
            }
        }
        return nil
    }

    private func isKept(_ event: StreamEvent, _ shard: ShardName) -> Bool {
        guard let table = event.kind.flatMap({ EventRow.table(of: $0) }) else { return false }
        do throws(RowProblem) {
            _ = try EventRow.values(event, table, shard: shard, storesContent: true)
            return true
        } catch { return false }
    }
}
