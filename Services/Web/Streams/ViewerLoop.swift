package import EventLoop
package import EventModels
package import HTTPServer
import Telemetry

/// What the hub tells the viewers' loops; each loop gets it in the order it was posted.
package enum HubMessage: Sendable {
    case batch(DeliverableBatch)
    case opened(GroupKey, GroupSeed)
    case snapshot(GroupKey, StreamSnapshot)
    /// The group's guilds are not known here now.
    case unavailable(GroupKey)
    /// The shard is loaded anew: what its groups hold may have a hole.
    case startedOver(ShardName)
}

/// All SSE streams of one event loop: a thin shell around `ViewerTable`.
package actor ViewerLoop: ReadinessHandler {
    /// A viewer whose group is not open yet, or whose cursor is ahead of this replica.
    private struct Arrival {
        let connection: DetachedConnection
        let lastEventID: String?
        let since: Int32
    }

    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let hub: Hub
    private let metrics: StreamMetrics
    private var table: ViewerTable<GroupKey, StreamCursor, SocketOutput>
    private var feeds: [GroupKey: GroupFeed] = [:]
    private var arrivals: [GroupKey: [Arrival]] = [:]
    private var arrivalsCount = 0
    private var registrations: [CInt: Registration] = [:]
    private var tickCount: Int32 = 1
    private var draining = false
    private var flushScheduled = false
    private var flushNotBefore = Duration.zero
    private var reported = ViewerTable<GroupKey, StreamCursor, SocketOutput>.Counts()

    /// Viewers that one loop takes; the next is told to come again. Below the 20,000 descriptors a process may have.
    package static let viewersMax = 15_000
    /// Groups that one loop keeps rings for.
    package static let groupsMax = 1_000
    /// Between two beats of a stream; proxies close what is silent for 30 to 60 s.
    package static let beatInterval = Duration.seconds(15)
    /// How long a viewer who comes too early or too many is asked to wait, spread over this range.
    private static let retryMilliseconds = 1_000...5_000
    /// Beats after which a viewer whose cursor this replica does not reach gets a reset.
    private static let aheadTicksMax: Int32 = 1

    package init(hub: Hub, loop: EventLoop, metrics: StreamMetrics) {
        self.hub = hub
        self.loop = loop
        self.metrics = metrics
        table = ViewerTable(output: SocketOutput(), isBehind: StreamCursor.isBehind)
    }

    /// Starts the beat.
    package func start() { scheduleTick() }

    // MARK: Arriving

    /// Takes over a connection whose request was allowed. On the loop.
    package nonisolated func admit(_ connection: DetachedConnection, _ query: StreamQuery) {
        assumeIsolated { $0.arrive(connection, query) }
    }

    private func arrive(_ connection: DetachedConnection, _ query: StreamQuery) {
        let isFull = table.counts.viewers + arrivalsCount >= Self.viewersMax
        let isCrowded = !table.hasGroup(query.group) && feeds.count + arrivals.count >= Self.groupsMax
        guard !draining, !isFull, !isCrowded else {
            metrics.refused.increment()
            return sendAway(connection)
        }
        metrics.opened.increment()
        let arrival = Arrival(connection: connection, lastEventID: query.lastEventID, since: tickCount)
        if table.hasGroup(query.group) { return enter(arrival, query.group) }
        let isFirst = arrivals[query.group] == nil
        wait(arrival, query.group)
        if isFirst { askHub { $0.open(query.group, for: $1) } }
    }

    private func wait(_ arrival: Arrival, _ key: GroupKey) {
        arrivals[key, default: []].append(arrival)
        arrivalsCount += 1
    }

    private func takeArrivals(_ key: GroupKey) -> [Arrival] {
        let waiting = arrivals.removeValue(forKey: key) ?? []
        arrivalsCount -= waiting.count
        return waiting
    }

    private nonisolated func askHub(_ question: @escaping @Sendable (isolated Hub, ViewerLoop) -> Void) {
        let hub = self.hub
        hub.loop.execute { hub.assumeIsolated { question($0, self) } }
    }

    private func enter(_ arrival: Arrival, _ key: GroupKey) {
        guard let feed = feeds[key], let scanned = table.scanned(key) else {
            return sendAway(arrival.connection)
        }
        guard let text = arrival.lastEventID else {
            return admit(arrival.connection, key, after: nil, isResume: false)
        }
        guard let cursor = StreamCursor(text), cursor.ids.count == feed.shards.count else {
            return admit(arrival.connection, key, after: nil, isResume: true)
        }
        guard StreamCursor.isBehind(scanned, cursor) else {
            return admit(arrival.connection, key, after: cursor, isResume: true)
        }
        // Another replica was ahead of this one; if the log has it, it comes here in a moment.
        wait(arrival, key)
        Task { [hub] in
            guard await !hub.busHas(cursor, of: key) else { return }
            self.giveUpWaiting(key, text)
        }
    }

    /// The log does not have what this cursor has seen.
    private func giveUpWaiting(_ key: GroupKey, _ lastEventID: String) {
        for arrival in takeArrivals(key) {
            if arrival.lastEventID == lastEventID {
                admit(arrival.connection, key, after: nil, isResume: true)
            } else {
                wait(arrival, key)
            }
        }
        apply(table.takeEffects())
    }

    private func admit(
        _ connection: DetachedConnection,
        _ key: GroupKey,
        after cursor: StreamCursor?,
        isResume: Bool
    ) {
        do {
            registrations[connection.descriptor] = try loop.register(
                descriptor: connection.descriptor,
                interest: .read,
                handler: self
            )
        } catch {
            return SocketIO.close(connection.descriptor)
        }
        if isResume { metrics.resumed.increment() }
        table.admit(connection.descriptor, to: key, head: connection.head, after: cursor, isResume: isResume)
        apply(table.takeEffects())
    }

    /// Answers 200, says when to come again, and ends: any other answer would end an EventSource for good.
    private func sendAway(_ connection: DetachedConnection) {
        var bytes = connection.head
        bytes += StreamBlock.retry(milliseconds: spreadRetry())
        _ = SocketIO.send(connection.descriptor, bytes, 0..<bytes.count)
        SocketIO.close(connection.descriptor)
    }

    private func spreadRetry() -> Int {
        let range = Self.retryMilliseconds
        return range.lowerBound + Int(RandomSource.unit() * Double(range.count))
    }

    // MARK: What the hub tells

    /// Any thread; messages keep their order.
    package nonisolated func post(_ message: HubMessage) {
        loop.execute { self.assumeIsolated { $0.take(message) } }
    }

    private func take(_ message: HubMessage) {
        switch message {
        case .batch(let batch): take(batch)
        case .opened(let key, let seed): open(key, seed)
        case .snapshot(let key, let snapshot):
            table.snapshotArrived(key, fresh: snapshot.fresh, reset: snapshot.reset)
        case .unavailable(let key):
            for arrival in takeArrivals(key) { sendAway(arrival.connection) }
            table.dropWaiting(key, farewell: StreamBlock.retry(milliseconds: spreadRetry()))
        case .startedOver(let shard):
            for key in feeds.keys where feeds[key]?.shards.contains(shard) == true {
                table.retireGroup(key) { _ in StreamBlock.retry(milliseconds: spreadRetry()) }
            }
        }
        apply(table.takeEffects())
    }

    private func open(_ key: GroupKey, _ seed: GroupSeed) {
        if !table.hasGroup(key) {
            let (feed, ring) = GroupFeed.open(key, seed)
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
            if arrivals[key] != nil { for arrival in takeArrivals(key) { enter(arrival, key) } }
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

    private func apply(_ effects: ViewerTable<GroupKey, StreamCursor, SocketOutput>.Effects) {
        for descriptor in effects.watch { setInterest([.read, .write], descriptor) }
        for descriptor in effects.unwatch { setInterest(.read, descriptor) }
        for descriptor in effects.close { close(descriptor) }
        for key in effects.snapshots { askHub { $0.snapshot(key, for: $1) } }
        for key in effects.closedGroups { feeds[key] = nil }
        metrics.report(table.counts, since: &reported, groups: feeds.count)
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
        for (key, waiting) in arrivals where feeds[key] != nil {
            guard waiting.contains(where: { tickCount - $0.since > Self.aheadTicksMax }) else { continue }
            for arrival in takeArrivals(key) { admit(arrival.connection, key, after: nil, isResume: true) }
        }
        table.tick(tickCount) { StreamBlock.beat(id: $0.text) }
        apply(table.takeEffects())
        scheduleTick()
    }

    /// Sends every viewer away with a `retry:` spread over them; later ones are sent away at once.
    package func drain() {
        draining = true
        for key in Array(arrivals.keys) { for arrival in takeArrivals(key) { sendAway(arrival.connection) } }
        table.endAll { _ in StreamBlock.retry(milliseconds: spreadRetry()) }
        apply(table.takeEffects())
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
