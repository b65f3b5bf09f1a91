internal import DiscordProtocol
package import EventModels

/// What a shard's folder held when the process began.
package struct Recovery: Sendable {
    package var checkpoint: Checkpoint?
    /// Behind the checkpoint, without a hole.
    package var records: [JournalRecord] = []
    /// Highest epoch that was ever chosen, also where the record of it was lost.
    package var epochFloor: UInt64 = 0
    /// Dispatches that ended the process twice, told by the marks around each fold.
    package var quarantine: Set<FoldMark> = []

    package init() {}

    package init(checkpoint: Checkpoint?, records: [JournalRecord] = []) {
        self.checkpoint = checkpoint
        self.records = records
    }
}

/// What comes of folding it.
package struct Recovered: Sendable {
    package var folded: FoldedShard
    /// Frames for `PublisherMachine.restore`, oldest first: the acknowledged tail and what no bus has confirmed.
    package var frames: [EventFrame]
    /// The last id that a bus is known to have confirmed.
    package var acknowledged: EventID?
    /// Of the checkpoint that this began with.
    package var checkpointPosition: UInt64
    /// Of the records behind it.
    package var journalBytes: Int
    /// Of the recovery's marks, those that the journal does not have yet.
    package var newlyQuarantined: [FoldMark]

    package init(
        _ recovery: Recovery,
        shard: ShardName,
        fold: Fold,
        willFold: (FoldMark) -> Void = { _ in }
    ) {
        folded = recovery.checkpoint?.folded ?? FoldedShard(shard: shard)
        frames = recovery.checkpoint?.frames ?? []
        acknowledged = recovery.checkpoint?.acknowledged
        checkpointPosition = folded.position
        journalBytes = recovery.records.reduce(0) { $0 + $1.bytes }
        // A mark stands behind the dispatch that it is about.
        var known = folded.quarantine
        for case .quarantined(let mark) in recovery.records.map(\.input) { known.insert(mark) }
        newlyQuarantined = recovery.quarantine.subtracting(known).sorted()
        folded.quarantine = known.union(recovery.quarantine)
        for record in recovery.records {
            frames += folded.apply(record, fold: fold, willFold: willFold)
        }
        if recovery.epochFloor > folded.epoch {
            folded.laterRecordWasLost(epoch: recovery.epochFloor)
        }
    }
}
