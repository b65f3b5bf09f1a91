package import EventModels

/// The gateway's side of all its links: who said hello, which bus counts, which shard is published by whom.
///
/// Messages and time in, actions out. A link must say hello within `helloWithin` of its opening. All links name one
/// bus; a bus that no linked replica contradicts is adopted.
package struct LinkHub: Sendable {
    package enum Action: Sendable, Equatable {
        case send(LinkID, LinkMessage)
        case close(LinkID, LinkCloseCode, reason: String)
        /// Answer this to the link.
        case answer(LinkID, LinkCommand)
        /// Append a frame with the whole state of this shard's guilds.
        case resync(ShardName)
        /// This frame ended two replicas in turn and was replaced by `event.quarantined`.
        case quarantined(EventFrame)
        /// The shard's log was written to by a later gateway; let go of Discord.
        case superseded(ShardName, top: EventID)
    }

    private enum State: Sendable {
        case awaitingHello(since: Duration)
        case linked(LinkHello)
        /// It gives commands; it has no bus and publishes nothing.
        case calling
        case closing
    }

    package static let helloWithin = Duration.seconds(10)

    package let gateway: String
    private var links: [LinkID: State] = [:]
    private var publishers: [ShardName: PublisherMachine] = [:]
    /// Highest epoch that this gateway has used, by shard.
    private var epochs: [ShardName: UInt64] = [:]
    package private(set) var bus: String?
    package private(set) var unknownMessages = 0

    package init(gateway: String) { self.gateway = gateway }

    package var linkedCount: Int {
        links.values.reduce(0) { if case .linked = $1 { $0 + 1 } else { $0 } }
    }

    package var callerCount: Int {
        links.values.reduce(0) { if case .calling = $1 { $0 + 1 } else { $0 } }
    }

    /// Highest epoch among the tops that linked replicas named: a new session's epoch must be above it.
    package var topEpoch: UInt64 {
        links.values.reduce(0) { highest, state in
            guard case .linked(let hello) = state else { return highest }
            return max(highest, hello.tops.values.compactMap { $0?.epoch }.max() ?? 0)
        }
    }

    package func publisher(of shard: ShardName) -> PublisherMachine? { publishers[shard] }

    /// Whether the shard's publisher holds too much, and whether it has room again.
    package func window(of shard: ShardName) -> (isFull: Bool, hasRoom: Bool) {
        (publishers[shard]?.isFull ?? false, publishers[shard]?.hasRoom ?? true)
    }

    /// Of all shards.
    package var unackedBytes: Int { publishers.values.reduce(0) { $0 + $1.unackedBytes } }
    package var tailBytes: Int { publishers.values.reduce(0) { $0 + $1.tailBytesHeld } }

    // MARK: Shards

    /// Links that are there already join the shard, in the order they came.
    @discardableResult
    package mutating func addShard(_ machine: PublisherMachine, epoch: UInt64, now: Duration = .zero)
        -> [Action]
    {
        publishers[machine.shard] = machine
        epochs[machine.shard] = epoch
        var actions: [Action] = []
        for link in links.keys.sorted() {
            guard case .linked(let hello)? = links[link] else { continue }
            let top = hello.top(of: machine.shard)
            if let top, let later = superseding(top, machine.shard) { return actions + [later] }
            actions += run(machine.shard) { $0.linkJoined(link, top: top, name: hello.name, now: now) }
        }
        return actions
    }

    /// One that is no more: nothing of it is held or sent any longer.
    package mutating func removeShard(_ shard: ShardName) -> [Action] {
        epochs[shard] = nil
        return publishers.removeValue(forKey: shard) == nil ? [] : readyMessages
    }

    package mutating func setEpoch(_ epoch: UInt64, of shard: ShardName) { epochs[shard] = epoch }

    package mutating func append(_ frame: EventFrame, now: Duration) -> [Action] {
        append([frame], now: now)
    }

    /// Of one shard, in their order.
    package mutating func append(_ frames: [EventFrame], now: Duration) -> [Action] {
        guard let shard = frames.first?.shard else { return [] }
        return run(shard) { $0.append(frames, now: now) }
    }

    // MARK: Links

    package mutating func opened(_ link: LinkID, now: Duration) { links[link] = .awaitingHello(since: now) }

    package mutating func received(_ message: LinkMessage, from link: LinkID, now: Duration) -> [Action] {
        switch (links[link], message) {
        case (nil, _), (.closing, _):
            return []
        case (.awaitingHello, .hello(let hello)):
            return accept(hello, from: link, now: now)
        case (_, .goodbye):
            return closed(link, now: now)
        case (.awaitingHello, _):
            return refuse(link, .helloExpected, "hello comes first", now: now)
        case (.linked, .ack(let shard, let id, let resend)):
            if let id, let later = superseding(id, shard) { return [later] }
            return run(shard) { $0.acked(link, id: id, resend: resend, now: now) }
        case (.linked, .status(let isBusUp, _)):
            for shard in publishers.keys { publishers[shard]?.busChanged(link, isUp: isBusUp, now: now) }
            return []
        case (.linked, .hello), (.calling, .hello):
            return refuse(link, .helloExpected, "hello comes once", now: now)
        case (.linked, .command(let command)), (.calling, .command(let command)):
            return [.answer(link, command)]
        case (.linked, .ready), (.linked, .event), (.linked, .result):
            return refuse(link, .malformed, "\(message.type) is the gateway's to say", now: now)
        case (.calling, .ack), (.calling, .status), (.calling, .ready), (.calling, .event),
            (.calling, .result):
            return refuse(link, .malformed, "\(message.type) is not a caller's to say", now: now)
        case (.linked, .unknown), (.calling, .unknown):
            unknownMessages += 1
            return []
        }
    }

    /// A frame that is no message.
    package mutating func receivedGarbage(from link: LinkID, now: Duration) -> [Action] {
        refuse(link, .malformed, "not a message of the link", now: now)
    }

    /// `died`: the connection ended without goodbye and without a close frame, as a process' death ends it.
    package mutating func closed(_ link: LinkID, died: Bool = false, now: Duration) -> [Action] {
        guard case .linked? = links.removeValue(forKey: link) else { return [] }
        if linkedCount == 0 { bus = nil }
        return eachShard { $0.linkLeft(link, died: died, now: now) }
    }

    /// Once a second.
    package mutating func tick(now: Duration) -> [Action] {
        var actions: [Action] = []
        for link in links.keys.sorted() {
            guard case .awaitingHello(let since)? = links[link], now - since >= Self.helloWithin else {
                continue
            }
            actions += refuse(link, .helloExpected, "no hello in time", now: now)
        }
        return actions + eachShard { $0.tick(now: now) }
    }

    private mutating func accept(_ hello: LinkHello, from link: LinkID, now: Duration) -> [Action] {
        guard hello.version == LinkMessage.version else {
            return refuse(link, .version, "this gateway speaks version \(LinkMessage.version)", now: now)
        }
        guard hello.role == .replica else {
            links[link] = .calling
            return [readyMessage(for: link)]
        }
        if let bus, bus != hello.bus {
            return refuse(link, .otherBus, "the linked replicas name another bus", now: now)
        }
        bus = hello.bus
        links[link] = .linked(hello)
        var later: [ShardName: Action] = [:]
        for shard in publishers.keys {
            if let top = hello.top(of: shard) { later[shard] = superseding(top, shard) }
        }
        // One that is another gateway's keeps nothing from the others.
        var actions = eachShard {
            guard later[$0.shard] == nil else { return [] }
            return $0.linkJoined(link, top: hello.top(of: $0.shard), name: hello.name, now: now)
        }
        let isTold = actions.contains { action in
            guard case .send(link, .ready) = action else { return false }
            return true
        }
        if !isTold { actions.insert(readyMessage(for: link), at: 0) }
        return later.keys.sorted().compactMap { later[$0] } + actions
    }

    /// Nil while no session has begun: then the epoch to come will be above every top.
    private func superseding(_ top: EventID, _ shard: ShardName) -> Action? {
        guard let own = epochs[shard], own > 0, top.epoch > own else { return nil }
        return .superseded(shard, top: top)
    }

    private mutating func refuse(_ link: LinkID, _ code: LinkCloseCode, _ reason: String, now: Duration)
        -> [Action]
    {
        let wasLinked = if case .linked? = links[link] { true } else { false }
        links[link] = .closing
        let left = wasLinked ? eachShard { $0.linkLeft(link, now: now) } : []
        if linkedCount == 0 { bus = nil }
        return [.close(link, code, reason: reason)] + left
    }

    // MARK: Actions of the shards

    private mutating func eachShard(
        _ body: (inout PublisherMachine) -> [PublisherMachine.Action]
    ) -> [Action] {
        publishers.keys.sorted().flatMap { run($0, body) }
    }

    private mutating func run(
        _ shard: ShardName,
        _ body: (inout PublisherMachine) -> [PublisherMachine.Action]
    ) -> [Action] {
        guard var machine = publishers.removeValue(forKey: shard) else { return [] }
        let results = body(&machine)
        publishers[shard] = machine
        return results.flatMap { result -> [Action] in
            switch result {
            case .send(let link, let frame): [.send(link, .event(frame))]
            case .publisherChanged: readyMessages
            case .resync: [.resync(shard)]
            case .quarantined(let frame): [.quarantined(frame)]
            }
        }
    }

    private var readyMessages: [Action] {
        links.keys.sorted().compactMap { link in
            switch links[link] {
            case .linked, .calling: return readyMessage(for: link)
            case .awaitingHello, .closing, nil: return nil
            }
        }
    }

    private func readyMessage(for link: LinkID) -> Action {
        let shards = publishers.keys.sorted().map { shard in
            LinkShard(shard: shard, publisher: publishers[shard]?.publisher == link)
        }
        return .send(link, .ready(gateway: gateway, shards: shards))
    }
}
