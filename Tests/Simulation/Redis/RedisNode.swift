import Base
import EventBus
import EventModels

/// The Redis server: one model, its connections, and what it kept on disk.
final class RedisNode: Process {
    var model = RedisModel()
    private var subscribers: [(wire: Wire, hear: (EventFrame) -> Void)] = []
    /// What the append-only file would give back: states by time, newest last.
    private var kept: [(at: Int64, model: RedisModel)] = []
    /// Scripts are forgotten: the next call of each is answered with NOSCRIPT.
    var scriptsLost = 0
    /// Part of what is published never arrives, or arrives twice.
    var publishLoss = 0.0
    var publishRepeat = 0.0
    /// Told of every change of a log.
    var appended: (EventFrame, _ before: EventID?) -> Void = { _, _ in }
    var wentBack: () -> Void = {}

    enum Memory: String { case same, older, empty }

    override func started() {
        every(500_000) { [unowned self] in
            guard kept.last.map({ $0.model != model }) ?? true else { return }
            kept.append((world.now, model))
            if kept.count > 24 { kept.removeFirst() }
        }
    }

    override func ended() { subscribers = [] }

    /// Comes back with what it had, with what it had some seconds ago, or with nothing.
    func restart(_ memory: Memory, after delay: Int64) {
        crash()
        switch memory {
        case .same: break
        case .older:
            let back = world.now - world.random.within(1_000_000...8_000_000)
            model = kept.last { $0.at <= back }?.model ?? RedisModel()
            kept.removeAll { $0.at > back }
        case .empty:
            model = RedisModel()
            kept = []
        }
        model.isFull = false
        if memory != .same { wentBack() }
        note("will come back \(memory.rawValue)")
        world.after(delay) { [weak self] in self?.start() }
    }

    func append(_ frame: EventFrame) throws(BusError) -> AppendResult {
        let before = model.bounds(of: frame.shard).top
        if world.has(.appendWithoutComparing) {
            model.appendBlindly(frame)
            appended(frame, before)
            publish(frame)
            return .appended(top: frame.last)
        }
        if world.has(.memoryEndsMidFrame), model.isFull, frame.events.count > 1, frame.prev == before {
            // Written entry by entry: the first is in, the rest is refused.
            let first = EventFrame(shard: frame.shard, prev: frame.prev, events: [frame.events[0]])
            model.isFull = false
            _ = try model.append([first])
            model.isFull = true
            appended(first, before)
            return .appended(top: frame.last)
        }
        let answer = try model.append([frame])
        guard let published = answer.published else { return .refused(top: answer.top) }
        if world.has(.trimmedByID) {
            let wall = UInt64(World.began + world.now / 1000)
            model.trimByID(frame.shard, before: wall - 8_000)
        }
        appended(published, before)
        publish(published)
        return .appended(top: frame.last)
    }

    private func publish(_ frame: EventFrame) {
        subscribers.removeAll { !$0.wire.isOpen(at: .server) }
        // Once through its text, as every subscriber would read it.
        guard let heard = try? EventFrame(decoding: frame.encoded()) else {
            return world.fail("a published frame cannot be read: \(frame.first)")
        }
        for (wire, hear) in subscribers {
            if world.random.chance(publishLoss) { continue }
            wire.send(from: .server) { hear(heard) }
            if world.random.chance(publishRepeat) { wire.send(from: .server) { hear(heard) } }
        }
    }

    func subscribe(_ wire: Wire, _ hear: @escaping (EventFrame) -> Void) {
        subscribers.append((wire, hear))
    }

    /// Cuts a subscriber off that cannot keep up.
    func dropSubscriber() {
        guard let victim = world.random.pick(subscribers) else { return }
        note("drops a subscriber")
        victim.wire.close(from: .server)
    }
}
