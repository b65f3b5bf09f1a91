/// A fault of ours put in on purpose, to see that the checks find it. The list with what finds each: specs/simulation.md.
enum Plant: String, CaseIterable, Sendable {
    /// Redis appends a frame whatever the log ends with.
    case appendWithoutComparing
    /// A replica acknowledges what Redis answered with an error.
    case errorTakenForAck
    /// A replica takes an error for "the bus has it already".
    case errorTakenForRepeat
    /// A replica acknowledges a frame when it begins to append it.
    case ackBeforeAppend
    /// Redis runs out of memory between two entries of one frame, and the frame counts as appended.
    case memoryEndsMidFrame
    /// Redis came back older; the replica says so, and the gateway hears an acknowledgement.
    case resendTakenForAck
    /// Events leave before the records that made them are on disk.
    case releasedBeforeFlush
    /// The record of a new session does not reach the disk: the process ends between READY and the record.
    case sessionRecordSkipped
    /// A restarted gateway makes a dispatch's events in another order.
    case orderByHash
    /// A snapshot counts at once, before the tail has reached its id.
    case snapshotCountsAtOnce
    /// A new epoch is above the clock alone: with the state directory lost and the clock set back, it is below the log.
    case epochByClockAlone
    /// A gateway goes on when the log says that another has taken over.
    case secondGatewayUnnoticed
    /// A dispatch on which the fold traps is folded again after each restart.
    case trapNotCounted
    /// The log is trimmed by the first part of its ids.
    case trimmedByID
    /// A replica goes on over a hole in a log that was trimmed past its position.
    case gapPassedOver
    /// A replica hands on what was published without looking at `prev`.
    case publishedTakenForTruth
    /// The position in the address beats the one in the header.
    case staleQueryWins
    /// Rows and position are stored by two transactions.
    case positionOutsideTransaction
    /// Two readers of one shard store without comparing the position.
    case positionNotCompared
    /// A viewer whose sight changes gets no reset.
    case sightWithoutReset
    /// The delivery filter lets everything through.
    case hiddenShown
    /// Positions are compared as text.
    case idsComparedAsText
    /// An event is shown to whoever may see it behind it, whatever they saw before.
    case afterAlone
    /// One replica's facts about members do not change.
    case staleFacts
    /// A snapshot shows everything.
    case snapshotUnfiltered
    /// A snapshot counts people in channels that are hidden.
    case hiddenCounted
    /// A move into a hidden channel is shown as it is.
    case moveShownWhole
    /// Who comes back across a change of sight is told what was missed.
    case replayedAcrossChange
    /// A member who is sent away keeps the open stream.
    case kickedGoesOn
    /// What a role is given in a channel beats what a member is given there.
    case roleOutranksMember
    /// The text of a voice channel is shown without CONNECT.
    case textWithoutConnect

    /// What it loses is still in the gateway's acknowledged tail, where there is one.
    var showsWithoutTail: Bool {
        [.errorTakenForAck, .errorTakenForRepeat, .ackBeforeAppend, .memoryEndsMidFrame].contains(self)
    }

    /// Faults that a seed must have for the plant to show; the others are drawn as ever.
    var needs: [Fault] {
        switch self {
        case .errorTakenForAck, .errorTakenForRepeat, .ackBeforeAppend: [.redisKill, .redisFull]
        case .memoryEndsMidFrame: [.redisFull]
        case .resendTakenForAck: [.redisOlder]
        case .releasedBeforeFlush: [.gatewayPower]
        case .sessionRecordSkipped: [.sessionEnds, .gatewayKill]
        case .orderByHash: [.gatewayKill, .redisEmpty]
        case .snapshotCountsAtOnce: [.replicaKill]
        case .epochByClockAlone: [.stateLost]
        case .secondGatewayUnnoticed: [.secondGateway]
        case .trapNotCounted: [.poison]
        case .trimmedByID: [.analyticsKill]
        case .gapPassedOver: [.trimmed, .partition]
        case .publishedTakenForTruth: [.publishLoss]
        case .staleQueryWins: [.viewerReload, .viewerHop]
        case .positionOutsideTransaction, .positionNotCompared: [.databaseKill, .analyticsKill]
        case .appendWithoutComparing: [.replicaKill, .redisOlder]
        case .sightWithoutReset, .hiddenShown, .idsComparedAsText, .replayedAcrossChange: [.viewerHop]
        case .afterAlone, .staleFacts, .snapshotUnfiltered, .hiddenCounted, .moveShownWhole, .kickedGoesOn,
            .roleOutranksMember, .textWithoutConnect:
            []
        }
    }
}
