import Base
import EventBus
import EventModels
import LinkProtocol
import Web

/// A replica's link to one gateway: `LinkReceiver` without its socket. The protocol is `ReplicaMachine`'s.
final class Receiver {
    private unowned let replica: Replica
    private unowned let gateway: GatewayNode
    private var machine = ReplicaMachine()
    private var namedBus: String?
    private var wire: Wire?
    private var link: LinkPeer?
    private var backoff = Backoff(base: .milliseconds(200), limit: .seconds(5))
    private var appendBackoff = Backoff(base: .milliseconds(50), limit: .seconds(1))
    private var generation = 0
    /// What the gateway was asked, and who waits for it.
    private var commands = OpenCommands()
    private var askers: [UInt64: (LinkReply) -> Void] = [:]

    init(_ replica: Replica, _ gateway: GatewayNode) {
        self.replica = replica
        self.gateway = gateway
    }

    private var world: World { replica.world }
    var isLinked: Bool { wire != nil }

    /// Shards that this replica puts on the bus now.
    var published: [ShardName] { machine.shards.filter(\.publisher).map(\.shard) }

    // MARK: Connecting

    /// The bus first: without it a link could take frames only to keep them.
    func connect() {
        guard wire == nil else { return }
        generation += 1
        machine = ReplicaMachine()
        let own = generation
        replica.bus.identity { [weak self] identity in
            guard let self, own == generation else { return }
            guard case .success(let identity) = identity else { return lost() }
            replica.bus.shards { [weak self] shards in
                guard let self, own == generation else { return }
                guard case .success(let shards) = shards else { return lost() }
                readTops(shards[...], [:]) { [weak self] tops in
                    guard let self, own == generation else { return }
                    guard let tops else { return lost() }
                    open(identity, tops)
                }
            }
        }
    }

    private func readTops(
        _ rest: ArraySlice<ShardName>,
        _ found: [ShardName: EventID?],
        _ done: @escaping ([ShardName: EventID?]?) -> Void
    ) {
        guard let shard = rest.first else { return done(found) }
        replica.bus.bounds(of: shard) { [weak self] result in
            guard case .success(let bounds) = result else { return done(nil) }
            var found = found
            found[shard] = .some(bounds.top)
            self?.readTops(rest.dropFirst(), found, done)
        }
    }

    private func open(_ identity: String, _ tops: [ShardName: EventID?]) {
        let own = generation
        var peer: LinkPeer?
        replica.connect(
            to: gateway,
            accepted: { [weak self, weak gateway, weak replica] wire in
                peer = gateway?.accept(wire) { bytes in
                    guard let self, replica?.isUp == true, self.wire === wire else { return }
                    self.received(bytes)
                }
            },
            opened: { [weak self] wire in
                guard let self, own == generation else {
                    wire?.close(from: .client)
                    return
                }
                guard let wire, let peer else { return lost() }
                self.wire = wire
                link = peer
                namedBus = identity
                wire.whenClosed(.client) { [weak self] code in
                    guard let self, self.wire === wire else { return }
                    replica.note("link closed \(code.map(String.init) ?? "without a code")")
                    generation += 1
                    lost()
                }
                run(machine.opened(bus: identity, tops: tops, name: "\(replica.name).\(replica.life)"))
            }
        )
    }

    private func lost() {
        wire = nil
        link = nil
        machine = ReplicaMachine()
        for id in commands.abandon() { reply(id, .lost) }
        let wait = backoff.next(random: world.random.unit())
        replica.after(wait.microseconds) { [weak self] in self?.connect() }
    }

    /// Another bus than the link named: it is made anew, so that all replicas name the same one.
    func busIs(_ identity: String) {
        noteBus(failure: nil)
        guard let wire, let namedBus, namedBus != identity else { return }
        replica.note("the bus is another one")
        send(.goodbye(reason: "the bus is another one"))
        hangUp(wire)
    }

    /// Looks whether the logs that this replica publishes still end where they did.
    func tendLogs() {
        let own = generation
        for shard in published {
            let settled = machine.settledTop(of: shard)
            replica.bus.bounds(of: shard) { [weak self] result in
                guard let self, own == generation, case .success(let bounds) = result else { return }
                run(machine.topLooked(shard, settled: settled, top: bounds.top))
            }
        }
    }

    func busFailed() { noteBus(failure: "Redis does not answer") }

    private func noteBus(failure: String?) {
        guard wire != nil else { return }
        run(machine.busLooked(failure: failure))
    }

    /// SIGTERM: takes no more frames, acknowledges what is being appended, says goodbye.
    func stop() {
        guard wire != nil else { return }
        run(machine.drain(reason: "the replica is stopping"))
    }

    private func hangUp(_ wire: Wire) {
        wire.close(from: .client, code: 1001)
        generation += 1
        lost()
    }

    // MARK: Messages and actions

    private func received(_ bytes: [UInt8]) {
        do throws(LinkMessageError) { run(machine.received(try LinkMessage(decoding: bytes))) } catch {
            world.fail("the gateway sent what is no message: \(error)")
        }
    }

    private func send(_ message: LinkMessage) {
        guard let wire, let link else { return }
        let bytes = message.encoded(ts: replica.wall)
        wire.send(from: .client) { link.receive(bytes) }
    }

    private func run(_ actions: [ReplicaMachine.Action]) {
        for action in actions {
            switch action {
            case .send(let message): send(planted(message))
            case .append(let frame): append(frame)
            case .retryLater(let shard): retryLater(shard)
            case .shardsChanged(let shards):
                backoff.reset()
                replica.hub.know(shards.map(\.shard))
            case .answered(let result): answered(result)
            case .close(let code, _):
                guard let wire else { return }
                wire.close(from: .client, code: code.rawValue)
                generation += 1
                lost()
            }
        }
    }

    private func planted(_ message: LinkMessage) -> LinkMessage {
        guard world.has(.resendTakenForAck), case .ack(let shard, let id?, true) = message else {
            return message
        }
        return .ack(shard: shard, id: id, resend: false)
    }

    private func append(_ frame: EventFrame) {
        if world.has(.ackBeforeAppend) { send(.ack(shard: frame.shard, id: frame.last, resend: false)) }
        let own = generation
        replica.bus.append(frame) { [weak self] result in
            guard let self, own == generation else { return }
            run(machine.appended(frame.shard, outcome(result, frame)))
        }
    }

    private func outcome(_ result: Result<AppendResult, BusError>, _ frame: EventFrame)
        -> ReplicaMachine.Outcome
    {
        switch result {
        case .success(.appended(let top)):
            appendBackoff.reset()
            return .appended(top: top)
        case .success(.refused(let top)): return .refused(top: top)
        case .failure(let error):
            replica.note("append failed: \(error)")
            if world.has(.errorTakenForAck) { return .appended(top: frame.last) }
            if world.has(.errorTakenForRepeat) { return .refused(top: frame.last) }
            return .failed
        }
    }

    private func retryLater(_ shard: ShardName) {
        let own = generation
        let wait = appendBackoff.next(random: world.random.unit())
        replica.after(wait.microseconds) { [weak self] in
            guard let self, own == generation else { return }
            run(machine.retry(shard))
        }
    }
}

extension Receiver {
    /// The shards of the gateway that it is linked to.
    var shards: [LinkShard] { isLinked ? machine.shards : [] }

    /// Asks the gateway for a member, as `LinkReceiver.ask` does.
    func ask(_ request: LinkCommand.Request, _ done: @escaping (LinkReply) -> Void) {
        guard isLinked else { return done(.lost) }
        guard let command = commands.open(request, now: replica.now) else { return done(.unsent) }
        askers[command.id] = done
        send(.command(command))
        replica.after(OpenCommands.answerWithin.microseconds + 1) { [weak self] in
            guard let self else { return }
            for id in commands.expire(now: replica.now) { reply(id, .timedOut) }
        }
    }

    private func answered(_ result: LinkResult) {
        guard commands.answered(result.id) else { return }
        switch result.outcome {
        case .member(let answer): reply(result.id, .member(answer))
        case .failed(let failure): reply(result.id, .refused(failure))
        case .value(let value): reply(result.id, .value(value))
        }
    }

    private func reply(_ id: UInt64, _ reply: LinkReply) { askers.removeValue(forKey: id)?(reply) }
}

/// A link as the gateway's end hears it.
final class LinkPeer {
    let receive: ([UInt8]) -> Void
    init(_ receive: @escaping ([UInt8]) -> Void) { self.receive = receive }
}
