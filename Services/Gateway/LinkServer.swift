internal import Base
internal import EventLoop
internal import EventModels
internal import HTTPServer
internal import HTTPWire
internal import Lifecycle
internal import LinkProtocol
internal import ServiceEndpoints
internal import Telemetry
internal import WebSocketTransport
internal import WebSocketWire

/// The side that replicas link to: HTTP for people and probes, `/link` for replicas. The rules are `LinkHub`'s.
actor LinkServer: Service {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let config: GatewayConfig
    nonisolated let limits: PublisherLimits
    private let log: Log
    private let metrics: GatewayMetrics
    let readiness: Readiness
    let bot: BotStatus
    private let authentication: LinkAuthentication
    private var limiter = FailureLimiter()
    private(set) var hub: LinkHub
    private(set) var shards: [ShardName: Shard] = [:]
    /// The report that is being made, for all who ask meanwhile.
    var reporting: Task<[UInt8], Never>?
    /// As the shards were told.
    private var windows: [ShardName: LinkWindow] = [:]
    private var retired: [ShardName: RetiredShard] = [:]
    private var sockets: [LinkID: WebSocketConnection] = [:]
    private var gate = CommandGate()
    private var linksMade: UInt64 = 0
    /// Links that metric and readiness speak of.
    private var linkedNoted = 0
    private var isStopping = false

    /// Of a replica: acks and hellos are small.
    static let messageBytesMax = 1 << 20
    /// What may wait for one replica: what is in flight and one frame of any size.
    static let queuedBytesMax = 96 << 20

    init(
        config: GatewayConfig,
        limits: PublisherLimits,
        loop: EventLoop,
        log: Log,
        metrics: GatewayMetrics,
        readiness: Readiness,
        bot: BotStatus
    ) {
        self.config = config
        self.limits = limits
        self.loop = loop
        self.log = log
        self.metrics = metrics
        self.readiness = readiness
        self.bot = bot
        authentication = LinkAuthentication(tokens: config.linkTokens)
        hub = LinkHub(gateway: RandomSource.hex(8))
        readiness.note("link", missing: "no replica is linked")
    }

    nonisolated func run() async throws {
        let server = HTTPServer(
            loop: loop,
            routes: routes(),
            observer: HTTPMetrics(metrics.registry)
        )
        let port = try await server.start(host: config.host, port: config.port)
        log.notice("listening", [.host: .string(config.host), .port: .int(port)])
        await start()
        // Ends with the task's cancellation only.
        let (forever, end) = AsyncStream<Void>.makeStream()
        for await _ in forever {}
        end.finish()
        await stop()
        await server.stop(drain: .seconds(1))
    }

    private func start() {
        loop.schedule(after: .seconds(1)) { [weak self] in self?.assumeIsolated { $0.tick() } }
    }

    private func tick() {
        guard !isStopping else { return }
        let now = loop.now
        perform(hub.tick(now: now))
        for shard in shards.keys { noteWindow(of: shard) }
        metrics.unackedBytes.set(hub.unackedBytes)
        metrics.tailBytes.set(hub.tailBytes)
        start()
    }

    /// From a stop to the goodbye, for commands that are Discord's now.
    private static let drainMax = Duration.milliseconds(2500)
    private static let drainLook = Duration.milliseconds(20)

    private func stop() async {
        isStopping = true
        let until = loop.now + Self.drainMax
        while gate.count > 0, loop.now < until { await loop.pause(Self.drainLook) }
        for link in sockets.keys.sorted() {
            sockets[link]?.send(
                text: LinkMessage.goodbye(reason: "the gateway is going down").encoded(ts: Self.now)
            )
            sockets[link]?.close(code: 1001, reason: "going down")
        }
    }

    private static var now: Int64 { WallClock.unixMilliseconds() }

    // MARK: HTTP

    private nonisolated func routes() -> [Route] {
        OperationsRoutes.routes(readiness: readiness, metrics: metrics.registry)
            + [.get("/link") { [self] request, _ in await answerLink(request) }]
    }

    /// 401 before the upgrade, held back the longer the more often an address fails.
    private func answerLink(_ request: HTTPRequest) async -> HTTPResponse {
        guard authentication.accepts(authorization: request.headers["authorization"]) else {
            metrics.linkRefusals.increment()
            let wait = limiter.failed(request.remoteAddress, now: loop.now)
            log.warning("a link was refused: wrong token", [.address: .string(request.remoteAddress)])
            await loop.pause(wait)
            return .problem(status: 401, detail: "the link needs LINK_TOKEN as bearer token")
                .with("WWW-Authenticate", "Bearer")
        }
        limiter.succeeded(request.remoteAddress)
        guard !isStopping else { return .problem(status: 503, detail: "the gateway is going down") }
        var limits = WebSocketLimits()
        limits.messageBytesMax = Self.messageBytesMax
        limits.queuedBytesMax = Self.queuedBytesMax
        return webSocketResponse(to: request, subprotocol: LinkMessage.subprotocol, limits: limits) {
            [self] socket in
            assumeIsolated { $0.opened(socket) }
        }
    }

    // MARK: Links

    private func opened(_ socket: WebSocketConnection) {
        linksMade += 1
        let link = LinkID(linksMade)
        sockets[link] = socket
        socket.delegate = LinkPeer(link: link, server: self)
        hub.opened(link, now: loop.now)
        log.info("link opened", [.address: .string(socket.remoteAddress)])
    }

    fileprivate func received(_ message: WebSocketMessage, from link: LinkID) {
        let bytes =
            switch message {
            case .text(let bytes): bytes
            case .binary(let bytes): bytes
            }
        let decoded: LinkMessage
        do throws(LinkMessageError) { decoded = try LinkMessage(decoding: bytes) } catch {
            log.warning("a link sent what is no message", [.reason: "\(error)"])
            return perform(hub.receivedGarbage(from: link, now: loop.now))
        }
        if case .hello(let hello) = decoded {
            log.notice("replica linked", [.replica: .string(hello.name), .bus: .string(hello.bus)])
        }
        perform(hub.received(decoded, from: link, now: loop.now))
        if case .hello = decoded, hub.linkedCount > 0 {
            for shard in shards.values { shard.linked(topEpoch: hub.topEpoch) }
        }
        if case .ack(let shard, _, _) = decoded { noteWindow(of: shard) }
    }

    fileprivate func closed(_ link: LinkID, code: UInt16?, reason: String) {
        sockets[link] = nil
        log.notice("link closed", [.code: .int(Int(code ?? 1006)), .reason: .string(reason)])
        gate.left(link)
        for shard in shards.values { shard.linkLeft(link) }
        perform(hub.closed(link, died: code == nil, now: loop.now))
    }

    private func perform(_ actions: [LinkHub.Action]) {
        for action in actions {
            switch action {
            case .send(let link, let message):
                sockets[link]?.send(text: message.encoded(ts: Self.now))
            case .close(let link, let code, let reason):
                log.warning("closing a link", [.code: .int(Int(code.rawValue)), .reason: .string(reason)])
                sockets[link]?.close(code: code.rawValue, reason: reason)
            case .answer(let link, let command):
                answer(command, to: link)
            case .resync(let shard):
                if shards[shard] == nil {
                    log.error("a shard of before no longer holds what its log lacks", [.shard: "\(shard)"])
                }
                shards[shard]?.resync()
            case .quarantined(let frame):
                metrics.quarantined.increment(by: frame.events.count)
                log.error(
                    "a frame ended two replicas in turn; event.quarantined stands in its place",
                    [.shard: "\(frame.shard)", .eventID: "\(frame.last)", .event: "\(frame.events[0].name)"]
                )
            case .superseded(let shard, let top):
                shards[shard]?.superseded(by: top)
                if shards[shard] == nil { retired[shard] = .superseded(by: top) }
            }
        }
        guard hub.linkedCount != linkedNoted else { return }
        linkedNoted = hub.linkedCount
        metrics.links.set(linkedNoted)
        readiness.note("link", missing: linkedNoted == 0 ? "no replica is linked" : nil)
    }

    /// By the shard, on its loop; where there is none, here.
    private func answer(_ command: LinkCommand, to link: LinkID) {
        if let failure = gate.take(command.id, of: link) {
            return send(LinkResult(id: command.id, .failed(failure)), to: link)
        }
        metrics.commands.open.set(gate.count)
        if case .fetchGateway = command.request { return report(command.id, to: link) }
        let failure: LinkFailure =
            switch command.request {
            case .invalid(let failure): failure
            case .unknown: CommandRefusal.unknownCommand.failure
            case .fetchMember, .fetchMembers, .fetchGuild, .fetchGateway, .order:
                CommandRefusal.unknownShard.failure
            }
        guard failure.code == .unknownShard, let name = command.shard(among: shards.keys),
            let shard = shards[name]
        else { return answered(LinkResult(id: command.id, .failed(failure)), link) }
        shard.take(command, from: link)
    }

    /// From any loop; behind what went before it.
    nonisolated func reply(_ result: LinkResult, to link: LinkID) {
        loop.execute { [self] in assumeIsolated { $0.answered(result, link) } }
    }

    func answered(_ result: LinkResult, _ link: LinkID) {
        guard gate.answered(result.id, of: link) else { return }
        metrics.commands.open.set(gate.count)
        send(result, to: link)
    }

    private func send(_ result: LinkResult, to link: LinkID) {
        metrics.answered(result)
        sockets[link]?.send(text: LinkMessage.result(result).encoded(ts: Self.now))
    }

    /// A shard hears of its window when that changes.
    private func noteWindow(of name: ShardName) {
        let window = window(of: name)
        guard let shard = shards[name], windows.updateValue(window, forKey: name) != window else { return }
        shard.windowChanged(window)
    }

    // MARK: For the shards

    /// The highest epoch among the logs' tops, where a replica is linked already.
    func addShard(
        _ shard: Shard,
        frames: [EventFrame],
        acknowledged: EventID?,
        last: EventID?,
        epoch: UInt64
    ) -> (topEpoch: UInt64?, window: LinkWindow) {
        var machine = PublisherMachine(shard: shard.name, limits: limits)
        machine.restore(frames, last: last, acknowledged: acknowledged, now: loop.now)
        shards[shard.name] = shard
        perform(hub.addShard(machine, epoch: epoch, now: loop.now))
        return (hub.linkedCount == 0 ? nil : hub.topEpoch, window(of: shard.name))
    }

    private func window(of shard: ShardName) -> LinkWindow {
        let (isFull, hasRoom) = hub.window(of: shard)
        return LinkWindow(isFull: isFull, hasRoom: hasRoom)
    }

    // MARK: Shards of before

    /// One that is sent to its end and has nobody behind it.
    func addRetired(
        _ shard: ShardName,
        frames: [EventFrame],
        acknowledged: EventID?,
        last: EventID?,
        epoch: UInt64
    ) {
        var machine = PublisherMachine(shard: shard, limits: limits)
        machine.restore(frames, last: last, acknowledged: acknowledged, now: loop.now)
        retired[shard] = .holding
        perform(hub.addShard(machine, epoch: epoch, now: loop.now))
    }

    /// What its checkpoint says of the bus counts for nothing until a replica has named the log's end: Redis may have come
    /// back older.
    func state(ofRetired shard: ShardName) -> RetiredShard {
        guard case .holding? = retired[shard], let publisher = hub.publisher(of: shard) else {
            return retired[shard] ?? .drained
        }
        return publisher.publisher != nil && publisher.unackedBytes == 0 ? .drained : .holding
    }

    func removeRetired(_ shard: ShardName) {
        retired[shard] = nil
        perform(hub.removeShard(shard))
    }

    // MARK: From the shards' loops

    /// What a checkpoint keeps: everything that is held, and up to where the bus has confirmed it. Behind what the caller gave
    /// to `append` before: a call of the actor would not be, since a caller on the same loop goes in without waiting its turn.
    nonisolated func heldFrames(of shard: ShardName) async -> (frames: HeldFrames, acknowledged: EventID?) {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                let publisher = assumeIsolated { $0.hub.publisher(of: shard) }
                let frames = publisher?.heldFrames ?? HeldFrames([], shard: shard)
                continuation.resume(returning: (frames, publisher?.confirmed))
            }
        }
    }

    nonisolated func setEpoch(_ epoch: UInt64, of shard: ShardName) {
        loop.execute { [self] in assumeIsolated { $0.hub.setEpoch(epoch, of: shard) } }
    }

    /// A shard's frames, in their order.
    nonisolated func append(_ frames: [EventFrame]) {
        loop.execute { [self] in
            assumeIsolated { server in
                server.perform(server.hub.append(frames, now: server.loop.now))
                if let shard = frames.first?.shard { server.noteWindow(of: shard) }
            }
        }
    }
}

/// What becomes of a shard of before.
enum RetiredShard: Sendable {
    /// It holds what may be missing in the log.
    case holding
    /// A bus has confirmed all that it held.
    case drained
    /// Another gateway has written to its log: nothing of it can be appended any more.
    case superseded(by: EventID)
}

/// How much a shard's publisher holds that no bus has confirmed.
struct LinkWindow: Sendable, Equatable {
    /// The shard lets go of Discord.
    let isFull: Bool
    /// It may go back.
    let hasRoom: Bool
}

/// Knows which link a socket is.
private final class LinkPeer: WebSocketDelegate {
    private let link: LinkID
    private let server: LinkServer

    init(link: LinkID, server: LinkServer) {
        self.link = link
        self.server = server
    }

    func webSocket(_ socket: WebSocketConnection, received message: WebSocketMessage) {
        server.assumeIsolated { $0.received(message, from: link) }
    }

    func webSocketClosed(_ socket: WebSocketConnection, code: UInt16?, reason: String) {
        server.assumeIsolated { $0.closed(link, code: code, reason: reason) }
    }
}
