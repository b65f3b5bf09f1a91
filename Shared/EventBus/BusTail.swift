package import EventLoop
package import EventModels

/// Follows one shard's log on any bus, for as long as `run` runs: every event in order, none twice, none left out,
/// however often the bus goes away; where the log itself no longer holds what follows, the delivery says so.
package actor BusTail {
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let bus: any EventBus
    private let shard: ShardName
    private let deliver: @Sendable (TailDelivery) -> Void
    private var machine: TailMachine
    private var sleeper: CheckedContinuation<Void, Never>?
    private var isRunning = false
    private var toldCaughtUp = false

    /// Entries read in one go.
    private static let pageSize = 500
    private static let tickInterval = Duration.seconds(1)

    /// `deliver` is called on the bus' loop, for events and once when the tail has caught up.
    package init(
        _ bus: any EventBus,
        shard: ShardName,
        after position: EventID?,
        deliver: @escaping @Sendable (TailDelivery) -> Void
    ) {
        self.bus = bus
        self.shard = shard
        self.deliver = deliver
        loop = bus.loop
        machine = TailMachine(after: position)
    }

    package var position: EventID? { machine.position }

    /// Follows until the task is cancelled.
    package func run() async {
        precondition(!isRunning, "a tail runs once")
        isRunning = true
        let listener = await bus.listen(to: shard) { [weak self] signal in self?.hear(signal) }
        tick()
        await withTaskCancellationHandler {
            while !Task.isCancelled { await step() }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.wake() } }
        }
        isRunning = false
        await bus.stopListening(listener)
    }

    private func step() async {
        do throws(BusError) {
            switch machine.nextStep() {
            case .read(let position):
                let page = try await bus.page(of: shard, after: position, limit: Self.pageSize)
                handOn(machine.pageRead(page))
            case .lookAtTop: machine.topSeen(try await bus.bounds(of: shard))
            case .rest: await rest()
            }
        } catch {
            machine.stepFailed()
        }
    }

    private func rest() async {
        await withCheckedContinuation { continuation in
            if Task.isCancelled { continuation.resume() } else { sleeper = continuation }
        }
    }

    private func wake() {
        sleeper?.resume()
        sleeper = nil
    }

    private func tick() {
        guard isRunning else { return }
        machine.tick()
        wake()
        loop.schedule(after: Self.tickInterval) { [weak self] in self?.assumeIsolated { $0.tick() } }
    }

    private nonisolated func hear(_ signal: BusSignal) {
        assumeIsolated { tail in
            guard tail.isRunning else { return }
            if let delivery = tail.machine.heard(signal) { tail.handOn(delivery) }
            if tail.machine.nextStep() != .rest { tail.wake() }
        }
    }

    private func handOn(_ delivery: TailDelivery) {
        let news = delivery.isCaughtUp && !toldCaughtUp
        guard !delivery.events.isEmpty || delivery.unreadable > 0 || news else { return }
        if news { toldCaughtUp = true }
        deliver(delivery)
    }
}
