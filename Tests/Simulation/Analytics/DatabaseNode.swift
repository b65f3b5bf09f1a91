import Analytics
import EventModels

/// PostgreSQL as analytics uses it: rows, positions, sessions with their advisory lock, and transactions.
final class DatabaseNode: Process {
    final class Session {
        let number: Int
        let wire: Wire
        init(_ number: Int, _ wire: Wire) {
            self.number = number
            self.wire = wire
        }
    }

    /// Rows by shard and id, and how often each was stored.
    private(set) var rows: [ShardName: [EventID: Int]] = [:]
    private(set) var positions: [ShardName: EventID] = [:]
    private var locks: [ShardName: Session] = [:]
    private var sessions = 0
    /// Told of each commit.
    var committed: (Batch, LogHole?) -> Void = { _, _ in }

    /// The log no longer held what follows this position when a page was read.
    struct LogHole {
        let after: EventID
        let before: EventID
    }

    override func ended() { locks = [:] }

    func open(_ wire: Wire) -> Session {
        sessions += 1
        let session = Session(sessions, wire)
        wire.whenClosed(.server) { [weak self, weak session] _ in
            guard let self, let session else { return }
            for shard in locks.keys.sorted() where locks[shard] === session { locks[shard] = nil }
        }
        return session
    }

    /// Nil: another session is the shard's reader.
    func claim(_ shard: ShardName, _ session: Session) -> (position: EventID?, Void)? {
        if let holder = locks[shard], holder !== session, !world.has(.positionNotCompared),
            holder.wire.isOpen(at: .server)
        {
            return nil
        }
        locks[shard] = session
        return (positions[shard], ())
    }

    /// One transaction; false: the position has moved, nothing was stored.
    func commit(_ batch: Batch, _ hole: LogHole?) -> Bool {
        guard positions[batch.shard] == batch.previous || world.has(.positionNotCompared) else {
            return false
        }
        storeRows(batch)
        positions[batch.shard] = batch.position
        committed(batch, hole)
        return true
    }

    func storeRows(_ batch: Batch) {
        for event in batch.events { rows[batch.shard, default: [:]][event.id, default: 0] += 1 }
    }

    func setPosition(_ batch: Batch) { positions[batch.shard] = batch.position }
}
