import Base
import EventLoop
import EventModels
import FoundationEssentials
import Gateway
import JSON
import Lifecycle
import LinkProtocol
import Telemetry
import TestSupport

/// A scripted Discord, a replica and a state folder; gateways come and go.
struct GatewayWorld {
    let discord: ScriptedDiscord
    let replica: LinkedReplica
    let folder: String
    /// What gateways logged, as lines of JSON.
    let lines = Locked<[String]>([])

    func hasLogged(_ text: String) -> Bool { lines.withLock { $0.contains { $0.contains(text) } } }

    func config() async throws -> GatewayConfig {
        try GatewayConfig(environment: [
            "DISCORD_BOT_TOKEN": "t", "LINK_TOKEN": "link", "GATEWAY_WS_PORT": "0",
            "DISCORD_COMPRESS": "none",
            "DISCORD_API_BASE": "http://127.0.0.1:\(await discord.port)/api", "GATEWAY_STATE_DIR": folder,
        ])
    }

    /// Runs a gateway while `body` does, then ends it as SIGTERM would.
    func withGateway(
        limits: PublisherLimits = PublisherLimits(),
        hooks: GatewayHooks = GatewayHooks(),
        _ body: (_ port: Int) async throws -> Void
    ) async throws {
        let (ports, found) = AsyncStream<Int>.makeStream()
        let log = Log(
            service: "test",
            sink: { line in
                lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
                guard let root = try? JSONDocument(parsing: Array(line.dropLast())).root else { return }
                if root["msg"]?.string == "listening", let port = root["port"]?.int { found.yield(port) }
            }
        )
        var hooks = hooks
        hooks.identifyInterval = .milliseconds(50)
        let services = try GatewayService.build(
            try await config(),
            log: log,
            limits: limits,
            hooks: hooks
        )
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

    /// What another gateway writes.
    static let later = StreamEvent(
        id: EventID(epoch: 9_000_000_000_000, number: 1),
        kind: .logGap,
        guild: Snowflake(0),
        ts: 1,
        payload: Array("{}".utf8)
    )

    /// The log turns out to be another gateway's by now.
    func supersede(_ port: Int) async throws {
        await replica.unlink()
        await replica.preset([Self.later])
        try await replica.link(port: port)
        try await eventually("the gateway to let go") { await discord.heard.last == "close 4000" }
    }

    func count(_ wanted: Int) async throws {
        try await eventually("\(wanted) events in the log") { await replica.log.count >= wanted }
    }
}

func withGatewayWorld(
    folder: String = "/tmp/gateway-tests-\(RandomSource.hex(8))",
    _ body: (GatewayWorld) async throws -> Void
) async throws {
    let loop = try EventLoop(name: "test")
    let world = GatewayWorld(
        discord: ScriptedDiscord(loop: loop),
        replica: LinkedReplica(loop: loop),
        folder: folder
    )
    try await world.discord.start()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(world)
    await world.replica.unlink()
    await world.discord.stop()
    loop.stop()
}
