package import EventLoop
import EventModels
import HTTPServer
import Telemetry

/// All streams of one event loop: a thin shell around `StreamGroups`. A stream stays on the loop that accepted it.
package actor ViewerLoop: ReadinessHandler {
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// Counts the replica's viewers' loops from 0.
    package nonisolated let number: Int
    let hub: Hub
    let metrics: StreamMetrics
    let room: StreamRoom
    private nonisolated let handOver: HandOver
    private let ringBytesMax: Int
    let lookInterval: Duration
    var groups: StreamGroups<SocketOutput, DetachedConnection>
    var lookScheduled = false
    var draining = false
    var feed = FeedInputs()
    private var registrations: [CInt: Registration] = [:]
    private var tickCount: Int32 = 1
    private var drainWaiter: CheckedContinuation<Void, Never>?
    private var flushScheduled = false
    private var flushNotBefore = Duration.zero
    /// When the hub handed over the oldest of what is not written yet.
    private var oldestHanded: Duration?
    private var reported = StreamMetrics.Reported()
    private var used = StreamRoom.Use()

    /// A stream is silent for no longer; proxies close what is for 30 to 60 s.
    package static let beatInterval = Duration.seconds(15)
    /// What one group's ring holds at most.
    package static let ringBytesMax = RecentEvents.bytesMax
    /// Between two looks at the logs' ends, while viewers wait whose cursor is ahead of this replica.
    package static let lookInterval = Duration.milliseconds(100)
    /// How long viewers may take to get what they are owed when the replica goes down.
    package static let drainMax = Duration.seconds(5)

    package init(
        number: Int,
        hub: Hub,
        loop: EventLoop,
        metrics: StreamMetrics,
        room: StreamRoom,
        handOver: HandOver = HandOver(),
        ringBytesMax: Int = ViewerLoop.ringBytesMax,
        lookInterval: Duration = ViewerLoop.lookInterval
    ) {
        self.number = number
        self.room = room
        self.handOver = handOver
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

    /// Hands over a batch of so many bytes, unless too much waits already: false. Any thread.
    package nonisolated func hand(_ batch: DeliverableBatch, bytes: Int) -> Bool {
        guard handOver.offer(bytes) else {
            metrics.overruns.increment()
            return false
        }
        metrics.backlog.add(bytes)
        let handed = MonotonicClock.now()
        loop.execute {
            self.handOver.took(bytes)
            self.metrics.backlog.add(-bytes)
            self.assumeIsolated {
                $0.oldestHanded = $0.oldestHanded ?? handed
                $0.take(.batch(batch))
            }
        }
        return true
    }

    private func take(_ message: HubMessage) {
        let viewers = groups.table.counts.viewers
        switch message {
        case .batch(let batch): take(batch)
        case .moves(let moves): groups.take(moves)
        case .opened(let key, let opening):
            let before = groups.overAllowance
            decide(groups.opened(key, opening, ringBytesMax: roomForRing))
            metrics.refused.increment(by: groups.overAllowance - before)
        case .unavailable(let key): decide(groups.unavailable(key))
        case .snapshot(let key, let snapshot):
            groups.table.snapshotArrived(key, fresh: snapshot.fresh, reset: snapshot.reset)
        case .noSnapshot(let key):
            groups.table.dropWaiting(key, farewell: farewell(of: viewers, key.format))
        case .startedOver: decide(groups.startOver { farewell(of: viewers, $0) })
        }
        apply()
    }

    var roomForRing: Int { room.forRing(bytesMax: ringBytesMax) }

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
        if let handed = oldestHanded, groups.table.counts.viewers > 0 {
            metrics.deliveryHop.observe(end - handed)
        }
        oldestHanded = nil
    }

    /// Watches the viewer's connection, which has been watched since it arrived unless something came meanwhile; false when
    /// that cannot be.
    func watch(_ connection: DetachedConnection) -> Bool {
        let descriptor = connection.descriptor
        if loop.watches(connection.registration) {
            registrations[descriptor] = connection.registration
            return true
        }
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

    /// Closes what has not become a viewer's, with a last word for a client that may be sending while it is said.
    func close(_ connection: DetachedConnection, _ format: StreamFormat, last: [UInt8] = []) {
        if !last.isEmpty {
            let bytes = connection.head + last
            _ = SocketIO.send(connection.descriptor, bytes, 0..<bytes.count)
        }
        loop.deregister(connection.registration)
        switch format {
        case .serverSent: SocketIO.close(connection.descriptor)
        case .webSocket: LingeringClose.begin(connection.descriptor, on: loop)
        }
    }

    /// Does what the groups leave to the shell.
    func apply() {
        let effects = groups.takeEffects()
        for descriptor in effects.watch { setInterest([.read, .write], descriptor) }
        for descriptor in effects.unwatch { setInterest(.read, descriptor) }
        for descriptor in effects.close { close(descriptor) }
        for key in effects.snapshots { askHub { $0.snapshot(key, for: $1) } }
        tellUse()
        if draining, groups.table.counts.viewers == 0 { drained() }
    }

    /// What the loop has by now, for those who add it up.
    func tellUse() {
        metrics.report(
            groups.table.counts,
            ahead: groups.ahead.count,
            groups: groups.feeds.count,
            since: &reported
        )
        let use = StreamRoom.Use(
            streams: groups.count,
            groups: groups.feeds.count,
            ringBytes: groups.table.ringBytesMax
        )
        guard use != used else { return }
        room.change(from: used, to: use)
        used = use
    }

    private func setInterest(_ interest: Interest, _ descriptor: CInt) {
        guard let registration = registrations[descriptor] else { return }
        do { try loop.update(registration, interest: interest) } catch { groups.table.remove(descriptor) }
    }

    private func close(_ descriptor: CInt) {
        if let registration = registrations.removeValue(forKey: descriptor) { loop.deregister(registration) }
        guard feed.forget(descriptor) else { return SocketIO.close(descriptor) }
        metrics.feed.viewers.add(-1)
        LingeringClose.begin(descriptor, on: loop)
    }

    package nonisolated func ready(_ readiness: DescriptorEvents, on registration: Registration) {
        assumeIsolated { $0.handle(readiness, on: registration) }
    }

    private func handle(_ readiness: DescriptorEvents, on registration: Registration) {
        let descriptor = registration.descriptor
        // Who waits to be let in is looked at then: until then it would be told again and again.
        guard registrations[descriptor] == registration else { return loop.deregister(registration) }
        if readiness.contains(.hangUp) {
            groups.table.remove(descriptor)
        } else {
            if readiness.contains(.readable) { read(descriptor) }
            if readiness.contains(.writable) { groups.table.writable(descriptor) }
        }
        apply()
    }

    /// Viewers of server-sent events have nothing to say.
    private func read(_ descriptor: CInt) {
        if feed.hears(descriptor), groups.table.isOpen(descriptor) { return readFeed(descriptor) }
        if !SocketIO.discardInput(descriptor) { groups.table.remove(descriptor) }
    }

    // MARK: The beat and the end

    private func scheduleTick() {
        loop.schedule(after: Self.beatInterval / Int(BeatClock.ticksPerBeat)) { [weak self] in
            self?.assumeIsolated { $0.tick() }
        }
    }

    private func tick() {
        tickCount += 1
        let isReport = tickCount.isMultiple(of: BeatClock.ticksPerBeat)
        if isReport { end(sessions: [], now: WallClock.unixMilliseconds()) }
        feed.tick()
        groups.tick()
        groups.table.tick(tickCount) { $0.format.beat(id: $1.text) }
        apply()
        if isReport { tellHub() }
        scheduleTick()
    }

    /// Who streams here: the hub forgets the others, and leaves a loop alone that has nobody.
    private func tellHub() {
        let inUse = groups.inUse
        let isIdle = groups.feeds.isEmpty && groups.count == 0
        askHub { $0.forget(allBut: inUse.followers, openedUpTo: inUse.upTo, isIdle: isIdle, of: $1) }
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
            close(arrival.handle, arrival.format, last: arrival.format.ended)
        }
    }

    /// Sends every viewer away with a `retry:` spread over them; later ones are sent away at once. Returns when the last
    /// one has got what it is owed, or after `drainMax`.
    package func drain() async {
        draining = true
        decide(groups.takeAllWaiting().map { .sendAway($0) })
        let viewers = groups.table.counts.viewers
        groups.table.endAll { farewell(of: viewers, $0.format) }
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
