import Base
import DiscordProtocol
import EventBus
import EventModels
import Gateway
import LinkProtocol
import Web

/// One seed's world from its beginning to its verdict.
final class Simulation {
    struct Result: Sendable {
        let seed: UInt64
        /// Nil: everything held.
        let failure: String?
        let trace: String
        let steps: Int
        let events: Int
        let deliveries: Int
        let simulatedSeconds: Int
    }

    let world: World
    let discord: DiscordNode
    let redis: RedisNode
    let database: DatabaseNode
    let gateways: [GatewayNode]
    let replicas: [Replica]
    let analytics: [AnalyticsNode]
    private(set) var viewers: [Viewer] = []
    let oracle: Oracle
    private(set) var faults: Set<Fault>
    private var rows = RowCheck()
    private(set) var isCalm = false
    /// Between two things that happen in the guilds, at most.
    private var pace: Int64 = 0

    /// How long things go wrong.
    private static let chaos: ClosedRange<Int64> = 10_000_000...25_000_000
    /// Until when everything must have settled after that.
    private static let settling: Int64 = 400_000_000

    private init(seed: UInt64, plant: Plant?, isTraced: Bool) {
        let world = World(seed: seed, plant: plant, isTraced: isTraced)
        self.world = world
        let shares = [0.0, 0.15, 0.3, 0.5]
        let share = world.random.pick(shares) ?? 0
        faults = Set(Fault.allCases.filter { _ in world.random.chance(share) })
        // Every other seed has what the plant needs and nothing else.
        if let plant { faults = seed.isMultiple(of: 2) ? Set(plant.needs) : faults.union(plant.needs) }
        // Redis that forgets who has taken over cannot tell the other gateway: nothing could.
        if faults.contains(.secondGateway) { faults.subtract([.redisOlder, .redisEmpty]) }
        discord = DiscordNode(world, "discord")
        redis = RedisNode(world, "redis")
        database = DatabaseNode(world, "postgres")
        let guilds = 1 + world.random.below(2)
        discord.guilds = (1...guilds).map { Community(id: UInt64($0 * 8), random: &world.random) }
        let churn = world.random.pick([0.03, 0.1, 0.25]) ?? 0.1
        for index in discord.guilds.indices { discord.guilds[index].churn = churn }
        var limits = PublisherLimits()
        if world.random.chance(0.2) { limits.unackedBytesMax = 60_000 }
        if world.random.chance(0.2) { limits.inFlightBytesMax = 2_000 }
        // Whoever acknowledges too early is forgiven while the acknowledged tail is kept.
        let mayForget = faults.contains(.redisOlder) || faults.contains(.redisEmpty)
        if plant?.showsWithoutTail == true || (!mayForget && world.random.chance(0.2)) {
            limits.tailBytesMax = 0
        }
        let names = faults.contains(.secondGateway) ? ["gateway", "gateway2"] : ["gateway"]
        let (discord, redis) = (discord, redis)
        gateways = names.map {
            GatewayNode(world, $0, shard: .only, discord: discord, limits: limits)
        }
        let count = 1 + world.random.below(3)
        replicas = (1...count).map { Replica(world, "web\($0)", redis: redis) }
        let database = database
        let readers = 1 + world.random.below(2)
        analytics = (1...readers).map {
            AnalyticsNode(world, "reader\($0)", redis: redis, database: database)
        }
        oracle = Oracle(world, discord: discord)
        for replica in replicas { replica.gateways = gateways }
        pace = world.random.pick([80_000, 200_000, 500_000]) ?? 100_000
        viewers = makeViewers()
        wire()
    }

    private func makeViewers() -> [Viewer] {
        (1...(2 + world.random.below(4))).map { number in
            var manner = Viewer.Manner()
            let guild = discord.guilds[world.random.below(discord.guilds.count)]
            if world.random.chance(0.75) { manner.looker = world.random.pick(oracle.lookers) ?? .everyone }
            if world.random.chance(0.6) { manner.guilds = [guild.id] }
            if world.random.chance(0.2) {
                manner.guilds = [guild.id]
                manner.channels = Array(guild.rooms.keys.sorted().prefix(world.random.chance(0.5) ? 2 : 4))
            }
            if world.random.chance(0.2) { manner.kinds = ["message.*", "voice.joined"] }
            if world.random.chance(0.2) {
                manner.rate = world.random.pick([400, 3_000, 20_000])
                manner.capacity = world.random.pick([600, 4_000]) ?? 600
            }
            manner.keepsQuery = world.random.chance(0.5)
            return Viewer(world, "viewer\(number)", oracle, manner, replicas)
        }
    }

    private func wire() {
        redis.appended = { [unowned self] frame, before in oracle.appended(frame, behind: before) }
        redis.wentBack = { [unowned self] in
            oracle.logWentBack(.only, isEmpty: redis.model.bounds(of: .only).top == nil)
        }
        database.committed = { [unowned self] _, hole in
            if faults.contains(.trimmed) || oracle.redisWentBack || hole?.after.epoch == 0 {
                rows.note(hole, of: .only)
            }
        }
        world.afterStep = { [unowned self] in checkStep() }
        for gateway in gateways {
            gateway.quarantined = { [unowned self] frame in
                oracle.quarantined.formUnion(frame.events.map(\.id))
            }
        }
    }

    /// Nobody is ahead of the log: what is known anywhere was appended.
    private func checkStep() {
        let top = oracle.chains[.only]?.top ?? EventID(epoch: 0, number: 0)
        if let end = redis.model.bounds(of: .only).top, top < end {
            world.fail("the log ends at \(end), unseen")
        }
        if let stored = database.positions[.only], top < stored {
            world.fail("PostgreSQL is ahead: \(stored)")
        }
        for replica in replicas {
            guard let view = replica.hub?.views[.only], top < view.position else { continue }
            world.fail("\(replica.name) is ahead of the log: \(view.position)")
        }
    }

    static func run(seed: UInt64, plant: Plant? = nil, isTraced: Bool = false) -> Result {
        let simulation = Simulation(seed: seed, plant: plant, isTraced: isTraced)
        simulation.run()
        let world = simulation.world
        let result = Result(
            seed: seed,
            failure: world.failure,
            trace: world.trace.text,
            steps: world.steps,
            events: simulation.oracle.appended,
            deliveries: simulation.oracle.delivered,
            simulatedSeconds: Int(world.now / 1_000_000)
        )
        world.end()
        return result
    }

    // MARK: The run

    private func run() {
        world.note("seed", "\(world.seed): \(faults.map(\.rawValue).sorted().joined(separator: " "))")
        discord.start()
        redis.start()
        database.start()
        gateways[0].start()
        for replica in replicas { replica.start() }
        for reader in analytics { reader.start() }
        for viewer in viewers {
            world.after(world.random.within(0...8_000_000)) { [unowned viewer] in viewer.connect() }
        }
        world.after(1_000_000) { [unowned self] in live() }
        let end = world.random.within(Self.chaos)
        if !faults.isEmpty {
            let nemesis = Nemesis(self)
            world.after(world.random.within(2_000_000...6_000_000)) { nemesis.strike() }
        }
        world.run(until: end)
        guard world.failure == nil else { return }
        heal()
        world.run(until: world.now + 3_000_000)
        isCalm = true
        for index in discord.guilds.indices { discord.probe(in: index) }
        let deadline = world.now + Self.settling
        var nextProbe = world.now + 30_000_000
        world.run(until: deadline) { [unowned self] in
            // A gateway hears from its next event that another has taken over.
            if ruling.count > 1, world.now > nextProbe {
                nextProbe = world.now + 30_000_000
                for index in discord.guilds.indices { discord.probe(in: index) }
            }
            return unsettled() == nil
        }
        guard world.failure == nil else { return }
        if let reason = unsettled() {
            return world.fail("not settled \(Self.settling / 1_000_000) s later: \(reason)")
        }
        checkEnd()
    }

    /// The guilds live, until it is calm.
    private func live() {
        guard !isCalm else { return }
        discord.happen(in: world.random.below(discord.guilds.count))
        world.after(world.random.within(1_000...pace * 2)) { [unowned self] in live() }
    }

    /// Nothing goes wrong any more, and what is down is started.
    private func heal() {
        world.note("seed", "heals")
        world.healNetwork()
        redis.model.isFull = false
        redis.publishLoss = 0
        redis.publishRepeat = 0
        discord.isMute = false
        for gateway in gateways { gateway.diskLatencyMax = 3_000 }
        for process in [discord, redis, database, gateways[0]] + replicas + analytics { process.start() }
        // A gateway that was taken over from waits for a person.
        if !gateways.contains(where: { $0.isUp && $0.machine?.isSuperseded == false }) {
            gateways[0].restart(after: 0)
        }
    }

    // MARK: The end

    /// Gateways that are live and were not taken over from.
    private var ruling: [GatewayNode] {
        gateways.filter { $0.isLive && $0.machine?.isSuperseded == false }
    }

    /// The gateway that has the shard.
    var leader: GatewayNode? {
        ruling.max { $0.machine.folded.epoch < $1.machine.folded.epoch }
    }

    /// Why it has not settled yet.
    private func unsettled() -> String? {
        guard let leader else { return "no gateway is live" }
        guard ruling.count == 1 else { return "two gateways are live" }
        guard let last = leader.lastID, let session = leader.machine.gateway.session else {
            return "the gateway has made nothing"
        }
        guard let told = discord.told(session.id), told <= Int(session.sequence), discord.outages == 0 else {
            return "the gateway has not heard all of \(session.id)"
        }
        guard leader.machine.appended == leader.machine.folded.position else {
            return "the gateway's disk has not all that it heard"
        }
        guard let chain = oracle.chains[.only], chain.top == last else {
            return
                "the gateway's last event is \(last), the log's \(oracle.chains[.only]?.top?.description ?? "none")"
        }
        guard redis.model.bounds(of: .only).top == last else { return "the log ends before \(last)" }
        guard database.positions[.only] == last else {
            return
                "PostgreSQL is at \(database.positions[.only]?.description ?? "the start"), the log at \(last)"
        }
        for replica in replicas {
            guard let view = replica.hub?.views[.only], view.position == last else {
                return "\(replica.name) is at \(replica.hub?.views[.only]?.position.description ?? "nothing")"
            }
            guard replica.hub.caughtUp.contains(.only) else { return "\(replica.name) has not caught up" }
        }
        for viewer in viewers where viewer.cursor?.ids != [last] {
            return "\(viewer.name) is at \(viewer.cursor?.text ?? "nothing"), the log at \(last)"
        }
        return nil
    }

    private func checkEnd() {
        oracle.checkNothingLost(current: leader?.sessionID)
        let mayBeGone = oracle.redisWentBack && faults.contains(.stateLost)
        let log = redis.model.logs[.only]?.entries ?? []
        let fault = rows.fault(database, oracle) { id in
            mayBeGone && !log.contains { $0.id == id }
        }
        if let fault { world.fail(fault) }
        guard let states = leader?.machine.folded.state.guilds else { return }
        // What is wrong with sights is to be found by viewers.
        let isAltered = world.has(.roleOutranksMember)
        for replica in replicas where !isAltered && replica.hub.views[.only]?.states != states {
            world.fail("\(replica.name) holds another state than the gateway")
        }
        for guild in discord.guilds {
            let told = oracle.chains[.only]?.entries.last?.guilds[guild.id]
            let fault = guild.difference(from: states[Snowflake(guild.id)], told: told, at: discord.wall)
            if let fault { world.fail(fault) }
        }
    }
}
