import Base
import EventLoop
import EventModels
import Web

/// `ViewerLoop` without its sockets: who streams what. The decisions are `StreamGroups`'.
final class Desk {
    /// The product's rings hold 16 MiB; here they wrap and overflow within a run.
    static let ringBytesMax = 1 << 14

    let number: Int
    private unowned let replica: Replica
    private let book = SocketBook()
    private var groups: StreamGroups<SocketBook, CInt>
    private var tickCount: Int32 = 1
    private var inboxAt: Int64 = 0
    private var outboxAt: Int64 = 0
    private var lookScheduled = false

    init(_ replica: Replica, number: Int) {
        self.number = number
        self.replica = replica
        let isText = replica.world.has(.idsComparedAsText)
        groups = StreamGroups(output: book, ringBytesMax: Self.ringBytesMax) {
            isText ? $0.text < $1.text : StreamCursor.isBehind($0, $1)
        }
    }

    private var world: World { replica.world }
    var viewers: Int { groups.table.counts.viewers }

    func start() { replica.every(3_000_000) { [weak self] in self?.tick() } }

    /// In the order of posting, as between two loops.
    func post(_ message: HubMessage) {
        inboxAt = max(inboxAt, world.now + world.random.below(Int64(200)))
        replica.after(inboxAt - world.now) { [weak self] in self?.take(message) }
    }

    private func askHub(_ question: @escaping (ReplicaHub, Desk) -> Void) {
        outboxAt = max(outboxAt, world.now + world.random.below(Int64(200)))
        replica.after(outboxAt - world.now) { [weak self, weak replica] in
            if let self, let hub = replica?.hub { question(hub, self) }
        }
    }

    // MARK: Arriving

    func arrive(_ socket: ViewerSocket, _ query: StreamQuery, _ ticket: Ticket = .open) {
        decide(
            groups.arrive(
                StreamArrival(handle: book.add(socket), query: query, ticket: ticket, format: .serverSent)
            )
        )
        apply()
    }

    private func decide(_ decisions: [StreamDecision<CInt>]) {
        for decision in decisions {
            switch decision {
            case .ask(let key): askHub { $0.open(key, for: $1) }
            case .admit(let arrival, let key, let cursor, let missed):
                admit(arrival, key, after: cursor, behind: missed)
            case .sendAway(let arrival): sendAway(arrival.handle)
            }
        }
        if groups.ahead.count > 0 { lookSoon() }
    }

    private func admit(
        _ arrival: StreamArrival<CInt>,
        _ key: GroupKey,
        after cursor: StreamCursor?,
        behind missed: [UInt8]
    ) {
        guard let socket = book[arrival.handle], socket.isOpen, groups.table.hasGroup(key) else {
            return book.remove(arrival.handle)
        }
        let views = replica.hub.views
        socket.admitted(
            views.count == 1 ? views.values.first?.floor : nil,
            groups.table.scanned(key)?.ids.first
        )
        groups.admit(arrival, as: arrival.handle, to: key, head: missed, after: cursor)
    }

    private func lookSoon() {
        guard !lookScheduled else { return }
        lookScheduled = true
        replica.after(100_000) { [weak self] in
            guard let self else { return }
            groups.ahead.lookBegins()
            replica.hub.ends(of: groups.shardsAhead) { [weak self] ends in
                guard let self else { return }
                lookScheduled = false
                decide(groups.looked(ends))
                apply()
            }
        }
    }

    private func farewell() -> [UInt8] {
        StreamBlock.retry(milliseconds: RetrySpread.milliseconds(viewers: 1, random: world.random.unit()))
    }

    private func sendAway(_ descriptor: CInt) {
        guard let socket = book[descriptor] else { return }
        socket.push(farewell())
        socket.close()
        book.remove(descriptor)
    }

    // MARK: What the hub tells

    private func take(_ message: HubMessage) {
        switch message {
        case .batch(let batch):
            decide(groups.take(batch))
            groups.table.flush()
        case .moves(let moves): groups.take(moves)
        case .opened(let key, let opening):
            decide(groups.opened(key, opening, ringBytesMax: Self.ringBytesMax))
        case .unavailable(let key): decide(groups.unavailable(key))
        case .snapshot(let key, let snapshot):
            groups.table.snapshotArrived(key, fresh: snapshot.fresh, reset: snapshot.reset)
        case .noSnapshot(let key): groups.table.dropWaiting(key, farewell: farewell())
        case .startedOver: decide(groups.startOver { _ in farewell() })
        }
        apply()
    }

    // MARK: Sending

    private func apply() {
        let effects = groups.takeEffects()
        for descriptor in effects.watch { watch(descriptor) }
        for descriptor in effects.close {
            book[descriptor]?.close()
            book.remove(descriptor)
        }
        for key in effects.snapshots { askHub { $0.snapshot(key, for: $1) } }
    }

    private func watch(_ descriptor: CInt) {
        guard let socket = book[descriptor] else { return }
        socket.whenRoom = replica.ifAlive { [weak self, weak socket] in
            guard let self, let socket, book[descriptor] === socket else { return }
            groups.table.writable(descriptor)
            apply()
        }
    }

    /// The viewer's connection is gone.
    func lost(_ socket: ViewerSocket) {
        guard let descriptor = book.descriptor(of: socket) else { return }
        // While it waits to be let in its number stays taken: nobody looks at it before.
        guard groups.table.key(of: descriptor) != nil else { return }
        groups.table.remove(descriptor)
        apply()
        book.remove(descriptor)
    }

    private func tick() {
        tickCount += 1
        groups.table.tick(tickCount) { $0.format.beat(id: $1.text) }
        apply()
        guard tickCount.isMultiple(of: BeatClock.ticksPerBeat) else { return }
        let inUse = groups.inUse
        let isIdle = groups.feeds.isEmpty && groups.count == 0
        askHub { $0.forget(allBut: inUse.followers, openedUpTo: inUse.upTo, isIdle: isIdle, of: $1) }
    }
}

extension ShardView {
    /// Behind a cursor before it nobody can tell what was missed, or what changed in who sees what.
    fileprivate var floor: EventID { states.ids.map { history(of: $0).floor }.reduce(recent.floor, max) }
}
