package import DiscordProtocol
package import EventModels
internal import LinkProtocol

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
    /// What callers wanted done, and what came of it.
    package internal(set) var commands = CommandLedger()
    package internal(set) var interactions = InteractionTable()
    /// Fold inputs of sessions whose epochs are not chosen yet, in order; behind those of the first, each session's begin
    /// with its `sessionBegan`.
    package private(set) var parked: [JournalRecord] = []
    package private(set) var parkedBytes = 0
    /// The session has no epoch yet, or an earlier one had none when it ended.
    package private(set) var isEpochOpen = false

    /// Sessions whose epochs are chosen together: the last gets the one that is chosen, each other the one before.
    var openSessions: Int {
        guard isEpochOpen else { return 0 }
        return parked.reduce(1) { if case .sessionBegan = $1.input { $0 + 1 } else { $0 } }
    }

    package init(shard: ShardName) { self.shard = shard }

    /// Takes in the next record; the frames of the events that it makes. `willFold` hears of each dispatch before it is
    /// folded, so that a crash in the fold can be told afterwards; `aside` of each that is not understood.
    package mutating func apply(
        _ record: JournalRecord,
        fold: Fold,
        willFold: (FoldMark) -> Void = { _ in },
        aside: (Dispatch, NotUnderstood) -> Void = { _, _ in }
    ) -> [EventFrame] {
        var frames: [EventFrame] = []
        apply(record, fold: fold, releasing: &frames, willFold: willFold, aside: aside)
        return frames
    }

    /// The same for one after the other. `target`: what the fold has read of the record's dispatch, where it was asked.
    mutating func apply(
        _ record: JournalRecord,
        as target: Fold.Target? = nil,
        fold: Fold,
        releasing frames: inout [EventFrame],
        willFold: (FoldMark) -> Void,
        aside: (Dispatch, NotUnderstood) -> Void
    ) {
        position += 1
        switch record.input {
        case .sessionBegan(let id, let url, let chosen):
            session = Session(id: id, resumeURL: url, sequence: 0)
            if isEpochOpen, chosen == nil { return park(record) }
            unpark()
            isEpochOpen = chosen == nil
            if let chosen { epoch = chosen }
        case .epochChosen(let chosen):
            guard isEpochOpen else { return }
            epoch = chosen - min(chosen, UInt64(openSessions - 1))
            isEpochOpen = false
            let waiting = parked
            unpark()
            for waiting in waiting {
                if case .sessionBegan = waiting.input { epoch += 1 }
                make(waiting, nil, fold, &frames, willFold, aside)
            }
        case .dispatch(let dispatch):
            session?.sequence = dispatch.sequence
            if target.map({ $0.kind == .interactionCreate }) ?? true {
                takeInteraction(dispatch, record.wall)
            }
            if isEpochOpen { park(record) } else { make(record, target, fold, &frames, willFold, aside) }
        case .passed(let sequence):
            session?.sequence = sequence
        case .resync:
            if isEpochOpen { park(record) } else { make(record, nil, fold, &frames, willFold, aside) }
        case .sessionLost: session = nil
        case .superseded(let other):
            session = nil
            isEpochOpen = false
            unpark()
            raiseEpoch(to: other)
        case .quarantined(let mark):
            // Marks of earlier epochs cannot come again.
            quarantine = quarantine.filter { $0.epoch >= epoch }
            quarantine.insert(mark)
        case .commandBegun(let key, let deadline, let arguments):
            commands.begin(key, arguments: arguments, wall: record.wall, deadline: deadline)
            emit(key, arguments, fold, record.wall, &frames)
        case .commandEnded(let key, let result): commands.end(key, result: result, wall: record.wall)
        }
    }

    /// Whatever its session's epoch is: Discord does not wait for a replica.
    private mutating func takeInteraction(_ dispatch: Dispatch, _ wall: Int64) {
        guard dispatch.name == DispatchKind.interactionCreate.rawValue,
            let interaction = Interaction(dispatch.data, received: wall)
        else { return }
        interactions.take(interaction)
    }

    /// Where the command is one to emit an event, it is carried out with its record.
    private mutating func emit(
        _ key: String,
        _ arguments: [UInt8],
        _ fold: Fold,
        _ wall: Int64,
        _ frames: inout [EventFrame]
    ) {
        guard let order = LinkOrder(arguments: arguments, key: key),
            case .emit(let name, let payload) = order.deed
        else { return }
        let prev = state.last
        guard !isEpochOpen, epoch > 0, let kind = EventKind(name: name), kind.isEmittable,
            let guild = order.guild,
            let event = fold.emit(
                kind,
                guild,
                payload,
                epoch: epoch,
                sequence: added,
                ts: wall,
                state: &state
            )
        else {
            return commands.end(key, result: nil, wall: wall)
        }
        commands.end(key, result: LinkResult.Outcome.emitted(event.id).stored, wall: wall)
        frames.append(EventFrame(shard: shard, prev: prev, events: [event]))
    }

    /// The dispatch behind which events without one stand. The last event may be of an earlier session, whose numbers say
    /// nothing here.
    private var added: UInt64 {
        max(state.last?.epoch == epoch ? state.last?.sequence ?? 0 : 0, session?.sequence ?? 0)
    }

    /// The record of a later session was lost: what is held is of an older one. Not where its epoch is open still: then
    /// what was lost is only what chose it, and nothing has left.
    mutating func laterRecordWasLost(epoch floor: UInt64) {
        if !isEpochOpen { session = nil }
        raiseEpoch(to: floor)
    }

    private mutating func raiseEpoch(to floor: UInt64) { epoch = max(epoch, floor) }

    private mutating func park(_ record: JournalRecord) {
        // It may wait for long, and with it what came in the same moment.
        parked.append(record.alone())
        parkedBytes += record.bytes
    }

    private mutating func unpark() {
        parked = []
        parkedBytes = 0
    }

    private mutating func make(
        _ record: JournalRecord,
        _ target: Fold.Target?,
        _ fold: Fold,
        _ frames: inout [EventFrame],
        _ willFold: (FoldMark) -> Void,
        _ aside: (Dispatch, NotUnderstood) -> Void
    ) {
        let prev = state.last
        switch record.input {
        case .dispatch(let dispatch):
            let mark = FoldMark(epoch: epoch, sequence: dispatch.sequence)
            guard quarantine.isEmpty || !quarantine.contains(mark) else { return }
            willFold(mark)
            let events = fold.apply(dispatch, as: target, epoch: epoch, ts: record.wall, to: &state) {
                aside(dispatch, $0)
            }
            if !events.isEmpty { frames.append(EventFrame(shard: shard, prev: prev, events: events)) }
        case .resync:
            guard epoch > 0 else { return }
            frames += chain(
                fold.resync(epoch: epoch, sequence: added, ts: record.wall, state: &state),
                behind: prev
            )
        default: break
        }
    }

    /// One frame for each: all guilds together may be more than a frame can be.
    private func chain(_ events: [StreamEvent], behind prev: EventID?) -> [EventFrame] {
        zip([prev] + events.map(\.id), events).map { EventFrame(shard: shard, prev: $0, events: [$1]) }
    }
}
