package import Base
package import DiscordProtocol
package import EventModels
package import LinkProtocol

/// One shard's decisions: its session with Discord, its journal, its fold. Payloads and time in, actions out; no I/O.
///
/// Each input of the fold becomes a journal record first (`.journal`). When the shell says that the record is on disk
/// (`journalFlushed`), it is folded, and the frames that it makes are released to the links. So state = checkpoint + fold
/// of the journal at every moment, and nothing leaves that a crash could take back. See specs/discord-gateway.md.
package struct ShardMachine: Sendable {
    /// When an input happens.
    package struct Moment: Sendable {
        /// Monotonic.
        package var now: Duration
        /// Unix milliseconds; goes into time stamps and epochs.
        package var wall: Int64
        /// In 0..<1.
        package var random: Double

        package init(now: Duration, wall: Int64, random: Double) {
            self.now = now
            self.wall = wall
            self.random = random
        }
    }

    package enum Action: Sendable, Equatable {
        /// Open a socket, as `GatewayMachine.Action` says.
        case connect(GatewayMachine.Target)
        case send(GatewayCommand)
        /// Stand in the line of those who want a new session; `identifyTurn` when it is this shard's turn.
        case awaitTurn
        case close(UInt16)
        /// Append to the journal. Records are numbered from `position` + 1 on, in the order of these actions.
        case journal(JournalRecord)
        /// To the links: the record that made it is on disk.
        case release(EventFrame)
        /// Tell the links' hub: the shard uses this epoch from now on.
        case setEpoch(UInt64)
        /// Take `checkpoint` now, write it, answer with `checkpointWritten` or `checkpointFailed`.
        case checkpointDue
        /// What the shard lacks for its work with Discord; nil: nothing.
        case discord(missing: String?)
        /// Keep this for diagnosis: it was not understood.
        case aside(Aside)
        case note(Note)
        /// Carry it out, then call `executed`.
        case execute(CommandJob)
        case reply(CommandAsker, LinkResult)
        /// Defer it at Discord, then call `deferred`.
        case deferInteraction(Interaction)
    }

    /// Facts for log and metrics.
    package enum Note: Sendable, Equatable {
        case dispatched(name: String)
        /// Members of a dispatch that Discord does not document, of one dispatch in `KnownFields.sampledOf`.
        case unknownFields(Int)
        /// Values of types and states that Discord does not document; of kinds that are sampled as for the members.
        case unknownValues([KnownValues.Name: Int])
        case sessionStarted(epoch: UInt64?)
        case epochChosen(UInt64)
        case sessionLost
        case resumed(sequence: UInt64)
        case refused(CloseCode)
        case superseded(top: EventID)
        case resync
        case quarantined(FoldMark)
        /// Too much waits for the bus or the disk: Discord is let go, resumably.
        case lettingGo
        case goingBack
        case commandBegun(LinkOrder.Deed.Name)
        case commandEnded(LinkOrder.Deed.Name, LinkResult.Outcome)
        /// After this long, by Discord's time of it and our clock.
        case interactionDeferred(InteractionMachine.Outcome, after: Duration)
    }

    package struct Settings: Sendable {
        package var token: Secret
        package var shard: ShardName
        package var fold: Fold
        package var limits: ShardLimits

        package init(token: Secret, shard: ShardName, fold: Fold, limits: ShardLimits = ShardLimits()) {
            self.token = token
            self.shard = shard
            self.fold = fold
            self.limits = limits
        }
    }

    package let settings: Settings
    /// What the journal says, up to the last record that is on disk.
    package internal(set) var folded: FoldedShard
    package internal(set) var gateway: GatewayMachine
    /// Records that are not on disk yet, oldest first.
    var pending: [PendingRecord] = []
    package internal(set) var pendingBytes = 0
    /// Number of the last record that was handed out.
    package internal(set) var appended: UInt64
    /// Highest epoch used or seen in use, records on their way to disk included.
    var epoch: UInt64
    /// Highest epoch of a log, as replicas named it; nil while none has.
    var topEpoch: UInt64?
    /// Sessions without an epoch that began, or are in the journal.
    var openSessions: Int

    package internal(set) var book = CommandBook()
    package internal(set) var interactions = InteractionMachine()

    package internal(set) var isSuperseded = false
    package internal(set) var isStopping = false
    /// Discord was let go until there is room.
    package internal(set) var isWaitingForRoom = false
    var isWindowFull = false
    var windowHasRoom = true

    /// Of the journal, behind the last checkpoint.
    package internal(set) var journalBytes: Int
    var checkpointPosition: UInt64
    var checkpointAt: Duration
    /// No checkpoint is asked for before this.
    var checkpointNotBefore = Duration.zero
    /// The one that is being written, and `journalBytes` at its moment.
    var checkpointing: (position: UInt64, bytes: Int)?
    private var newlyQuarantined: [FoldMark]

    /// `recovered` is of this shard; its frames are the caller's to restore.
    package init(_ settings: Settings, recovered: Recovered, now: Duration) {
        self.settings = settings
        folded = recovered.folded
        appended = folded.position
        epoch = folded.epoch
        openSessions = folded.openSessions
        journalBytes = recovered.journalBytes
        checkpointPosition = recovered.checkpointPosition
        // What was found is folded at each start until a checkpoint is behind it: soon, but not in the rush of the start.
        let isRecovered = recovered.folded.position > recovered.checkpointPosition
        checkpointAt =
            now - (isRecovered ? settings.limits.journalAgeMax - settings.limits.checkpointSoon : .zero)
        newlyQuarantined = recovered.newlyQuarantined
        gateway = GatewayMachine(
            token: settings.token,
            intents: .product,
            shard: settings.shard.index,
            count: settings.shard.count,
            session: folded.session
        )
        findCommands()
    }

    /// A shard that begins anew.
    package init(_ settings: Settings, now: Duration = .zero) {
        let recovered = Recovered(Recovery(), shard: settings.shard, fold: settings.fold)
        self.init(settings, recovered: recovered, now: now)
    }

    /// When `tick` is due; nil: nothing is waited for.
    package var deadline: Duration? {
        [gateway.deadline, checkpointDeadline, book.deadline, interactions.deadline].compactMap { $0 }.min()
    }

    /// Of the session that is live or can be resumed; 0: none has one yet.
    package var sessionEpoch: UInt64 { folded.session == nil ? 0 : folded.epoch }

    // MARK: The shell's wishes

    package mutating func start(at moment: Moment) -> [Action] {
        var actions: [Action] = []
        for mark in newlyQuarantined {
            actions += [journal(.quarantined(mark), moment), .note(.quarantined(mark))]
        }
        newlyQuarantined = []
        findInteractions(moment)
        actions += resumeCommands(moment) + lookForRoom(moment)
        return isWaitingForRoom ? actions : actions + perform(gateway.start(now: moment.now), moment)
    }

    /// Leaves Discord with a code that keeps the session.
    package mutating func stop(at moment: Moment) -> [Action] {
        isStopping = true
        return perform(gateway.suspend(), moment) + stopCommands(moment) + deferAllInteractions(moment)
    }

    package mutating func tick(at moment: Moment) -> [Action] {
        perform(gateway.tick(now: moment.now, random: moment.random), moment) + checkpointIfDue(moment)
            + tickCommands(moment) + deferInteractions(moment)
    }

    // MARK: The socket

    package mutating func opened(at moment: Moment) -> [Action] {
        perform(gateway.opened(now: moment.now), moment)
    }

    /// A new session may be asked for, and was counted.
    package mutating func identifyTurn(at moment: Moment) -> [Action] {
        perform(gateway.identifyTurn(now: moment.now), moment)
    }

    /// `pause`: how long the peer asked to be left alone.
    package mutating func connectFailed(atLeast pause: Duration = .zero, at moment: Moment) -> [Action] {
        perform(gateway.connectFailed(now: moment.now, random: moment.random, atLeast: pause), moment)
    }

    package mutating func refused(_ code: CloseCode, at moment: Moment) -> [Action] {
        perform(gateway.refused(code), moment)
    }

    package mutating func received(_ payload: GatewayPayload, at moment: Moment) -> [Action] {
        // The first message may overtake the news that the socket is open.
        let opened = gateway.opened(now: moment.now)
        return perform(
            opened + gateway.received(payload, now: moment.now, random: moment.random),
            moment
        )
    }

    /// A message came that is no JSON.
    package mutating func unreadable(at moment: Moment) -> [Action] {
        _ = gateway.opened(now: moment.now)
        return perform(gateway.unreadable(now: moment.now, random: moment.random), moment)
    }

    /// `code` nil: dropped without a close frame.
    package mutating func closed(code: UInt16?, at moment: Moment) -> [Action] {
        _ = gateway.opened(now: moment.now)
        return [.discord(missing: "the connection to Discord ended")]
            + perform(gateway.closed(code: code, now: moment.now, random: moment.random), moment)
    }

    // MARK: The links

    /// A replica said hello: `topEpoch` is the highest among the tops that linked replicas name.
    package mutating func linked(topEpoch: UInt64, at moment: Moment) -> [Action] {
        self.topEpoch = max(self.topEpoch ?? 0, topEpoch)
        guard openSessions > 0 else { return [] }
        return chooseEpochs(moment)
    }

    /// The log of the bus has lost what is no longer held here: everything goes out once more behind what is.
    package mutating func resync(at moment: Moment) -> [Action] {
        guard epoch > 0 else { return [] }
        return [journal(.resync, moment), .note(.resync)]
    }

    /// Another gateway writes this shard's log: two would end each other's sessions for ever.
    package mutating func superseded(by top: EventID, at moment: Moment) -> [Action] {
        guard !isSuperseded else { return [] }
        isSuperseded = true
        // Restarted by hand, the shard begins a session above what the other one has written.
        epoch = max(epoch, top.epoch)
        openSessions = 0
        var actions: [Action] = []
        for case .close(let code) in gateway.forgetSession() { actions.append(.close(code)) }
        let reason = "another gateway has taken this shard over (log ends at \(top)); restart to take it back"
        actions += [journal(.superseded(by: epoch), moment), .note(.superseded(top: top))]
        return actions + [.discord(missing: reason)]
    }

    /// What the shard's publisher holds has changed.
    package mutating func window(isFull: Bool, hasRoom: Bool, at moment: Moment) -> [Action] {
        isWindowFull = isFull
        windowHasRoom = hasRoom
        return lookForRoom(moment)
    }
}

/// Bounds of what a shard holds for its disk.
package struct ShardLimits: Sendable, Equatable {
    /// Bytes of records that are not on disk, or wait for an epoch; past it the shard lets go of Discord.
    package var pendingBytesMax = 32 << 20
    /// The journal behind the last checkpoint that asks for the next one, by size or by age.
    package var journalBytesMax = 64 << 20
    package var journalAgeMax = Duration.seconds(600)
    /// The journal behind the last checkpoint, where none can be written; past it the shard lets go of Discord.
    package var journalBytesLimit = 256 << 20
    /// From a start that found a journal to its checkpoint.
    package var checkpointSoon = Duration.seconds(60)
    /// From a checkpoint that failed to the next try.
    package var checkpointRetry = Duration.seconds(10)

    package init() {}
}
