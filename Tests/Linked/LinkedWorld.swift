import Base
import EventBus
import EventLoop
import EventModels
import FoundationEssentials
import Gateway
import JSON
import Lifecycle
import LinkProtocol
import Simulator
import Telemetry
import TestSupport
import Web

/// A simulated Discord, the gateway, two replicas' links on one bus, and what comes out of it.
struct LinkedWorld {
    /// What the simulator began with.
    let given: World
    let links: [LinkReceiver]
    let heard: Heard
    /// The gateway's, and the simulator's control API's.
    let port: Int
    let controlPort: Int
    let loop: EventLoop

    final class Heard: Sendable {
        private let state = Locked<[StreamEvent]>([])
        var events: [StreamEvent] { state.withLock { $0 } }
        func add(_ events: [StreamEvent]) { state.withLock { $0 += events } }
    }

    struct NoAnswer: Error {}

    /// Asked until somebody can say: at first not all members are known.
    func answer(_ user: Snowflake, of guild: Snowflake, _ links: [LinkReceiver]) async throws -> MemberAnswer
    {
        let members = LinkMembers(links: links)
        let found = Locked<MemberAnswer?>(nil)
        try await eventually("an answer about \(user)") {
            let answer = await members.member(user, of: guild, in: .only)
            found.withLock { $0 = answer }
            return answer != nil
        }
        guard let answer = found.withLock({ $0 }) else { throw NoAnswer() }
        return answer
    }

    static func run(churn: Double, _ body: (LinkedWorld) async throws -> Void) async throws {
        try await run(churn: churn, gateways: 1) { world, _ in try await body(world) }
    }

    /// As many gateways in turn, each stopped before the next, on one state folder.
    static func run(churn: Double, gateways: Int, _ body: (LinkedWorld, Int) async throws -> Void)
        async throws
    {
        var config = SimulatorConfig()
        (config.port, config.controlPort, config.rate, config.members) = (0, 0, 0, 300)
        config.permissionChurn = churn
        let settings = config
        let given = WorldBuilder.build(
            seed: settings.seed,
            guilds: settings.guilds,
            members: settings.members
        )
        try await withEventLoop { loop in
            let simulator = try await RunningSimulator.start(settings, loop: loop, log: .silent)
            let folder = "/tmp/linked-tests-\(RandomSource.hex(8))"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let outcome: (any Error)?
            do {
                for turn in 0..<gateways {
                    try await withGateway(of: simulator, folder) { port in
                        try await withLinks(to: port, loop) { links, heard in
                            let world = LinkedWorld(
                                given: given,
                                links: links,
                                heard: heard,
                                port: port,
                                controlPort: simulator.controlPort,
                                loop: loop
                            )
                            try await body(world, turn)
                        }
                    }
                }
                outcome = nil
            } catch { outcome = error }
            await simulator.stop()
            if let outcome { throw outcome }
        }
    }

    private static func withGateway(
        of simulator: RunningSimulator,
        _ folder: String,
        _ body: (_ port: Int) async throws -> Void
    ) async throws {
        let (ports, found) = AsyncStream<Int>.makeStream()
        let log = Log(
            service: "test",
            sink: { line in
                guard let root = try? JSONDocument(parsing: Array(line.dropLast())).root else { return }
                if root["msg"]?.string == "listening", let port = root["port"]?.int { found.yield(port) }
            }
        )
        let config = try GatewayConfig(environment: [
            "DISCORD_BOT_TOKEN": "simulator-token", "LINK_TOKEN": "link", "GATEWAY_WS_PORT": "0",
            "DISCORD_API_BASE": "http://127.0.0.1:\(simulator.port)/api/v10", "GATEWAY_STATE_DIR": folder,
        ])
        let services = try GatewayService.build(config, log: log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runTogether(services, log: .silent) }
            var port = 0
            for await value in ports {
                port = value
                break
            }
            try await body(port)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private static func withLinks(
        to port: Int,
        _ loop: EventLoop,
        _ body: ([LinkReceiver], Heard) async throws -> Void
    ) async throws {
        let bus = MemoryBus(on: loop)
        let heard = Heard()
        let links = ["one", "two"].map { name in
            let registry = Metrics()
            return LinkReceiver(
                url: "ws://127.0.0.1:\(port)/link",
                token: Secret("link"),
                name: name,
                bus: bus,
                hub: Hub(bus: bus, log: .silent, metrics: HubMetrics(registry)),
                log: .silent,
                metrics: LinkMetrics(registry)
            )
        }
        for link in links { await link.connect() }
        let tail = BusTail(bus, shard: .only, after: nil) { heard.add($0.events) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await tail.run() }
            let outcome: (any Error)?
            do {
                try await body(links, heard)
                outcome = nil
            } catch { outcome = error }
            group.cancelAll()
            if let outcome { throw outcome }
        }
        for link in links { await link.stop() }
    }
}
