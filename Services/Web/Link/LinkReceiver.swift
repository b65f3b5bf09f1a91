package import Base
package import EventBus
package import EventLoop
package import EventModels
import HTTPWire
package import LinkProtocol
package import Telemetry
package import WebSocketTransport
package import WebSocketWire

/// One link to one gateway: takes its frames, puts them on the bus, acknowledges what the bus confirmed; connects
/// again for as long as it lives. The protocol is `ReplicaMachine`'s; here is its socket and its clock.
package actor LinkReceiver: WebSocketDelegate {
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let url: String
    private let token: Secret
    private let name: String
    private let bus: any EventBus
    private let hub: Hub
    private let log: Log
    private let metrics: LinkMetrics
    private var machine = ReplicaMachine()
    /// The bus that was named in this link's hello.
    private var namedBus: String?
    private var socket: WebSocketConnection?
    private var backoff = Backoff(base: .milliseconds(200), limit: .seconds(5))
    private var appendBackoff = Backoff(base: .milliseconds(50), limit: .seconds(1))
    /// Counts connections, so that what belongs to an earlier one is not taken for this one's.
    private var generation = 0
    private var stopped = false
    private var whenClosed: CheckedContinuation<Void, Never>?
    /// What the gateway was asked on this link, and who waits for it.
    private var commands: OpenCommands
    private var askers: [UInt64: CheckedContinuation<LinkReply, Never>] = [:]
    private var expiry: TimerID?
    /// When it is to fire.
    private var expiresAt = Duration.zero

    /// How long a replica that is stopped waits for what it is appending.
    private let drainMax: Duration
    /// How long it waits then for the gateway to close.
    private static let closeMax = Duration.milliseconds(500)
    /// Why there is no link now; nil while there is one.
    package private(set) var missing: String? = "not connected yet"

    package init(
        url: String,
        token: Secret,
        name: String,
        bus: any EventBus,
        hub: Hub,
        log: Log,
        metrics: LinkMetrics,
        commands: OpenCommands = OpenCommands(),
        drainMax: Duration = .seconds(3)
    ) {
        self.url = url
        self.drainMax = drainMax
        self.commands = commands
        self.token = token
        self.name = name
        self.bus = bus
        self.hub = hub
        loop = bus.loop
        self.log = log
        self.metrics = metrics
    }

    /// Shards that this replica puts on the bus now.
    package var published: [ShardName] { machine.shards.filter(\.publisher).map(\.shard) }

    /// The gateway's host and port, for people; never what stands before an `@`.
    package nonisolated var address: String {
        let rest = url.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        return String(rest.split(separator: "@").last ?? "")
    }

    /// Whether something is under way to the bus.
    package var isAppending: Bool { machine.isAppending }

    /// The shards of the gateway that it is linked to; none while there is no link.
    package var shards: [LinkShard] { missing == nil && !stopped ? machine.shards : [] }

    private static var limits: WebSocketLimits {
        var limits = WebSocketLimits.standard
        limits.messageBytesMax = LinkMessage.bytesMax
        return limits
    }

    // MARK: Connecting

    package func connect() async {
        guard !stopped, socket == nil else { return }
        generation += 1
        let own = generation
        machine = ReplicaMachine()
        do {
            // The bus first: without it a link could take frames only to keep them.
            let identity = try await bus.identity()
            var tops: [ShardName: EventID?] = [:]
            for shard in try await bus.shards() { tops[shard] = .some(try await bus.top(of: shard)) }
            let socket = try await WebSocketClient.connect(
                url: url,
                headers: ["Authorization": "Bearer \(token.exposed)"],
                subprotocol: LinkMessage.subprotocol,
                loop: loop,
                limits: Self.limits,
                delegate: self
            )
            guard own == generation, !stopped else { return socket.close(code: 1001, reason: "stopping") }
            self.socket = socket
            namedBus = identity
            run(machine.opened(bus: identity, tops: tops, name: name))
        } catch {
            guard own == generation else { return }
            lost("\(error)")
        }
    }

    private func lost(_ reason: String) {
        socket = nil
        machine = ReplicaMachine()
        metrics.connected.set(0)
        for id in commands.abandon() { reply(id, .lost) }
        guard !stopped else {
            whenClosed?.resume()
            whenClosed = nil
            return
        }
        let wait = backoff.next(random: RandomSource.unit())
        if missing == nil || backoff.attempt <= 1 {
            log.warning("no link to the gateway", [.url: .string(url), .reason: .string(reason)])
        }
        missing = reason
        loop.schedule(after: wait) { [weak self] in
            guard let self else { return }
            Task { await self.connect() }
        }
    }

    /// The bus has this identity now. When it is another than the link named, Redis came back empty: the link is made
    /// anew, so that all replicas name the same one.
    package func busIs(_ identity: String) {
        noteBus(failure: nil)
        guard let socket, let namedBus, namedBus != identity else { return }
        log.warning("the bus is another one; linking anew", [.bus: .string(identity)])
        send(.goodbye(reason: "the bus is another one"))
        socket.close(code: 1001, reason: "the bus is another one")
    }

    /// Trims the logs that this replica publishes, and looks whether they still end where they did.
    package func tendLogs() async {
        for shard in machine.shards.map(\.shard) {
            guard published.contains(shard) else {
                metrics.logBytes(shard).set(0)
                continue
            }
            let own = generation
            let settled = machine.settledTop(of: shard)
            do {
                let size = try await bus.trim(shard)
                metrics.logBytes(shard).set(size.bytes)
                metrics.trimmed(shard).increment(by: size.removed)
                guard own == generation else { continue }
                run(machine.topLooked(shard, settled: settled, top: size.top))
            } catch {
                log.debug("a log was not trimmed", [.shard: "\(shard)", .error: .string("\(error)")])
            }
        }
    }

    /// The bus did not answer: the gateway is told, so that it takes another publisher only where one has a bus.
    package func busFailed(_ reason: String) { noteBus(failure: reason) }

    private func noteBus(failure: String?) {
        guard socket != nil else { return }
        run(machine.busLooked(failure: failure))
    }

    /// Takes no more frames, acknowledges what is being appended, says goodbye and closes; goodbye is said within `drainMax`,
    /// whatever the bus does.
    package func stop() async {
        guard !stopped else { return }
        stopped = true
        guard let socket else {
            generation += 1
            return
        }
        let leave = loop.schedule(after: drainMax) { [weak self] in
            self?.assumeIsolated { $0.run($0.machine.leave()) }
        }
        let limit = loop.schedule(after: drainMax + Self.closeMax) {
            socket.abort(reason: "not drained in time")
        }
        await withCheckedContinuation { continuation in
            whenClosed = continuation
            run(machine.drain(reason: "the replica is stopping"))
        }
        loop.cancel(leave)
        loop.cancel(limit)
    }

    // MARK: The socket

    package nonisolated func webSocket(_ socket: WebSocketConnection, received message: WebSocketMessage) {
        assumeIsolated { $0.received(message, from: socket) }
    }

    package nonisolated func webSocketDrained(_ socket: WebSocketConnection) {}

    package nonisolated func webSocketClosed(_ socket: WebSocketConnection, code: UInt16?, reason: String) {
        assumeIsolated { receiver in
            guard receiver.socket === socket else { return }
            receiver.generation += 1
            receiver.lost(
                code.map { "closed by the gateway: \($0) \(reason)" } ?? "the connection broke: \(reason)"
            )
        }
    }

    private func received(_ message: WebSocketMessage, from socket: WebSocketConnection) {
        guard socket === self.socket else { return }
        guard case .text(let bytes) = message else {
            return socket.close(code: LinkCloseCode.malformed.rawValue, reason: "the link speaks text")
        }
        do {
            let message = try LinkMessage(decoding: bytes)
            if case .goodbye(let reason) = message {
                log.notice("the gateway says goodbye", [.url: .string(url), .reason: .string(reason)])
            }
            run(machine.received(message))
        } catch {
            metrics.malformed.increment()
            socket.close(code: LinkCloseCode.malformed.rawValue, reason: "\(error)")
        }
    }

    private func send(_ message: LinkMessage) {
        socket?.send(text: message.encoded(ts: WallClock.unixMilliseconds()))
    }

    // MARK: Actions

    private func run(_ actions: [ReplicaMachine.Action]) {
        for action in actions { run(action) }
    }

    private func run(_ action: ReplicaMachine.Action) {
        switch action {
        case .send(let message): send(message)
        case .append(let frame): append(frame)
        case .retryLater(let shard): retryLater(shard)
        case .shardsChanged(let shards): shardsChanged(shards)
        case .answered(let result): answered(result)
        case .close(let code, let reason): socket?.close(code: code.rawValue, reason: reason)
        }
    }

    // MARK: Commands

    /// Asks the gateway, for as long as `OpenCommands` gives it.
    package func ask(_ request: LinkCommand.Request) async -> LinkReply {
        guard let socket, missing == nil, !stopped else { return .lost }
        guard let command = commands.open(request, now: loop.now) else {
            metrics.commandsUnsent.increment()
            return .unsent
        }
        metrics.commandsSent.increment()
        return await withCheckedContinuation { continuation in
            askers[command.id] = continuation
            armExpiry()
            socket.send(text: LinkMessage.command(command).encoded(ts: WallClock.unixMilliseconds()))
        }
    }

    /// Late answers are nobody's.
    private func answered(_ result: LinkResult) {
        guard commands.answered(result.id) else { return }
        switch result.outcome {
        case .member(let answer): reply(result.id, .member(answer))
        case .failed(let failure):
            log.debug("the gateway does not know", [.reason: .string(failure.message)])
            reply(result.id, .refused(failure))
        case .value(let value): reply(result.id, .value(value))
        }
    }

    private func reply(_ id: UInt64, _ reply: LinkReply) {
        switch reply {
        case .member, .value: metrics.commandsAnswered.increment()
        case .refused: metrics.commandsRefused.increment()
        case .timedOut: metrics.commandsTimedOut.increment()
        case .lost: metrics.commandsLost.increment()
        case .unsent: metrics.commandsUnsent.increment()
        }
        askers.removeValue(forKey: id)?.resume(returning: reply)
    }

    /// An order has longer than a question: a question that comes behind it must not wait for its timer.
    private func armExpiry() {
        guard let deadline = commands.deadline else { return }
        if let expiry {
            guard deadline < expiresAt else { return }
            loop.cancel(expiry)
        }
        expiresAt = deadline
        expiry = loop.schedule(after: max(.zero, deadline - loop.now)) { [weak self] in
            self?.assumeIsolated { receiver in
                receiver.expiry = nil
                for id in receiver.commands.expire(now: receiver.loop.now) { receiver.reply(id, .timedOut) }
                receiver.armExpiry()
            }
        }
    }

    private func append(_ frame: EventFrame) {
        let own = generation
        bus.append(frame) { [self] result in
            assumeIsolated { receiver in
                let outcome = receiver.outcome(of: frame, result)
                guard own == receiver.generation else { return }
                receiver.run(receiver.machine.appended(frame.shard, outcome))
            }
        }
    }

    private func outcome(
        of frame: EventFrame,
        _ result: Result<AppendResult, BusError>
    ) -> ReplicaMachine.Outcome {
        switch result {
        case .success(.appended(let top)):
            appendBackoff.reset()
            metrics.appended.increment(by: frame.events.count)
            return .appended(top: top)
        case .success(.refused(let top)):
            metrics.refused.increment()
            return .refused(top: top)
        case .failure(let error):
            metrics.failed.increment()
            if appendBackoff.attempt == 0 {
                log.warning("the bus did not take a frame; it is tried again", [.error: .string("\(error)")])
            }
            return .failed
        }
    }

    private func retryLater(_ shard: ShardName) {
        let own = generation
        loop.schedule(after: appendBackoff.next(random: RandomSource.unit())) { [weak self] in
            self?.assumeIsolated { receiver in
                guard own == receiver.generation else { return }
                receiver.run(receiver.machine.retry(shard))
            }
        }
    }

    private func shardsChanged(_ shards: [LinkShard]) {
        missing = nil
        backoff.reset()
        metrics.connected.set(1)
        log.notice(
            "linked to the gateway",
            [
                .url: .string(url), .gateway: .string(machine.gateway ?? ""),
                .count: .int(shards.count(where: \.publisher)),
            ]
        )
        Task { [hub] in await hub.know(shards.map(\.shard)) }
    }
}
