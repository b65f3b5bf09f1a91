import Base
import EventBus
import EventModels

/// Makes things go wrong, one after the other, until the world is healed.
final class Nemesis {
    private unowned let simulation: Simulation
    private let faults: [Fault]
    private let pause: Int64

    init(_ simulation: Simulation) {
        self.simulation = simulation
        faults = Fault.allCases.filter { simulation.faults.contains($0) }
        pause = simulation.world.random.pick([400_000, 1_200_000, 3_000_000]) ?? 1_200_000
    }

    private var world: World { simulation.world }
    private var gateway: GatewayNode { simulation.gateways[0] }

    func strike() {
        guard !world.isHealed, let fault = world.random.pick(faults) else { return }
        world.note("nemesis", fault.rawValue)
        strike(fault)
        world.after(world.random.within(pause / 4...pause * 2)) { self.strike() }
    }

    private func later(_ range: ClosedRange<Int64>, _ action: @escaping () -> Void) {
        world.after(world.random.within(range), action)
    }

    private func strike(_ fault: Fault) {
        switch fault {
        case .gatewayKill, .gatewayPower, .gatewayStop, .stateLost, .clockJump, .slowDisk, .secondGateway,
            .poison:
            strikeGateway(fault)
        case .replicaKill: world.random.pick(simulation.replicas)?.restart(after: downtime())
        case .replicaStop:
            guard let replica = world.random.pick(simulation.replicas) else { return }
            replica.stop()
            later(1_100_000...4_000_000) { replica.start() }
        case .redisKill, .redisOlder, .redisEmpty, .redisFull, .scriptsLost, .publishLoss, .subscriberDropped,
            .trimmed:
            strikeRedis(fault)
        case .partition, .severed, .silenced, .slowNetwork: strikeNetwork(fault)
        case .discordDrops, .reconnectAsked, .sessionEnds, .discordMute, .discordDown, .guildOutage:
            strikeDiscord(fault)
        case .analyticsKill: world.random.pick(simulation.analytics)?.restart(after: downtime())
        case .databaseKill: simulation.database.restart(after: downtime())
        case .viewerHop: world.random.pick(simulation.viewers)?.hop()
        case .viewerReload: world.random.pick(simulation.viewers)?.reload()
        }
    }

    private func downtime() -> Int64 { world.random.pick([1_000, 300_000, 2_000_000, 7_000_000]) ?? 1_000 }

    private func strikeGateway(_ fault: Fault) {
        guard let gateway = world.random.pick(simulation.gateways.filter(\.isUp)) else { return }
        let down = downtime()
        switch fault {
        case .gatewayKill: gateway.crash(lostPower: false)
        case .gatewayPower: gateway.crash(lostPower: true)
        case .gatewayStop:
            gateway.stop()
            return world.after(down + 100_000) { gateway.start() }
        case .stateLost:
            // Sessions that nobody knows any more.
            for session in simulation.discord.sessions { simulation.oracle.excused.insert(session.id) }
            gateway.crash(lostPower: true)
            gateway.disk = JournalDisk()
            simulation.oracle.stateWasLost(of: .only)
            setClock(of: gateway, to: -world.random.within(0...3_600_000))
        case .clockJump:
            gateway.crash(lostPower: false)
            setClock(of: gateway, to: world.random.within(-60_000...60_000))
        case .slowDisk:
            gateway.diskLatencyMax = 400_000
            return later(500_000...4_000_000) { gateway.diskLatencyMax = 3_000 }
        case .secondGateway:
            guard let second = simulation.gateways.last, !second.isUp else { return }
            simulation.oracle.hadTwoGateways = true
            for session in simulation.discord.sessions { simulation.oracle.excused.insert(session.id) }
            return second.start()
        case .poison:
            let guild = simulation.discord.guilds[0].id
            return simulation.discord.broadcast(
                "MESSAGE_CREATE",
                #"{"id":"1","guild_id":"\#(guild)","channel_id":"1","poison":true}"#
            )
        default: return
        }
        world.after(down) { gateway.start() }
    }

    /// Where Redis may forget the log's end too, nothing is left that knows the last epoch but the clock.
    private func setClock(of gateway: GatewayNode, to off: Int64) {
        let mayForget = simulation.faults.contains(.redisEmpty) || simulation.faults.contains(.redisOlder)
        gateway.clockOff =
            simulation.faults.contains(.stateLost) && mayForget ? max(gateway.clockOff, abs(off)) : off
    }

    private func strikeRedis(_ fault: Fault) {
        let redis = simulation.redis
        switch fault {
        case .redisKill: redis.restart(.same, after: downtime())
        case .redisOlder: redis.restart(.older, after: downtime())
        case .redisEmpty: redis.restart(.empty, after: downtime())
        case .redisFull:
            redis.model.isFull = true
            later(500_000...6_000_000) { redis.model.isFull = false }
        case .scriptsLost: redis.scriptsLost = 4
        case .publishLoss:
            redis.publishLoss = world.random.pick([0, 0.3, 1]) ?? 0.3
            redis.publishRepeat = world.random.pick([0, 0.3]) ?? 0
            later(1_000_000...6_000_000) {
                redis.publishLoss = 0
                redis.publishRepeat = 0
            }
        case .subscriberDropped: redis.dropSubscriber()
        case .trimmed:
            // As the bounds of the log promise: never past what every guild's snapshot needs.
            let snapshots = redis.model.loadSnapshots(of: .only).filter { !$0.isAnchor }
            guard snapshots.count == simulation.discord.guilds.count, let oldest = snapshots.map(\.id).min()
            else { return }
            redis.model.trim(.only, before: oldest)
        default: return
        }
    }

    private func strikeNetwork(_ fault: Fault) {
        switch fault {
        case .partition:
            // There are more viewers than anything else.
            let isInside = world.random.chance(0.7)
            let wires = world.wires.filter { !$0.isDead && !(isInside && $0.route.from.hasPrefix("viewer")) }
            guard let wire = world.random.pick(wires) else { return }
            world.note("nemesis", "between \(wire.route.from) and \(wire.route.to)")
            world.stall(wire.route, for: world.random.pick([300_000, 3_000_000, 12_000_000]) ?? 300_000)
        case .severed:
            guard let wire = world.random.pick(world.wires.filter { !$0.isDead }) else { return }
            world.note("nemesis", "between \(wire.route.from) and \(wire.route.to)")
            wire.sever()
        case .silenced:
            guard let wire = world.random.pick(world.wires.filter { !$0.isDead }) else { return }
            world.note("nemesis", "between \(wire.route.from) and \(wire.route.to)")
            wire.silence(detectedAfter: wire.route.to == "redis" ? 10_000_000 : 30_000_000)
        case .slowNetwork:
            world.latencyMax = world.random.pick([30_000, 300_000]) ?? 30_000
            later(1_000_000...5_000_000) { self.world.latencyMax = 2_000 }
        default: return
        }
    }

    private func strikeDiscord(_ fault: Fault) {
        let discord = simulation.discord
        switch fault {
        case .discordDrops: discord.drop()
        case .reconnectAsked: discord.askToReconnect()
        case .sessionEnds: discord.invalidate()
        case .discordMute:
            discord.isMute = true
            later(5_000_000...25_000_000) { discord.isMute = false }
        case .discordDown:
            discord.restart(after: downtime())
        case .guildOutage: discord.outage(for: world.random.within(500_000...5_000_000))
        default: return
        }
    }
}
