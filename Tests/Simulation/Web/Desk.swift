import Base
import EventLoop
import EventModels
import Web

/// `ViewerLoop` without its sockets: who streams what. The decisions are `ViewerTable`'s and `GroupFeed`'s.
final class Desk {
    struct Arrival {
        let descriptor: CInt
        let lastEventID: String?
        let wantsSnapshot: Bool
    }

    struct ReplayKey: Hashable {
        let group: GroupKey
        let cursor: StreamCursor
    }

    /// The product's rings hold 16 MiB; here they wrap and overflow within a run.
    static let ringBytesMax = 1 << 14

    private unowned let replica: Replica
    private var table: ViewerTable<GroupKey, StreamCursor, SocketBook>
    private let book = SocketBook()
    private let isBehind: (StreamCursor, StreamCursor) -> Bool
    private var feeds: [GroupKey: GroupFeed] = [:]
    private var arrivals: [GroupKey: [Arrival]] = [:]
    private var tickCount: Int32 = 1
    private var inboxAt: Int64 = 0
    private var outboxAt: Int64 = 0
    private var replays: [ReplayKey: [Arrival]] = [:]
    private var ahead: AheadQueue<GroupKey, StreamCursor, Arrival>
    private var lookScheduled = false

    init(_ replica: Replica) {
        self.replica = replica
        let isText = replica.world.has(.idsComparedAsText)
        isBehind = { isText ? $0.text < $1.text : StreamCursor.isBehind($0, $1) }
        table = ViewerTable(output: book, isBehind: isBehind)
        ahead = AheadQueue(isBehind: isBehind)
    }

    private var world: World { replica.world }
    var viewers: Int { table.counts.viewers }

    func start() { replica.every(15_000_000) { [weak self] in self?.tick() } }

    /// In the order of posting, as between two loops.
    func post(_ message: HubMessage) {
        inboxAt = max(inboxAt, world.now + world.random.below(Int64(200)))
        replica.after(inboxAt - world.now) { [weak self] in self?.take(message) }
    }

    private func askHub(_ question: @escaping (ReplicaHub) -> Void) {
        outboxAt = max(outboxAt, world.now + world.random.below(Int64(200)))
        replica.after(outboxAt - world.now) { [weak replica] in
            if let hub = replica?.hub { question(hub) }
        }
    }

    // MARK: Arriving

    func arrive(_ socket: ViewerSocket, _ query: StreamQuery) {
        let arrival = Arrival(
            descriptor: book.add(socket),
            lastEventID: query.lastEventID,
            wantsSnapshot: query.wantsSnapshot
        )
        if table.hasGroup(query.group) {
            enter(arrival, query.group)
            return apply(table.takeEffects())
        }
        let isFirst = arrivals[query.group] == nil
        arrivals[query.group, default: []].append(arrival)
        if isFirst { askHub { $0.open(query.group) } }
    }

    private func takeWaiting(_ key: GroupKey) -> [Arrival] {
        var waiting = (arrivals.removeValue(forKey: key) ?? []) + ahead.takeAll(key)
        for replay in replays.keys.filter({ $0.group == key }).sorted(by: { $0.cursor.text < $1.cursor.text })
        {
            waiting += replays.removeValue(forKey: replay) ?? []
        }
        return waiting
    }

    private func enter(_ arrival: Arrival, _ key: GroupKey) {
        guard let feed = feeds[key], let scanned = table.scanned(key) else { return sendAway(arrival) }
        guard let text = arrival.lastEventID else { return admit(arrival, key, after: nil) }
        guard let cursor = StreamCursor(text), cursor.ids.count == feed.shards.count else {
            return admit(arrival, key, after: nil)
        }
        if isBehind(scanned, cursor) {
            ahead.wait(arrival, for: key, at: cursor)
            return lookSoon()
        }
        guard feed.shards.count > 1, !table.holds(cursor, in: key) else {
            return admit(arrival, key, after: cursor)
        }
        let replay = ReplayKey(group: key, cursor: cursor)
        let isFirst = replays[replay] == nil
        replays[replay, default: []].append(arrival)
        if isFirst { askHub { $0.replay(key, after: cursor) } }
    }

    private func replayed(_ key: GroupKey, _ cursor: StreamCursor, _ replay: StreamReplay?) {
        for arrival in replays.removeValue(forKey: ReplayKey(group: key, cursor: cursor)) ?? [] {
            guard table.hasGroup(key) else {
                sendAway(arrival)
                continue
            }
            admit(arrival, key, after: replay?.upTo, behind: replay?.blocks ?? [])
        }
    }

    private func lookSoon() {
        guard !lookScheduled else { return }
        lookScheduled = true
        replica.after(100_000) { [weak self] in
            guard let self else { return }
            ahead.lookBegins()
            replica.hub.tops(of: Set(ahead.keys.flatMap { self.feeds[$0]?.shards ?? [] })) {
                [weak self] tops in
                self?.looked(tops)
            }
        }
    }

    private func looked(_ tops: [ShardName: EventID]) {
        for key in ahead.keys.sorted(by: { $0.order < $1.order }) {
            let shards = feeds[key]?.shards ?? []
            let ids = shards.compactMap { tops[$0] }
            let verdict = ahead.looked(key, ids.count == shards.count ? StreamCursor(ids: ids) : nil)
            for arrival in verdict.reset { admit(arrival, key, after: nil) }
            for arrival in verdict.sentAway { sendAway(arrival) }
        }
        apply(table.takeEffects())
        lookScheduled = false
        if ahead.count > 0 { lookSoon() }
    }

    private func admit(
        _ arrival: Arrival,
        _ key: GroupKey,
        after cursor: StreamCursor?,
        behind missed: [UInt8] = []
    ) {
        guard let socket = book[arrival.descriptor], socket.isOpen, table.hasGroup(key) else {
            return book.remove(arrival.descriptor)
        }
        let views = replica.hub.views
        socket.admitted(
            views.count == 1 ? views.values.first?.recent.floor : nil,
            table.scanned(key)?.ids.first
        )
        table.admit(
            arrival.descriptor,
            to: key,
            head: missed,
            after: cursor,
            isResume: arrival.lastEventID != nil,
            wantsSnapshot: arrival.wantsSnapshot
        )
    }

    private func farewell() -> [UInt8] {
        StreamBlock.retry(milliseconds: RetrySpread.milliseconds(viewers: 1, random: world.random.unit()))
    }

    private func sendAway(_ arrival: Arrival) {
        guard let socket = book[arrival.descriptor] else { return }
        socket.push(farewell())
        socket.close()
        book.remove(arrival.descriptor)
    }

    // MARK: What the hub tells

    private func take(_ message: HubMessage) {
        switch message {
        case .batch(let batch): take(batch)
        case .opened(let key, let seed): open(key, seed)
        case .snapshot(let key, let snapshot):
            table.snapshotArrived(key, fresh: snapshot.fresh, reset: snapshot.reset)
        case .unavailable(let key):
            for arrival in takeWaiting(key) { sendAway(arrival) }
            table.dropWaiting(key) { _ in farewell() }
        case .replayed(let key, let cursor, let replay): replayed(key, cursor, replay)
        case .startedOver(let shard):
            for key in sortedKeys where feeds[key]?.shards.contains(shard) == true {
                for arrival in takeWaiting(key) { sendAway(arrival) }
                table.retireGroup(key) { _ in farewell() }
            }
        }
        apply(table.takeEffects())
    }

    /// In an order that the hash seed does not change.
    private var sortedKeys: [GroupKey] { feeds.keys.sorted { $0.order < $1.order } }

    private func open(_ key: GroupKey, _ seed: GroupSeed) {
        if !table.hasGroup(key) {
            let (feed, ring) = GroupFeed.open(key, seed, ringBytesMax: Self.ringBytesMax)
            feeds[key] = feed
            table.openGroup(key, after: feed.cursor, ring: ring)
        }
        for arrival in arrivals.removeValue(forKey: key) ?? [] { enter(arrival, key) }
    }

    private func take(_ batch: DeliverableBatch) {
        for key in sortedKeys {
            guard var feed = feeds[key], let index = feed.shards.firstIndex(of: batch.shard) else { continue }
            for event in batch.events {
                if let block = feed.take(event, ofShardAt: index) {
                    table.append(block, to: key, cursor: feed.cursor)
                }
                if event.resetsGuild, key.wants(guild: event.guild), !world.has(.sightWithoutReset) {
                    table.advance(key, to: feed.cursor)
                    table.resetGroup(key)
                }
            }
            table.advance(key, to: feed.cursor)
            feeds[key] = feed
            for arrival in ahead.reached(key, feed.cursor) { enter(arrival, key) }
        }
        table.flush()
        apply(table.takeEffects())
    }

    // MARK: Sending

    private func apply(_ effects: ViewerTable<GroupKey, StreamCursor, SocketBook>.Effects) {
        for descriptor in effects.watch { watch(descriptor) }
        for descriptor in effects.close {
            book[descriptor]?.close()
            book.remove(descriptor)
        }
        for key in effects.snapshots { askHub { $0.snapshot(key) } }
        for key in effects.closedGroups { feeds[key] = nil }
    }

    private func watch(_ descriptor: CInt) {
        guard let socket = book[descriptor] else { return }
        socket.whenRoom = replica.ifAlive { [weak self, weak socket] in
            guard let self, let socket, book[descriptor] === socket else { return }
            table.writable(descriptor)
            apply(table.takeEffects())
        }
    }

    /// The viewer's connection is gone.
    func lost(_ socket: ViewerSocket) {
        guard let descriptor = book.descriptor(of: socket) else { return }
        table.remove(descriptor)
        apply(table.takeEffects())
        book.remove(descriptor)
    }

    private func tick() {
        tickCount += 1
        table.tick(tickCount) { StreamBlock.beat(id: $0.text) }
        apply(table.takeEffects())
    }
}

extension GroupKey {
    /// To sort by.
    var order: String {
        let guilds = guilds.sorted().map(\.description).joined(separator: ",")
        let channels = channels.sorted().map(\.description).joined(separator: ",")
        return "\(guilds);\(channels);\(kinds.count)"
    }
}
