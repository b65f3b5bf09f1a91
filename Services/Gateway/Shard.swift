internal import Base
internal import DiscordProtocol
internal import EventLoop
internal import EventModels
internal import Lifecycle
internal import LinkProtocol
internal import Telemetry

/// One shard: sockets, files and clocks around its `ShardMachine`. Everything but the disk happens on one loop.
actor Shard: Service {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    nonisolated let name: ShardName
    let config: GatewayConfig
    let rest: DiscordREST
    let links: LinkServer
    let store: ShardStore
    let identifies: IdentifyLog
    let hooks: GatewayHooks
    let log: Log
    let metrics: GatewayMetrics
    let readiness: Readiness
    let settings: ShardMachine.Settings

    /// Anew until the folder was read.
    var machine: ShardMachine
    var marker: FoldMarker?
    /// Encoded records that wait for the disk.
    var waiting = JournalGroup()
    /// Number of the last record that was handed to the disk.
    var handedOver: UInt64 = 0
    var isDiskFailing = false
    /// The next records go to a new segment.
    var beginsSegment = true
    /// The folder has more segments than a process should leave.
    var isFragmented = false
    var isStopping = false

    var connection: DiscordConnection?
    var connectionsMade = 0
    private var timer: TimerID?
    let works: AsyncStream<Work>
    let workDue: AsyncStream<Work>.Continuation
    let flushesDue: AsyncStream<Void>
    let flushDue: AsyncStream<Void>.Continuation
    let checkpointsDue: AsyncStream<Checkpoint>
    let checkpointDue: AsyncStream<Checkpoint>.Continuation

    init(
        config: GatewayConfig,
        rest: DiscordREST,
        links: LinkServer,
        loop: EventLoop,
        log: Log,
        metrics: GatewayMetrics,
        readiness: Readiness,
        hooks: GatewayHooks
    ) {
        self.config = config
        self.rest = rest
        self.links = links
        self.loop = loop
        self.metrics = metrics
        self.readiness = readiness
        self.hooks = hooks
        name = config.shard
        self.log = log.with([.shard: "\(config.shard)"])
        store = ShardStore(
            stateDirectory: config.stateDirectory,
            shard: config.shard,
            beforeWrite: hooks.beforeWrite
        )
        identifies = IdentifyLog(folder: Folder(path: config.stateDirectory), token: config.token)
        settings = ShardMachine.Settings(
            token: config.token,
            shard: config.shard,
            fold: Fold(cdn: CDN(base: config.cdnBase), guildFilter: config.guilds),
            limits: hooks.limits
        )
        machine = ShardMachine(settings)
        (works, workDue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (flushesDue, flushDue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (checkpointsDue, checkpointDue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    nonisolated func run() async throws {
        let lock = try await takeLock()
        try await restore()
        await withTaskGroup { group in
            group.addTask { await self.workLoop() }
            group.addTask { await self.flushLoop() }
            group.addTask { await self.checkpointLoop() }
            await self.start()
            for await _ in group {}
        }
        await stop()
        withExtendedLifetime(lock) {}
    }

    private func start() {
        windowChanged()
        if isFragmented, machine.isCheckpointUseful, !machine.folded.isEpochOpen {
            machine.checkpointBegins()
            checkpointDue.yield(takeCheckpoint())
        }
        perform(machine.start(at: moment))
    }

    /// Leaves Discord with a code that keeps the session, and writes the last checkpoint.
    private func stop() async {
        isStopping = true
        perform(machine.stop(at: moment))
        if let timer { loop.cancel(timer) }
        await flush()
        await writeLastCheckpoint()
    }

    nonisolated var moment: ShardMachine.Moment {
        ShardMachine.Moment(now: loop.now, wall: WallClock.unixMilliseconds(), random: RandomSource.unit())
    }

    // MARK: The machine's wishes

    func perform(_ actions: [ShardMachine.Action]) {
        for action in actions { run(action) }
        if !waiting.isEmpty, !isDiskFailing { flushDue.yield() }
        metrics.connected.set(machine.gateway.isLive ? 1 : 0)
        metrics.journal.pendingBytes.set(machine.pendingBytes + machine.folded.parkedBytes)
        arm()
    }

    private func run(_ action: ShardMachine.Action) {
        switch action {
        case .connect(let target): begin(target)
        case .send(let command): send(command)
        case .close(let code):
            connection?.close(code: code)
            connection = nil
        case .journal(let record): waiting.append(record)
        case .release(let frame):
            metrics.made(frame.events)
            links.append(frame)
        case .setEpoch(let epoch): links.setEpoch(epoch, of: name)
        case .checkpointDue: checkpointDue.yield(takeCheckpoint())
        case .discord(let missing): readiness.set("discord", missing: missing)
        case .note(let note): tell(note)
        }
    }

    private func send(_ command: GatewayCommand) {
        switch command {
        case .heartbeat: break
        case .requestMembers(let guild, _):
            log.info("asking for a guild's members", [.guild: .snowflake(guild)])
        case .identify:
            if let connection { workDue.yield(.identify(command, connection)) }
            return
        case .resume(_, let session):
            metrics.resumes.increment()
            log.notice("resuming", [.sequence: .int(Int(clamping: session.sequence))])
        }
        connection?.send(command)
    }

    private func arm() {
        if let timer { loop.cancel(timer) }
        timer = nil
        guard !isStopping, let deadline = machine.deadline else { return }
        timer = loop.schedule(after: max(.zero, deadline - loop.now)) { [weak self] in
            self?.assumeIsolated { shard in
                shard.timer = nil
                shard.perform(shard.machine.tick(at: shard.moment))
            }
        }
    }

    // MARK: For the links, on the loop

    /// As of now; everything that it has made is with the links.
    nonisolated var decisions: ShardMachine { assumeIsolated { $0.machine } }

    nonisolated func resync() { assumeIsolated { $0.perform($0.machine.resync(at: $0.moment)) } }

    nonisolated func superseded(by top: EventID) {
        assumeIsolated { $0.perform($0.machine.superseded(by: top, at: $0.moment)) }
    }

    nonisolated func linked(topEpoch: UInt64) {
        assumeIsolated { $0.perform($0.machine.linked(topEpoch: topEpoch, at: $0.moment)) }
    }

    /// Frames were confirmed, or more are held: connect or let go.
    nonisolated func windowChanged() {
        assumeIsolated { shard in
            let (isFull, hasRoom) = shard.links.window(of: shard.name)
            shard.perform(shard.machine.window(isFull: isFull, hasRoom: hasRoom, at: shard.moment))
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

    package init() {}
}

/// Records on their way to the disk together.
struct JournalGroup: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0
    /// The highest that they choose.
    private(set) var epoch: UInt64?

    var isEmpty: Bool { count == 0 }

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
