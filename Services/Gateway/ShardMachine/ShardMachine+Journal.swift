internal import DiscordProtocol
package import EventModels
internal import JSON
package import LinkProtocol

extension ShardMachine {
    // MARK: Towards the disk

    /// More than this waiting for the disk is no longer the group of a turn.
    private static let backlogBytes = 1 << 20

    mutating func journal(_ input: JournalRecord.Input, _ moment: Moment) -> Action {
        .journal(keep(input, wall: moment.wall))
    }

    mutating func keep(
        _ input: JournalRecord.Input,
        wall: Int64,
        _ target: Fold.Target? = nil
    ) -> JournalRecord {
        var record = JournalRecord(wall: wall, input)
        // In a backlog records wait for long, and with each what came in the same moment.
        if pendingBytes > Self.backlogBytes { record = record.alone() }
        pending.append(PendingRecord(record: record, target: target))
        pendingBytes += record.bytes
        appended += 1
        return record
    }

    /// The records up to this number are on disk: they are folded, and their frames leave. `willFold` hears of each
    /// dispatch before it is folded.
    package mutating func journalFlushed(
        upTo number: UInt64,
        at moment: Moment,
        willFold: (FoldMark) -> Void = { _ in }
    ) -> [Action] {
        var frames: [EventFrame] = []
        let actions = journalFlushed(upTo: number, at: moment, releasing: &frames, willFold: willFold)
        return frames.map { .release($0) } + actions
    }

    /// The same, with the frames by themselves; what else is to be done is mostly nothing.
    package mutating func journalFlushed(
        upTo number: UInt64,
        at moment: Moment,
        releasing frames: inout [EventFrame],
        willFold: (FoldMark) -> Void = { _ in }
    ) -> [Action] {
        var actions: [Action] = []
        let count = Int(clamping: number - min(number, folded.position))
        for next in takePending(count) {
            let bytes = next.record.bytes
            pendingBytes -= bytes
            journalBytes += bytes
            fold(next, willFold, moment, releasing: &frames, into: &actions)
        }
        return actions + lookForRoom(moment) + checkpointIfDue(moment)
    }

    /// Mostly all: those that come while a group is on its way to the disk are asked for together, behind it.
    private mutating func takePending(_ count: Int) -> [PendingRecord] {
        if count >= pending.count {
            defer { pending = [] }
            return pending
        }
        defer { pending.removeFirst(count) }
        return Array(pending[..<count])
    }

    private mutating func fold(
        _ next: PendingRecord,
        _ willFold: (FoldMark) -> Void,
        _ moment: Moment,
        releasing frames: inout [EventFrame],
        into actions: inout [Action]
    ) {
        let record = next.record
        folded.apply(
            record,
            as: next.target,
            fold: settings.fold,
            releasing: &frames,
            willFold: willFold
        ) { dispatch, problem in
            actions += Self.aside(dispatch, problem, wall: record.wall)
        }
        switch record.input {
        case .dispatch(let dispatch):
            guard let kind = next.target?.kind ?? DispatchKind(name: dispatch.name) else { return }
            afterFold(of: kind, dispatch, moment, into: &actions)
        case .commandBegun(let key, _, _): actions += commandBegun(key, moment)
        case .commandEnded(let key, _): actions += commandEnded(key)
        case .epochChosen:
            for guild in folded.state.guilds.ids { actions += requestMissingMembers(of: guild, moment) }
        default: break
        }
    }

    /// What is due once the dispatch is folded: of most, nothing.
    private mutating func afterFold(
        of kind: DispatchKind,
        _ dispatch: Dispatch,
        _ moment: Moment,
        into actions: inout [Action]
    ) {
        switch kind {
        case .guildCreate:
            guard let guild = dispatch.data["id"]?.snowflake else { return }
            actions += requestMissingMembers(of: guild, moment)
        case .membersChunk:
            if let guild = dispatch.data["guild_id"]?.snowflake {
                let isAll = !folded.state.lacksMembers(of: guild)
                actions += perform(gateway.membersCame(of: guild, isAll: isAll, now: moment.now), moment)
            }
        default: break
        }
        if book.mayConcern(kind) { actions += lookAtWaiting(moment) }
    }

    // MARK: What is not understood

    static func aside(_ dispatch: Dispatch, _ problem: NotUnderstood, wall: Int64) -> [Action] {
        guard let kind = DispatchKind(name: dispatch.name) else { return [] }
        return [.aside(Aside(kind, dispatch, problem, wall: wall))]
    }

    // MARK: Checkpoints

    /// The state at `folded.position`, with the frames that the shard's publisher holds at this moment.
    package func checkpoint(held: HeldFrames?, acknowledged: EventID?) -> Checkpoint {
        Checkpoint(
            folded: folded,
            held: held ?? HeldFrames([], shard: folded.shard),
            acknowledged: acknowledged
        )
    }

    package mutating func checkpointWritten(at moment: Moment) -> [Action] {
        guard let written = checkpointing else { return [] }
        checkpointing = nil
        checkpointPosition = written.position
        journalBytes -= written.bytes
        checkpointAt = moment.now
        return lookForRoom(moment) + checkpointIfDue(moment)
    }

    package mutating func checkpointFailed(at moment: Moment) {
        checkpointing = nil
        checkpointNotBefore = moment.now + settings.limits.checkpointRetry
    }

    /// The shell takes one on its own account, at the end of the process.
    package mutating func checkpointBegins() {
        checkpointing = (folded.position, journalBytes)
    }

    /// There are records behind the last one.
    package var isCheckpointUseful: Bool { folded.position > checkpointPosition }

    var checkpointDeadline: Duration? {
        guard checkpointing == nil, !folded.isEpochOpen, folded.position > checkpointPosition else {
            return nil
        }
        let limits = settings.limits
        guard journalBytes < limits.journalBytesMax else { return checkpointNotBefore }
        return max(checkpointNotBefore, checkpointAt + limits.journalAgeMax)
    }

    mutating func checkpointIfDue(_ moment: Moment) -> [Action] {
        guard !isStopping, let due = checkpointDeadline, moment.now >= due else { return [] }
        checkpointBegins()
        return [.checkpointDue]
    }
}

/// A record on its way to the disk, and what the fold has read of its dispatch, where it was asked.
struct PendingRecord: Sendable {
    let record: JournalRecord
    let target: Fold.Target?
}
