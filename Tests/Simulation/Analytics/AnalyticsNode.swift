import Analytics
import EventBus
import EventModels

/// One analytics process: `ShardReader` without its tasks and without reading ahead: each page is a batch, and is stored before the
/// next is read. What is stored is `Batch`'s decision.
final class AnalyticsNode: Process {
    private let redis: RedisNode
    private let database: DatabaseNode
    private var bus: BusClient!
    private var session: DatabaseNode.Session?
    private var known: Set<ShardName> = []

    /// The product takes 2,048 a page and 8,192 a batch; small ones meet more faults.
    private static let batchMax = 40

    init(_ world: World, _ name: String, redis: RedisNode, database: DatabaseNode) {
        self.redis = redis
        self.database = database
        super.init(world, name)
    }

    override func started() {
        bus = BusClient(self, redis) { _, _ in }
        bus.start()
        connect()
        look()
    }

    override func ended() {
        bus = nil
        session = nil
        known = []
    }

    private func look() {
        bus.shards { [weak self] result in
            guard let self, case .success(let shards) = result else { return }
            for shard in shards where known.insert(shard).inserted { claim(shard) }
        }
        after(1_000_000) { [weak self] in self?.look() }
    }

    private func connect() {
        let database = self.database
        var opened: DatabaseNode.Session?
        connect(
            to: database,
            accepted: { [weak database] wire in opened = database?.open(wire) },
            opened: { [weak self] wire in
                guard let self else { return }
                guard let wire else { return after(500_000) { [weak self] in self?.connect() } }
                session = opened
                wire.whenClosed(.client) { [weak self] _ in
                    guard let self else { return }
                    session = nil
                    connect()
                }
            }
        )
    }

    /// Runs `body` at the database in this session; nil where the answer did not come.
    private func ask<Value>(
        _ session: DatabaseNode.Session,
        _ body: @escaping (DatabaseNode) -> Value,
        _ answer: @escaping (Value?) -> Void
    ) {
        var isAnswered = false
        let once: (Value?) -> Void = { value in
            guard !isAnswered else { return }
            isAnswered = true
            answer(value)
        }
        session.wire.send(from: .client) { [weak database] in
            guard let database, database.isUp else { return }
            let value = body(database)
            session.wire.send(from: .server) { once(value) }
        }
        watch(session, looks: 20, isAnswered: { isAnswered }, ended: { once(nil) })
    }

    /// A lost connection is found at the next look, a silent one after ten seconds.
    private func watch(
        _ session: DatabaseNode.Session,
        looks: Int,
        isAnswered: @escaping () -> Bool,
        ended: @escaping () -> Void
    ) {
        after(500_000) { [weak self] in
            guard let self, !isAnswered() else { return }
            guard session.wire.isOpen(at: .client) else { return ended() }
            guard looks > 0 else {
                session.wire.close(from: .client)
                self.session = nil
                connect()
                return ended()
            }
            watch(session, looks: looks - 1, isAnswered: isAnswered, ended: ended)
        }
    }

    private func claim(_ shard: ShardName) {
        guard let session else { return claimLater(shard) }
        ask(session, { $0.claim(shard, session) }) { [weak self] claim in
            guard let self else { return }
            guard let claim = claim ?? nil else { return claimLater(shard) }
            note("reads \(shard) behind \(claim.position?.description ?? "the start")")
            read(shard, session, after: claim.position)
        }
    }

    private func claimLater(_ shard: ShardName) {
        after(1_000_000) { [weak self] in self?.claim(shard) }
    }

    private func read(_ shard: ShardName, _ session: DatabaseNode.Session, after position: EventID?) {
        guard session.wire.isOpen(at: .client) else { return claimLater(shard) }
        bus.page(of: shard, after: position, limit: Self.batchMax) { [weak self] result in
            guard let self else { return }
            guard case .success(let page) = result else { return claimLater(shard) }
            var batch = Batch(of: shard, after: position, storesContent: true)
            batch.add(page)
            guard !batch.isEmpty else {
                return after(250_000) { [weak self] in self?.read(shard, session, after: position) }
            }
            if !batch.deadLetters.isEmpty { world.fail("\(name): \(batch.deadLetters[0].reason)") }
            store(batch, hole(in: page, after: position), session)
        }
    }

    private func hole(in page: LogPage, after position: EventID?) -> DatabaseNode.LogHole? {
        guard let first = page.bounds.first, position.map({ $0 < first }) ?? true else { return nil }
        return DatabaseNode.LogHole(after: position ?? EventID(epoch: 0, number: 0), before: first)
    }

    private func store(_ batch: Batch, _ hole: DatabaseNode.LogHole?, _ session: DatabaseNode.Session) {
        if world.has(.positionOutsideTransaction) { return storeInTwoSteps(batch, hole, session) }
        ask(session, { $0.commit(batch, hole) }) { [weak self] isStored in
            guard let self else { return }
            guard isStored == true else { return claimLater(batch.shard) }
            goOn(batch, session)
        }
    }

    private func storeInTwoSteps(
        _ batch: Batch,
        _ hole: DatabaseNode.LogHole?,
        _ session: DatabaseNode.Session
    ) {
        ask(session, { $0.storeRows(batch) }) { [weak self] stored in
            guard let self else { return }
            guard stored != nil else { return claimLater(batch.shard) }
            ask(session, { $0.setPosition(batch) }) { [weak self] moved in
                guard let self else { return }
                guard moved != nil else { return claimLater(batch.shard) }
                goOn(batch, session)
            }
        }
    }

    private func goOn(_ batch: Batch, _ session: DatabaseNode.Session) {
        let isFull = batch.events.count + batch.skipped >= Self.batchMax
        after(isFull ? 0 : 250_000) { [weak self] in
            self?.read(batch.shard, session, after: batch.position)
        }
    }
}
