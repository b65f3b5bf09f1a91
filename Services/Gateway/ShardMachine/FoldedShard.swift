package import DiscordProtocol
package import EventModels

/// What a shard's journal says: session, epoch, the guilds, and how far it was read. A function of the records alone, so
/// that a recovered shard is the one that crashed.
package struct FoldedShard: Sendable, Equatable {
    package let shard: ShardName
    /// `sequence`: the last dispatch in the journal.
    package internal(set) var session: Session?
    /// Highest epoch that this shard has used or seen another use.
    package internal(set) var epoch: UInt64 = 0
    package internal(set) var state = ShardState()
    /// Number of the last record that was taken in.
    package var position: UInt64 = 0
    /// Dispatches that are not folded: they ended the process twice.
    package internal(set) var quarantine: Set<FoldMark> = []
    /// Fold inputs of a session whose epoch is not chosen yet, in order.
    package private(set) var parked: [JournalRecord] = []
    package private(set) var parkedBytes = 0
    /// The session has no epoch yet.
    package private(set) var isEpochOpen = false

    package init(shard: ShardName) { self.shard = shard }

    /// Takes in the next record; the frames of the events that it makes. `willFold` hears of each dispatch before it is
    /// folded, so that a crash in the fold can be told afterwards.
    package mutating func apply(
        _ record: JournalRecord,
        fold: Fold,
        willFold: (FoldMark) -> Void = { _ in }
    ) -> [EventFrame] {
        position += 1
        switch record.input {
        case .sessionBegan(let id, let url, let chosen):
            session = Session(id: id, resumeURL: url, sequence: 0)
            unpark()
            isEpochOpen = chosen == nil
            if let chosen { epoch = chosen }
        case .epochChosen(let chosen):
            guard isEpochOpen else { return [] }
            epoch = chosen
            isEpochOpen = false
            let waiting = parked
            unpark()
            return waiting.flatMap { make($0, fold, willFold) }
        case .dispatch(let dispatch):
            session?.sequence = dispatch.sequence
            return isEpochOpen ? park(record) : make(record, fold, willFold)
        case .passed(let sequence):
            session?.sequence = sequence
        case .resync:
            return isEpochOpen ? park(record) : make(record, fold, willFold)
        case .sessionLost: loseSession(raisingEpochTo: 0)
        case .superseded(let other): loseSession(raisingEpochTo: other)
        case .quarantined(let mark):
            // Marks of earlier epochs cannot come again.
            quarantine = quarantine.filter { $0.epoch >= epoch }
            quarantine.insert(mark)
        }
        return []
    }

    mutating func loseSession(raisingEpochTo floor: UInt64) {
        session = nil
        isEpochOpen = false
        unpark()
        epoch = max(epoch, floor)
    }

    private mutating func park(_ record: JournalRecord) -> [EventFrame] {
        parked.append(record)
        parkedBytes += record.bytes
        return []
    }

    private mutating func unpark() {
        parked = []
        parkedBytes = 0
    }

    private mutating func make(_ record: JournalRecord, _ fold: Fold, _ willFold: (FoldMark) -> Void)
        -> [EventFrame]
    {
        let prev = state.last
        var events: [StreamEvent] = []
        switch record.input {
        case .dispatch(let dispatch):
            let mark = FoldMark(epoch: epoch, sequence: dispatch.sequence)
            guard !quarantine.contains(mark) else { return [] }
            willFold(mark)
            events = fold.apply(dispatch, epoch: epoch, ts: record.wall, to: &state)
        case .resync:
            guard epoch > 0 else { return [] }
            // The last event may be of an earlier session, whose numbers say nothing here.
            let made = prev?.epoch == epoch ? prev?.sequence ?? 0 : 0
            let sequence = max(made, session?.sequence ?? 0)
            events = fold.resync(epoch: epoch, sequence: sequence, ts: record.wall, state: &state)
        default: return []
        }
        return events.isEmpty ? [] : [EventFrame(shard: shard, prev: prev, events: events)]
    }
}
