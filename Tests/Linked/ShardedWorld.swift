import Base
import EventBus
import EventLoop
import EventModels
import FoundationEssentials
import Gateway
import HTTPClient
import JSON
import Lifecycle
import LinkProtocol
import Simulator
import Telemetry
import TestSupport
import Web

/// A simulated Discord of many guilds, gateways that run its shards between them, and a replica that links to all of them.
struct ShardedWorld {
    let simulator: RunningSimulator
    let bus: MemoryBus
    let hub: Hub
    let folder: String
    let loop: EventLoop

    static func run(
        _ change: (inout SimulatorConfig) -> Void,
        _ body: (ShardedWorld) async throws -> Void
    ) async throws {
        var config = SimulatorConfig()
        (config.port, config.controlPort, config.rate, config.members) = (0, 0, 0, 12)
        change(&config)
        let settings = config
        try await withEventLoop { loop in
            let bus = MemoryBus(on: loop)
            let world = ShardedWorld(
                simulator: try await RunningSimulator.start(settings, loop: loop, log: .silent),
                bus: bus,
                hub: Hub(bus: bus, log: .silent, metrics: HubMetrics(Metrics())),
                folder: "/tmp/sharded-tests-\(RandomSource.hex(8))",
                loop: loop
            )
            defer { try? FileManager.default.removeItem(atPath: world.folder) }
            let outcome: (any Error)?
            do {
                try await body(world)
                outcome = nil
            } catch { outcome = error }
            await world.hub.stop()
            await world.simulator.stop()
            if let outcome { throw outcome }
        }
    }

    /// Runs gateways with these `DISCORD_SHARDS`, and the replica's link to each unless it is not `linked`,
    /// while `body` does; then ends them as SIGTERM would.
    func withGateways(
        _ selections: [String],
        compression: String = "zlib-stream",
        linked: Bool = true,
        _ body: (Gateways) async throws -> Void
    ) async throws {
        let (ports, found) = AsyncStream<Int>.makeStream()
        let log = Log(
            service: "test",
            sink: { line in
                guard let root = try? JSONDocument(parsing: Array(line.dropLast())).root else { return }
                if root["msg"]?.string == "listening", let port = root["port"]?.int { found.yield(port) }
            }
        )
        let settings = [
            "DISCORD_BOT_TOKEN": "simulator-token", "LINK_TOKEN": "link", "GATEWAY_WS_PORT": "0",
            "DISCORD_COMPRESS": compression,
            "DISCORD_API_BASE": "http://127.0.0.1:\(simulator.port)/api/v10", "GATEWAY_STATE_DIR": folder,
        ]
        let services = try selections.flatMap { selection in
            let config = try GatewayConfig(
                environment: settings.merging(["DISCORD_SHARDS": selection]) { $1 }
            )
            var hooks = GatewayHooks()
            hooks.identifyInterval = .milliseconds(120)
            return try GatewayService.build(config, log: log, hooks: hooks)
        }
        let ended: Result<Void, any Error> = await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await runTogether(services, log: .silent) }
            var gateways = Gateways()
            for await port in ports {
                gateways.ports.append(port)
                if linked { gateways.links.append(await link(to: port)) }
                if gateways.ports.count == selections.count { break }
            }
            let result: Result<Void, any Error>
            do {
                try await body(gateways)
                result = .success(())
            } catch { result = .failure(error) }
            group.cancelAll()
            await group.waitForAll()
            await gateways.unlink()
            return result
        }
        try ended.get()
    }

    struct Gateways {
        var ports: [Int] = []
        var links: [LinkReceiver] = []

        func unlink() async { for link in links { await link.stop() } }
    }

    func link(to port: Int) async -> LinkReceiver {
        let link = LinkReceiver(
            url: "ws://127.0.0.1:\(port)/link",
            token: Secret("link"),
            name: "replica",
            bus: bus,
            hub: hub,
            log: .silent,
            metrics: LinkMetrics(Metrics())
        )
        await link.connect()
        return link
    }

    // MARK: What is to be seen

    func control(_ path: String) async throws -> JSONValue {
        let call = HTTPCall("GET", "http://127.0.0.1:\(simulator.controlPort)\(path)")
        return try JSONDocument(parsing: await URLSessionHTTPClient().send(call).body).root
    }

    /// What a gateway has counted under a metric's name and labels.
    func metric(_ text: String, of port: Int) async throws -> String? {
        let call = HTTPCall("GET", "http://127.0.0.1:\(port)/metrics")
        let lines = String(decoding: try await URLSessionHTTPClient().send(call).body, as: UTF8.self)
            .split(separator: "\n")
        return lines.first { $0.hasPrefix(text + " ") }.map { String($0.dropFirst(text.count + 1)) }
    }

    func dispatch(_ name: String, _ data: String) async throws {
        let call = HTTPCall(
            "POST",
            "http://127.0.0.1:\(simulator.controlPort)/control/dispatch",
            body: Array(#"{"t":"\#(name)","d":\#(data)}"#.utf8)
        )
        _ = try await URLSessionHTTPClient().send(call)
    }

    /// The events of a shard's log.
    func log(_ shard: ShardName) async throws -> [StreamEvent] {
        try await bus.recent(shard, before: nil, count: 10_000)
    }

    /// Waits until the replica has every guild, each in the shard that Discord's formula says.
    func synced(of count: Int) async throws {
        let guilds = try await control("/control/guilds").array?.compactMap { $0["id"]?.snowflake } ?? []
        try await eventually("\(guilds.count) guilds in \(count) shards") {
            for guild in guilds {
                let shard = ShardName(index: guild.shard(of: count), count: count)
                guard await hub.shard(of: guild) == shard else { return false }
            }
            return !guilds.isEmpty
        }
    }

    /// IDENTIFYs that were taken, and RESUMEs, so far.
    func starts() async throws -> [Int] {
        let sessions = try await control("/control/sessions")
        return ["identifies", "resumes"].map { sessions[$0]?.int ?? -1 }
    }
}
