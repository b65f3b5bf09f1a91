internal import Base
package import EventLoop
internal import HTTPServer
internal import Lifecycle
package import Telemetry

/// The simulator as a part of its process: listens until it is cancelled.
package struct SimulatorService: Service {
    private let config: SimulatorConfig
    private let loop: EventLoop
    private let log: Log

    package init(_ config: SimulatorConfig) throws {
        self.config = config
        loop = try EventLoop(name: "simulator")
        log = Log(service: "simulator", level: config.logLevel, format: config.logFormat)
    }

    package func run() async throws {
        let running = try await RunningSimulator.start(config, loop: loop, log: log)
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
        await running.stop()
        loop.stop()
    }
}

/// The parts put together and listening.
package struct RunningSimulator: Sendable {
    package let simulation: Simulation
    package let port: Int
    package let controlPort: Int
    private let servers: [HTTPServer]

    package static func start(_ config: SimulatorConfig, loop: EventLoop, log: Log) async throws
        -> RunningSimulator
    {
        let world = WorldBuilder.build(seed: config.seed, guilds: config.guilds, members: config.members)
        let core = GatewayCore(
            world: world,
            rules: config.rules,
            sessionSeed: RandomSource.uint64(),
            log: DispatchLog(bytesMax: config.logMebibytes << 20)
        )
        let simulation = Simulation(
            core: core,
            config: config,
            loop: loop,
            log: log
        )
        let limits = HTTPServerLimits(bodyBytesMax: 32 << 20)
        let main = HTTPServer(loop: loop, limits: limits, routes: simulation.publicRoutes())
        let control = HTTPServer(
            loop: loop,
            limits: limits,
            routes: simulation.controlRoutes(seed: config.seed)
        )
        let port = try await main.start(host: config.host, port: config.port)
        let controlPort = try await control.start(host: config.host, port: config.controlPort)
        let url = "ws://\(config.host):\(port)"
        await simulation.start(
            url: url,
            seed: config.seed,
            eventsPerSecond: config.rate,
            changesPerSecond: config.permissionChurn
        )
        log.info(
            "listening",
            [
                .host: .string(config.host), .port: .int(port), LogKey("control_port"): .int(controlPort),
                .url: .string(url), LogKey("api"): .string("http://\(config.host):\(port)/api/v10"),
                LogKey("guilds"): .int(config.guilds), LogKey("rate"): .double(config.rate),
                LogKey("permission_churn"): .double(config.permissionChurn),
            ]
        )
        return RunningSimulator(
            simulation: simulation,
            port: port,
            controlPort: controlPort,
            servers: [main, control]
        )
    }

    package func stop() async {
        await simulation.stop()
        for server in servers { await server.stop(drain: .milliseconds(200)) }
    }
}
