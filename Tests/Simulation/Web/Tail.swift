import EventBus
import EventModels

/// `BusTail` without its tasks: follows one shard's log. The decisions are `TailMachine`'s.
final class Tail {
    private unowned let replica: Replica
    let shard: ShardName
    private let deliver: (TailDelivery) -> Void
    private var machine: TailMachine
    private var isStepping = false
    private var toldCaughtUp = false
    private(set) var isOver = false

    private static let pageSize = 500

    init(
        _ replica: Replica,
        _ shard: ShardName,
        after position: EventID?,
        deliver: @escaping (TailDelivery) -> Void
    ) {
        self.replica = replica
        self.shard = shard
        self.deliver = deliver
        machine = TailMachine(after: position)
    }

    var position: EventID? { machine.position }

    func start() {
        replica.bus.listen(to: shard)
        tick()
    }

    func stop() { isOver = true }

    private func tick() {
        guard !isOver else { return }
        machine.tick()
        step()
        replica.after(1_000_000) { [weak self] in self?.tick() }
    }

    func hear(_ signal: BusSignal) {
        guard !isOver else { return }
        var signal = signal
        if replica.world.has(.publishedTakenForTruth), case .frame(var frame) = signal {
            frame.prev = machine.position
            signal = .frame(frame)
        }
        if let delivery = machine.heard(signal) { handOn(delivery) }
        step()
    }

    private func step() {
        guard !isOver, !isStepping else { return }
        switch machine.nextStep() {
        case .rest: return
        case .read(let position):
            isStepping = true
            replica.bus.page(of: shard, after: position, limit: Self.pageSize) { [weak self] result in
                self?.stepped(result) { tail, page in tail.handOn(tail.machine.pageRead(page)) }
            }
        case .lookAtTop:
            isStepping = true
            replica.bus.bounds(of: shard) { [weak self] result in
                self?.stepped(result) { tail, bounds in tail.machine.topSeen(bounds) }
            }
        }
    }

    private func stepped<Value>(_ result: Result<Value, BusError>, _ take: (Tail, Value) -> Void) {
        isStepping = false
        guard !isOver else { return }
        switch result {
        case .success(let value): take(self, value)
        case .failure: machine.stepFailed()
        }
        step()
    }

    private func handOn(_ delivery: TailDelivery) {
        let news = delivery.isCaughtUp && !toldCaughtUp
        guard !delivery.events.isEmpty || delivery.unreadable > 0 || news else { return }
        if news { toldCaughtUp = true }
        deliver(delivery)
    }
}
