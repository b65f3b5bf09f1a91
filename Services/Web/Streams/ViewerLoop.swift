package import EventLoop
package import EventModels
import HTTPServer
import Telemetry

/// What the hub tells the viewers' loops; each loop gets it in the order it was posted.
package enum HubMessage: Sendable {
    case batch(DeliverableBatch)
    case opened(GroupKey, GroupSeed)
    case snapshot(GroupKey, StreamSnapshot)
    /// What a cursor missed; nil where it has to start over.
    case replayed(GroupKey, StreamCursor, StreamReplay?)
    /// The group's guilds are not known here now.
    case unavailable(GroupKey)
    /// The shard is loaded anew: what its groups hold may have a hole.
    case startedOver(ShardName)
}

/// All SSE streams of one event loop: a thin shell around `ViewerTable`.
package actor ViewerLoop: ReadinessHandler {
    /// A viewer who is not in the table yet.
    struct Arrival {
        let connection: DetachedConnection
        let lastEventID: String?
        let wantsSnapshot: Bool
    }

    /// A cursor of a group, to ask for what it missed.
    struct ReplayKey: Hashable {
        let group: GroupKey
        let cursor: StreamCursor
    }

    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    let hub: Hub
    let metrics: StreamMetrics
    private let ringBytesMax: Int
    var table: ViewerTable<GroupKey, StreamCursor, SocketOutput>
    var feeds: [GroupKey: GroupFeed] = [:]
    /// Their group is not open yet.
    var arrivals: [GroupKey: [Arrival]] = [:]
    /// What they missed was asked for.
    var replays: [ReplayKey: [Arrival]] = [:]
    var arrivalsCount = 0
    var ahead = AheadQueue<GroupKey, StreamCursor, Arrival>(isBehind: StreamCursor.isBehind)
    var lookScheduled = false
    var draining = false
    private var registrations: [CInt: Registration] = [:]
    private var tickCount: Int32 = 1
    private var drainWaiter: CheckedContinuation<Void, Never>?
    private var flushScheduled = false
    private var flushNotBefore = Duration.zero
    private var reported = ViewerTable<GroupKey, StreamCursor, SocketOutput>.Counts()

    /// Viewers that one loop takes; the next is told to come again. Below the 20,000 descriptors a process may have.
    package static let viewersMax = 15_000
    /// Groups that one loop keeps rings for.
    package static let groupsMax = 1_000
    /// Between two beats of a stream; proxies close what is silent for 30 to 60 s.
    package static let beatInterval = Duration.seconds(15)
    /// What one group's ring holds at most, and what all rings together may grow to before new groups get less.
    package static let ringBytesMax = RecentEvents.bytesMax
    package static let ringBytesMin = 256 << 10
    package static let ringsBytesMax = 512 << 20
    /// Cursors of several shards whose missed events are looked up at a time; more start over.
    package static let replaysMax = 64
    /// Between two looks at the logs' ends, while viewers wait whose cursor is ahead of this replica.
    package static let lookInterval = Duration.milliseconds(100)
    /// How long viewers may take to get what they are owed when the replica goes down.
    package static let drainMax = Duration.seconds(5)

    package init(
        hub: Hub,
        loop: EventLoop,
        metrics: StreamMetrics,
        ringBytesMax: Int = ViewerLoop.ringBytesMax
    ) {
        self.ringBytesMax = ringBytesMax
        self.hub = hub
        self.loop = loop
        self.metrics = metrics
        table = ViewerTable(output: SocketOutput(), isBehind: StreamCursor.isBehind)
    }

    /// Starts the beat.
    package func start() { scheduleTick() }

    // MARK: What the hub tells

    /// Any thread; messages keep their order.
    package nonisolated func post(_ message: HubMessage) {
        loop.execute { self.assumeIsolated { $0.take(message) } }
    }

    private func take(_ message: HubMessage) {
        let viewers = table.counts.viewers
        switch message {
        case .batch(let batch): take(batch)
        case .opened(let key, let seed): open(key, seed)
        case .snapshot(let key, let snapshot):
            table.snapshotArrived(key, fresh: snapshot.fresh, reset: snapshot.reset)
        case .replayed(let key, let cursor, let replay): replayed(key, cursor, replay)
        case .unavailable(let key):
            for arrival in takeWaiting(key) { sendAway(arrival.connection) }
            table.dropWaiting(key) { _ in farewell(of: viewers) }
        case .startedOver(let shard):
            for key in feeds.keys where feeds[key]?.shards.contains(shard) == true {
                for arrival in takeWaiting(key) { sendAway(arrival.connection) }
                table.retireGroup(key) { _ in farewell(of: viewers) }
            }
        }
        apply(table.takeEffects())
    }

    /// What the ring of a new group may grow to: full size for the first eight or so, then ever less.
    var roomForRing: Int {
        let share = max(0, Self.ringsBytesMax - table.ringBytesMax) / 8
        return min(ringBytesMax, max(Self.ringBytesMin, share))
    }

    private func open(_ key: GroupKey, _ seed: GroupSeed) {
        if !table.hasGroup(key) {
            let (feed, ring) = GroupFeed.open(key, seed, ringBytesMax: roomForRing)
            feeds[key] = feed
            table.openGroup(key, after: feed.cursor, ring: ring)
        }
        for arrival in takeArrivals(key) { enter(arrival, key) }
    }

    private func take(_ batch: DeliverableBatch) {
        for key in feeds.keys {
            guard var feed = feeds[key], let index = feed.shards.firstIndex(of: batch.shard) else { continue }
            for event in batch.events {
                if let block = feed.take(event, ofShardAt: index) {
                    table.append(block, to: key, cursor: feed.cursor)
                }
                if event.resetsGuild, key.wants(guild: event.guild) {
                    table.advance(key, to: feed.cursor)
                    table.resetGroup(key)
                }
            }
            table.advance(key, to: feed.cursor)
            feeds[key] = feed
            for arrival in ahead.reached(key, feed.cursor) { enter(arrival, key) }
        }
        if let last = batch.events.last {
            metrics.hop.observe(Double(max(0, WallClock.unixMilliseconds() - last.ts)) / 1000)
        }
        flushSoon()
    }

    // MARK: Sending

    /// Flushes now, or as long after the last flush as that one took: under load events gather in the rings and half
    /// of the thread's time stays free, while a quiet stream is not delayed at all.
    private func flushSoon() {
        guard !flushScheduled else { return }
        let wait = flushNotBefore - MonotonicClock.now()
        guard wait > .zero else { return flush() }
        flushScheduled = true
        loop.schedule(after: wait) { [weak self] in
            self?.assumeIsolated { $0.flushScheduledNow() }
        }
    }

    private func flushScheduledNow() {
        flushScheduled = false
        flush()
    }

    private func flush() {
        let start = MonotonicClock.now()
        table.flush()
        apply(table.takeEffects())
        let end = MonotonicClock.now()
        flushNotBefore = end + min(end - start, .milliseconds(20))
    }

    /// Watches the viewer's connection; false when that cannot be.
    func register(_ descriptor: CInt) -> Bool {
        do {
            registrations[descriptor] = try loop.register(
                descriptor: descriptor,
                interest: .read,
                handler: self
            )
            return true
        } catch {
            return false
        }
    }

    func apply(_ effects: ViewerTable<GroupKey, StreamCursor, SocketOutput>.Effects) {
        for descriptor in effects.watch { setInterest([.read, .write], descriptor) }
        for descriptor in effects.unwatch { setInterest(.read, descriptor) }
        for descriptor in effects.close { close(descriptor) }
        for key in effects.snapshots { askHub { $0.snapshot(key, for: $1) } }
        for key in effects.closedGroups { feeds[key] = nil }
        metrics.report(table.counts, since: &reported, groups: feeds.count)
        metrics.ahead.set(Double(ahead.count))
        if draining, table.counts.viewers == 0 { drained() }
    }

    private func setInterest(_ interest: Interest, _ descriptor: CInt) {
        guard let registration = registrations[descriptor] else { return }
        do { try loop.update(registration, interest: interest) } catch { table.remove(descriptor) }
    }

    private func close(_ descriptor: CInt) {
        if let registration = registrations.removeValue(forKey: descriptor) { loop.deregister(registration) }
        SocketIO.close(descriptor)
    }

    package nonisolated func ready(_ readiness: DescriptorEvents, on registration: Registration) {
        assumeIsolated { $0.handle(readiness, registration.descriptor) }
    }

    private func handle(_ readiness: DescriptorEvents, _ descriptor: CInt) {
        if readiness.contains(.hangUp) {
            table.remove(descriptor)
        } else {
            if readiness.contains(.readable), !SocketIO.discardInput(descriptor) { table.remove(descriptor) }
            if readiness.contains(.writable) { table.writable(descriptor) }
        }
        apply(table.takeEffects())
    }

    // MARK: The beat and the end

    private func scheduleTick() {
        loop.schedule(after: Self.beatInterval) { [weak self] in
            self?.assumeIsolated { $0.tick() }
        }
    }

    private func tick() {
        tickCount += 1
        table.tick(tickCount) { StreamBlock.beat(id: $0.text) }
        apply(table.takeEffects())
        scheduleTick()
    }

    /// Sends every viewer away with a `retry:` spread over them; later ones are sent away at once. Returns when the last
    /// one has got what it is owed, or after `drainMax`.
    package func drain() async {
        draining = true
        let waiting = Set(arrivals.keys).union(replays.keys.map(\.group)).union(ahead.keys)
        for key in waiting { for arrival in takeWaiting(key) { sendAway(arrival.connection) } }
        let viewers = table.counts.viewers
        table.endAll { _ in farewell(of: viewers) }
        apply(table.takeEffects())
        guard table.counts.viewers > 0 else { return }
        let timer = loop.schedule(after: Self.drainMax) { [weak self] in
            self?.assumeIsolated { $0.drained() }
        }
        await withCheckedContinuation { drainWaiter = $0 }
        loop.cancel(timer)
    }

    private func drained() {
        drainWaiter?.resume()
        drainWaiter = nil
    }
}

/// Viewers' descriptors, for real.
package struct SocketOutput: ViewerOutput {
    package mutating func send(
        _ descriptor: CInt,
        _ storage: borrowing [UInt8],
        _ first: Range<Int>,
        _ second: Range<Int>
    ) -> SocketIO.Sent {
        SocketIO.send(descriptor, storage, first, second)
    }
}
