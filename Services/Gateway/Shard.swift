internal import Base
internal import DiscordProtocol
internal import EventLoop
internal import EventModels
internal import LinkProtocol
internal import Telemetry

/// One shard: sockets, files and clocks around its `ShardMachine`. Everything but the disk happens on one loop, which is not
/// always the links'; between the two go messages, in their order (Shard+Links.swift).
actor Shard {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    nonisolated let name: ShardName
    let config: GatewayConfig
    let lookup: GatewayLookup
    let line: IdentifyLine
    let ledger: any IdentifyLedger
    let links: LinkServer
    let store: ShardStore
    let flusher: JournalFlusher
    let hooks: GatewayHooks
    let log: Log
    let metrics: GatewayMetrics
    /// What is this shard's alone.
    let own: ShardMetrics
    let readiness: FleetReadiness
    let bot: BotStatus
    let settings: ShardMachine.Settings
    let runner: CommandRunner

    /// Anew until the folder was read.
    var machine: ShardMachine
    var marker: FoldMarker?
    /// Encoded records that wait for the disk.
    var waiting = JournalGroup()
    /// Number of the last record that was handed to the disk.
    var handedOver: UInt64 = 0
    var isDiskFailing = false
    /// Bytes since the last look at the memory; see `noteBurst`.
    var journaledLately = 0
    var isQuietAwaited = false
    /// A group is on its way to the disk, or about to be closed.
    var isFlushing = false
    var isFlushAsked = false
    /// Who is told when the group that is on its way has come to its end.
    var flushWaiters: [CheckedContinuation<Void, Never>] = []
    /// `/ready` says that the folder cannot be written.
    var isStateMissing = false
    /// The next records go to a new segment.
    var beginsSegment = true
    /// The folder has more segments than a process should leave.
    var isFragmented = false
    var isStopping = false
    /// Newest dispatches that were not understood, whether they are to be written, and when the log told of a kind.
    var asides = AsideShelf()
    var isAsideDue = false
    var asidesTold: [DispatchKind: Int64] = [:]

    var connection: DiscordConnection?
    var connectionsMade = 0
    private var timer: TimerID?
    private var armedFor: Duration?
    let works: AsyncStream<Work>
    let workDue: AsyncStream<Work>.Continuation
    let checkpointsDue: AsyncStream<FoldedShard>
    let checkpointDue: AsyncStream<FoldedShard>.Continuation
    let asidesDue: AsyncStream<Void>
    let asideDue: AsyncStream<Void>.Continuation

    init(_ name: ShardName, of fleet: FleetParts, loop: EventLoop) {
        self.name = name
        runner = CommandRunner(api: fleet.api) { loop.now }
        self.loop = loop
        config = fleet.config
        lookup = fleet.lookup
        line = fleet.line
        ledger = fleet.ledger
        links = fleet.links
        flusher = fleet.flusher
        metrics = fleet.metrics
        readiness = fleet.readiness
        bot = fleet.bot
        hooks = fleet.hooks
        own = ShardMetrics(fleet.metrics.registry, name)
        log = fleet.log.with([.shard: "\(name)"])
        store = ShardStore(
            stateDirectory: fleet.config.stateDirectory,
            shard: name,
            beforeWrite: fleet.hooks.beforeWrite
        )
        settings = ShardMachine.Settings(
            token: fleet.config.token,
            shard: name,
            fold: fleet.fold,
            limits: fleet.hooks.limits
        )
        machine = ShardMachine(settings)
        (works, workDue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (checkpointsDue, checkpointDue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (asidesDue, asideDue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    nonisolated func run() async throws {
        let lock = try await takeLock()
        try await restore()
        await withTaskGroup { group in
            group.addTask { await self.workLoop() }
            group.addTask { await self.checkpointLoop() }
            group.addTask { await self.asideLoop() }
            await self.start()
            for await _ in group {}
        }
        await stop()
        withExtendedLifetime(lock) {}
    }

    private func start() {
        if isFragmented, machine.isCheckpointUseful, !machine.folded.isEpochOpen {
            machine.checkpointBegins()
            checkpointDue.yield(beginCheckpoint())
        }
        perform(machine.start(at: moment))
    }

    /// Leaves Discord with a code that keeps the session, and writes the last checkpoint.
    private func stop() async {
        isStopping = true
        perform(machine.stop(at: moment))
        if let timer { loop.cancel(timer) }
        await flush()
        await drainCommands()
        await writeLastCheckpoint()
        await writeAsides()
    }

    nonisolated var moment: ShardMachine.Moment {
        ShardMachine.Moment(now: loop.now, wall: WallClock.unixMilliseconds(), random: RandomSource.unit())
    }

    // MARK: The machine's wishes

    /// `made`: frames that leave with those of the actions, before them.
    func perform(_ actions: [ShardMachine.Action], releasing made: [EventFrame] = []) {
        var frames = made
        for action in actions {
            if case .release(let frame) = action { frames.append(frame) } else { run(action) }
        }
        if !frames.isEmpty { release(frames) }
        askForFlush()
        own.connected.set(machine.gateway.isLive ? 1 : 0)
        own.journal.pendingBytes.set(machine.pendingBytes + machine.folded.parkedBytes)
        arm()
    }

    private func run(_ action: ShardMachine.Action) {
        switch action {
        case .connect(let target): begin(target)
        case .send(let command): send(command)
        case .awaitTurn: if let connection { workDue.yield(.awaitTurn(connection)) }
        case .close(let code):
            connection?.close(code: code)
            forgetConnection()
        case .journal(let record): waiting.append(record)
        case .release(let frame): release([frame])
        case .setEpoch(let epoch): setEpoch(epoch)
        case .checkpointDue: checkpointDue.yield(beginCheckpoint())
        case .discord(let missing):
            readiness.set("discord", of: name, missing: missing)
            if missing == nil { bot.know(token: .accepted) }
        case .aside(let aside): setAside(aside)
        case .execute(let job): execute(job)
        case .reply(let asker, let result): links.reply(result, to: asker.link)
        case .deferInteraction(let interaction): deferInteraction(interaction)
        case .note(let note): tell(note)
        }
    }

    private func send(_ command: GatewayCommand) {
        switch command {
        case .heartbeat: break
        case .requestMembers(let guild, _, _):
            log.info("asking for a guild's members", [.guild: .snowflake(guild)])
        case .identify:
            metrics.identifies.increment()
            log.notice("identifying")
        case .resume(_, let session):
            metrics.resumes.increment()
            log.notice("resuming", [.sequence: .int(Int(clamping: session.sequence))])
        }
        connection?.send(command)
    }

    private func arm() {
        let wanted = isStopping ? nil : machine.deadline
        if timer != nil, wanted == armedFor { return }
        if let timer { loop.cancel(timer) }
        timer = nil
        armedFor = wanted
        guard let deadline = wanted else { return }
        timer = loop.schedule(after: max(.zero, deadline - loop.now)) { [weak self] in
            self?.assumeIsolated { shard in
                shard.timer = nil
                shard.perform(shard.machine.tick(at: shard.moment))
            }
        }
    }
}

/// What tests put between a gateway and its world.
package struct GatewayHooks: Sendable {
    /// Told how many bytes are about to be written to the state folder; may refuse.
    package var beforeWrite: @Sendable (Int) throws -> Void = { _ in }
    /// Told of each dispatch before it is folded.
    package var willFold: @Sendable (FoldMark) -> Void = { _ in }
    package var limits = ShardLimits()
    /// Between two IDENTIFYs of one bucket.
    package var identifyInterval = IdentifyBudget.bucketInterval

    package init() {}
}

/// Records on their way to the disk together.
struct JournalGroup: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0
    /// The highest that they choose.
    private(set) var epoch: UInt64?

    var isEmpty: Bool { count == 0 }

    /// With room for so many bytes.
    init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    mutating func append(_ record: JournalRecord) {
        record.encode(into: &bytes)
        count += 1
        switch record.input {
        case .sessionBegan(_, _, let chosen): epoch = max(epoch ?? 0, chosen ?? 0)
        case .epochChosen(let chosen): epoch = max(epoch ?? 0, chosen)
        case .superseded(let other): epoch = max(epoch ?? 0, other)
        default: break
        }
    }

    mutating func append(_ later: JournalGroup) {
        bytes += later.bytes
        count += later.count
        if let other = later.epoch { epoch = max(epoch ?? 0, other) }
    }
}
