import Base
import EventBus
import EventModels
import LinkProtocol
import Web

/// One web replica: its links, its hub, its viewers.
final class Replica: Process {
    private(set) var bus: BusClient!
    private(set) var hub: ReplicaHub!
    /// The viewers' loops, one or two.
    private(set) var desks: [Desk] = []
    private var receivers: [Receiver] = []
    private let redis: RedisNode
    var gateways: [GatewayNode] = []
    /// Told of each snapshot that is saved.
    var turn = 0

    init(_ world: World, _ name: String, redis: RedisNode) {
        self.redis = redis
        super.init(world, name)
    }

    var isLinked: Bool { receivers.contains { $0.isLinked } }

    func isLinked(to shard: ShardName) -> Bool {
        receivers.contains { $0.shards.contains { $0.shard == shard } }
    }

    override func started() {
        bus = BusClient(self, redis) { [weak self] shard, signal in self?.hub.hear(shard, signal) }
        desks = (0...world.random.below(2)).map { Desk(self, number: $0) }
        hub = ReplicaHub(self)
        receivers = gateways.map { Receiver(self, $0) }
        bus.start()
        for desk in desks { desk.start() }
        for receiver in receivers { receiver.connect() }
        look()
    }

    override func ended() {
        bus = nil
        hub = nil
        desks = []
        receivers = []
    }

    /// Asks the gateways for a member, one after the other, as `LinkMembers` does; nil: nobody can say.
    func fetch(
        _ user: Snowflake,
        of guild: Snowflake,
        in shard: ShardName,
        _ done: @escaping (MemberAnswer?) -> Void
    ) {
        let order = OpenCommands.order(receivers.map(\.shards), for: shard)
        ask(order.map { receivers[$0] }[...], .fetchMember(user, guild: guild, shard: shard), done)
    }

    private func ask(
        _ rest: ArraySlice<Receiver>,
        _ request: LinkCommand.Request,
        _ done: @escaping (MemberAnswer?) -> Void
    ) {
        guard let first = rest.first else { return done(nil) }
        first.ask(request) { [weak self] reply in
            switch reply {
            case .member(let answer): done(answer)
            case .timedOut, .value: done(nil)
            case .refused, .lost, .unsent: self?.ask(rest.dropFirst(), request, done)
            }
        }
    }

    private func busFailed() { for receiver in receivers { receiver.busFailed() } }

    /// SIGTERM.
    func stop() {
        guard isUp else { return }
        note("is stopped")
        for receiver in receivers { receiver.stop() }
        after(world.random.within(100_000...1_000_000)) { [weak self] in self?.crash() }
    }

    /// `HubKeeper`: twice a second the shards and the bus' name; every tenth time snapshots are saved.
    private func look() {
        bus.shards { [weak self] result in
            guard let self else { return }
            guard case .success(let shards) = result else { return busFailed() }
            hub.know(shards)
            bus.identity { [weak self] result in
                guard let self else { return }
                guard case .success(let identity) = result else { return busFailed() }
                for receiver in receivers { receiver.busIs(identity) }
            }
        }
        turn += 1
        if turn.isMultiple(of: 10) {
            for receiver in receivers {
                receiver.tendLogs()
                hub.saveSnapshots(of: receiver.published)
            }
        }
        after(500_000) { [weak self] in self?.look() }
    }
}
