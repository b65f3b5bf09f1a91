internal import Base
internal import DiscordProtocol
internal import EventLoop
internal import EventModels
internal import JSON
internal import Lifecycle
internal import LinkProtocol
internal import Telemetry

/// One shard: its session with Discord, its fold, its checkpoint. Everything happens on one loop.
///
/// Order of things: a dispatch is folded when it arrives, its frame goes to the links at once, and the checkpoint
/// follows within a second. Only a new session waits: its first frame leaves when session and epoch are on disk.
actor Shard: Service {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    nonisolated let name: ShardName
    let config: GatewayConfig
    let rest: DiscordREST
    let links: LinkServer
    let file: AtomicFile
    let log: Log
    let metrics: GatewayMetrics
    let readiness: Readiness
    private let fold: Fold

    var machine: GatewayMachine
    var state = ShardState()
    var epoch: UInt64 = 0
    /// Frames of a session that is not on disk yet.
    var heldFrames: [EventFrame]?
    var heldBytes = 0
    var isChanged = false
    var nextCheckpoint = Duration.zero
    var isSuperseded = false
    var isStopping = false
    private var isWaitingForRoom = false

    var connection: DiscordConnection?
    var connectionsMade = 0
    private var timer: TimerID?
    let targets: AsyncStream<GatewayMachine.Target>
    let connect: AsyncStream<GatewayMachine.Target>.Continuation
    let checkpointsDue: AsyncStream<Void>
    let checkpointDue: AsyncStream<Void>.Continuation

    init(
        config: GatewayConfig,
        rest: DiscordREST,
        links: LinkServer,
        loop: EventLoop,
        log: Log,
        metrics: GatewayMetrics,
        readiness: Readiness
    ) {
        self.config = config
        self.rest = rest
        self.links = links
        self.loop = loop
        self.metrics = metrics
        self.readiness = readiness
        name = config.shard
        self.log = log.with([.shard: "\(config.shard)"])
        file = AtomicFile(
            path: "\(config.stateDirectory)/shard-\(config.shard.index)-\(config.shard.count).json"
        )
        fold = Fold(cdn: CDN(base: config.cdnBase), guildFilter: config.guilds)
        machine = GatewayMachine(
            token: config.token,
            intents: .product,
            shard: config.shard.index,
            count: config.shard.count
        )
        (targets, connect) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (checkpointsDue, checkpointDue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    nonisolated func run() async throws {
        try await restore()
        await withTaskGroup { group in
            group.addTask { await self.connectLoop() }
            group.addTask { await self.checkpointLoop() }
            await self.start()
            for await _ in group {}
        }
        await stop()
    }

    private func start() {
        perform(machine.start(now: loop.now))
        tickCheckpoint()
    }

    /// Takes what a checkpoint held; before `start`.
    func resume(_ checkpoint: Checkpoint) {
        epoch = checkpoint.folded.epoch
        state = checkpoint.folded.state
        machine = GatewayMachine(
            token: config.token,
            intents: .product,
            shard: name.index,
            count: name.count,
            session: checkpoint.folded.session
        )
        metrics.guilds.set(state.guilds.ids.count)
    }

    // MARK: The machine's wishes

    func perform(_ actions: [GatewayMachine.Action]) {
        for action in actions { run(action) }
        metrics.connected.set(machine.isLive ? 1 : 0)
        arm()
    }

    private func run(_ action: GatewayMachine.Action) {
        switch action {
        case .connect(let target):
            connect.yield(target)
        case .send(let command):
            count(command)
            connection?.send(command)
        case .close(let code):
            connection?.close(code: code)
            connection = nil
            notReady("the connection to Discord is being made anew")
        case .sessionStarted(let session):
            began(session)
        case .sessionLost:
            isChanged = true
            log.notice("session lost, a new one is needed")
        case .resumed:
            log.notice("session resumed", [.sequence: .int(Int(clamping: machine.session?.sequence ?? 0))])
            readiness.set("discord", missing: nil)
            for guild in state.guilds.ids { requestMissingMembers(of: guild) }
        case .dispatch(let dispatch):
            take(dispatch)
            if dispatch.name == DispatchKind.guildCreate.rawValue, let guild = dispatch.data["id"]?.snowflake
            {
                requestMissingMembers(of: guild)
            }
        case .failed(let code):
            log.error(
                "Discord refused the bot for good",
                [.code: .int(Int(code.rawValue)), .reason: .string(code.remedy)]
            )
            notReady(code.remedy)
        }
    }

    private func count(_ command: GatewayCommand) {
        switch command {
        case .heartbeat: break
        case .requestMembers(let guild, _):
            log.info("asking for a guild's members", [.guild: .snowflake(guild)])
        case .identify:
            metrics.identifies.increment()
            log.notice("identifying")
        case .resume(_, let session):
            metrics.resumes.increment()
            log.notice("resuming", [.sequence: .int(Int(clamping: session.sequence))])
        }
    }

    func notReady(_ reason: String) { readiness.set("discord", missing: reason) }

    private func arm() {
        if let timer { loop.cancel(timer) }
        timer = nil
        guard let deadline = machine.deadline else { return }
        timer = loop.schedule(after: max(.zero, deadline - loop.now)) { [weak self] in
            self?.assumeIsolated { shard in
                shard.timer = nil
                shard.perform(shard.machine.tick(now: shard.loop.now, random: RandomSource.unit()))
            }
        }
    }

    // MARK: Sessions and dispatches

    /// A new epoch: above the clock, above every one of our own, above every log that is linked.
    private func began(_ session: Session) {
        let now = UInt64(max(0, WallClock.unixMilliseconds()))
        epoch = max(now, epoch + 1, links.topEpoch + 1)
        links.setEpoch(epoch, of: name)
        heldFrames = heldFrames ?? []
        isChanged = true
        checkpointDue.yield()
        log.notice("session started", [.epoch: .string(String(epoch))])
        readiness.set("discord", missing: nil)
    }

    private func take(_ dispatch: Dispatch) {
        metrics.dispatched(dispatch.name)
        isChanged = true
        let prev = state.last
        let events = fold.apply(dispatch, epoch: epoch, ts: WallClock.unixMilliseconds(), to: &state)
        guard !events.isEmpty else { return }
        metrics.made(events)
        metrics.guilds.set(state.guilds.ids.count)
        hand(EventFrame(shard: name, prev: prev, events: events))
    }

    /// A large guild arrives without most of those who are offline.
    private func requestMissingMembers(of guild: Snowflake) {
        guard state.lacksMembers(of: guild) else { return }
        let nonce = String(machine.session?.sequence ?? 0)
        let request = GatewayCommand.requestMembers(guild: guild, nonce: nonce)
        for case .send(let command) in machine.request(request, now: loop.now) {
            connection?.send(command)
            count(command)
        }
    }

    private func hand(_ frame: EventFrame) {
        guard heldFrames == nil else {
            heldFrames?.append(frame)
            heldBytes += frame.bytes
            return lookForRoom()
        }
        links.append(frame)
        lookForRoom()
    }

    /// Session and epoch are on disk.
    func releaseHeldFrames() {
        guard let frames = heldFrames else { return }
        heldFrames = nil
        heldBytes = 0
        for frame in frames { links.append(frame) }
        lookForRoom()
    }

    /// The log of the bus has lost what is no longer held here: everything goes out once more behind what is.
    nonisolated func resync() {
        assumeIsolated { shard in
            guard shard.epoch > 0 else { return }
            let prev = shard.state.last
            // The last event may be of an earlier session, whose numbers say nothing here.
            let made = prev?.epoch == shard.epoch ? prev?.sequence ?? 0 : 0
            let events = shard.fold.resync(
                epoch: shard.epoch,
                sequence: max(made, shard.machine.session?.sequence ?? 0),
                ts: WallClock.unixMilliseconds(),
                state: &shard.state
            )
            guard !events.isEmpty else { return }
            shard.isChanged = true
            shard.metrics.made(events)
            shard.log.notice("the log lacks the guilds' states, sending them", [.count: .int(events.count)])
            shard.hand(EventFrame(shard: shard.name, prev: prev, events: events))
        }
    }

    /// Frames were confirmed, or more are held: connect or let go.
    nonisolated func windowChanged() {
        assumeIsolated { shard in
            shard.isChanged = true
            shard.lookForRoom()
        }
    }

    private func lookForRoom() {
        if links.isFull(name) || heldBytes > links.limits.unackedBytesMax {
            guard !isWaitingForRoom else { return }
            isWaitingForRoom = true
            log.warning("too much waits for the bus, letting go of Discord until there is room")
            perform(machine.suspend())
            notReady("too many events wait for the bus; the session will be resumed")
        } else if isWaitingForRoom, links.hasRoom(name), !isSuperseded, !isStopping {
            isWaitingForRoom = false
            log.notice("room again, going back to Discord")
            perform(machine.start(now: loop.now))
        }
    }

    /// Another gateway writes this shard's log: two would end each other's sessions for ever.
    nonisolated func superseded(by top: EventID) {
        assumeIsolated { shard in
            guard !shard.isSuperseded else { return }
            shard.isSuperseded = true
            shard.log.error(
                "another gateway has taken this shard over",
                [.top: "\(top)", .epoch: "\(shard.epoch)"]
            )
            // Restarted by hand, the shard begins a session above what the other one has written.
            shard.perform(shard.machine.forgetSession())
            shard.epoch = max(shard.epoch, top.epoch)
            shard.isChanged = true
            shard.notReady(
                "another gateway has taken this shard over (log ends at \(top)); restart to take it back"
            )
        }
    }

    // MARK: The end

    /// Leaves Discord with a code that keeps the session, and writes the last checkpoint.
    private func stop() async {
        isStopping = true
        perform(machine.suspend())
        await writeCheckpoint()
    }
}
