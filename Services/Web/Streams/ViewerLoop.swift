package import EventLoop
import EventModels
import HTTPServer
import Telemetry

/// What the hub tells the viewers' loops; each loop gets it in the order it was posted.
package enum HubMessage: Sendable {
    case batch(DeliverableBatch)
    /// Viewers see something else, without an event.
    case moves([SightMove])
    case opened(OpeningKey, Opening)
    /// There is no saying now how such a stream opens.
    case unavailable(OpeningKey)
    case snapshot(GroupKey, StreamSnapshot)
    /// A guild that the group names is not known any more.
    case noSnapshot(GroupKey)
    /// A shard is loaded anew: who sees what is not known until then.
    case startedOver
}

/// All SSE streams of one event loop: a thin shell around `StreamGroups`.
package actor ViewerLoop: ReadinessHandler {
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    let hub: Hub
    let metrics: StreamMetrics
    private let ringBytesMax: Int
    let lookInterval: Duration
    var groups: StreamGroups<SocketOutput, DetachedConnection>
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
    /// Groups that one loop keeps rings for; a stream that would need one more is told to come again.
    package static let groupsMax = 4_000
    /// Between two beats of a stream; proxies close what is silent for 30 to 60 s.
    package static let beatInterval = Duration.seconds(15)
    /// What one group's ring holds at most, and what all rings together may grow to before new groups get less.
    package static let ringBytesMax = RecentEvents.bytesMax
    package static let ringBytesMin = 256 << 10
    package static let ringsBytesMax = 512 << 20
    /// Between two looks at the logs' ends, while viewers wait whose cursor is ahead of this replica.
    package static let lookInterval = Duration.milliseconds(100)
    /// How long viewers may take to get what they are owed when the replica goes down.
    package static let drainMax = Duration.seconds(5)

    package init(
        hub: Hub,
        loop: EventLoop,
        metrics: StreamMetrics,
        ringBytesMax: Int = ViewerLoop.ringBytesMax,
        lookInterval: Duration = ViewerLoop.lookInterval
    ) {
        self.ringBytesMax = ringBytesMax
        self.lookInterval = lookInterval
        self.hub = hub
        self.loop = loop
        self.metrics = metrics
        groups = StreamGroups(output: SocketOutput(), ringBytesMax: min(ringBytesMax, 4 << 20))
    }

    /// Starts the beat.
    package func start() { scheduleTick() }

    // MARK: What the hub tells

    /// Any thread; messages keep their order.
    package nonisolated func post(_ message: HubMessage) {
        loop.execute { self.assumeIsolated { $0.take(message) } }
    }

    private func take(_ message: HubMessage) {
        let viewers = groups.table.counts.viewers
        switch message {
        case .batch(let batch): take(batch)
        case .moves(let moves): groups.take(moves)
        case .opened(let key, let opening): decide(groups.opened(key, opening, ringBytesMax: roomForRing))
        case .unavailable(let key): decide(groups.unavailable(key))
        case .snapshot(let key, let snapshot):
            groups.table.snapshotArrived(key, fresh: snapshot.fresh, reset: snapshot.reset)
        case .noSnapshot(let key): groups.table.dropWaiting(key) { _ in farewell(of: viewers) }
        case .startedOver: decide(groups.startOver { farewell(of: viewers) })
        }
        apply()
    }

    /// What the ring of a new group may grow to: full size for the first eight or so, then ever less.
    var roomForRing: Int {
        let share = max(0, Self.ringsBytesMax - groups.table.ringBytesMax) / 8
        return min(ringBytesMax, max(Self.ringBytesMin, share))
    }

    private func take(_ batch: DeliverableBatch) {
        decide(groups.take(batch))
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
        groups.table.flush()
        apply()
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

    /// Does what the groups leave to the shell.
    func apply() {
        let effects = groups.takeEffects()
        for descriptor in effects.watch { setInterest([.read, .write], descriptor) }
        for descriptor in effects.unwatch { setInterest(.read, descriptor) }
        for descriptor in effects.close { close(descriptor) }
        for key in effects.snapshots { askHub { $0.snapshot(key, for: $1) } }
        metrics.report(groups.table.counts, since: &reported, groups: groups.feeds.count)
        metrics.ahead.set(Double(groups.ahead.count))
        if draining, groups.table.counts.viewers == 0 { drained() }
    }

    private func setInterest(_ interest: Interest, _ descriptor: CInt) {
        guard let registration = registrations[descriptor] else { return }
        do { try loop.update(registration, interest: interest) } catch { groups.table.remove(descriptor) }
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
            groups.table.remove(descriptor)
        } else {
            if readiness.contains(.readable), !SocketIO.discardInput(descriptor) {
                groups.table.remove(descriptor)
            }
            if readiness.contains(.writable) { groups.table.writable(descriptor) }
        }
        apply()
    }

    // MARK: The beat and the end

    private func scheduleTick() {
        loop.schedule(after: Self.beatInterval) { [weak self] in
            self?.assumeIsolated { $0.tick() }
        }
    }

    private func tick() {
        tickCount += 1
        end(sessions: [], now: WallClock.unixMilliseconds())
        groups.table.tick(tickCount) { StreamBlock.beat(id: $0.text) }
        apply()
        let inUse = groups.inUse
        askHub { $0.forget(allBut: inUse.followers, openedUpTo: inUse.upTo, of: $1) }
        scheduleTick()
    }

    /// Ends the streams of sessions that count no more. Any thread.
    package nonisolated func end(sessions: Set<String>) {
        loop.execute {
            self.assumeIsolated {
                $0.end(sessions: sessions, now: WallClock.unixMilliseconds())
                $0.apply()
            }
        }
    }

    private func end(sessions: Set<String>, now: Int64) {
        for arrival in groups.end(sessions: sessions, expiredAt: now) {
            SocketIO.close(arrival.handle.descriptor)
        }
    }

    /// Sends every viewer away with a `retry:` spread over them; later ones are sent away at once. Returns when the last
    /// one has got what it is owed, or after `drainMax`.
    package func drain() async {
        draining = true
        decide(groups.takeAllWaiting().map { .sendAway($0) })
        let viewers = groups.table.counts.viewers
        groups.table.endAll { _ in farewell(of: viewers) }
        apply()
        guard groups.table.counts.viewers > 0 else { return }
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
