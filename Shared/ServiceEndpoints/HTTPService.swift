internal import EventLoop
package import HTTPServer
internal import Lifecycle
package import Telemetry

/// HTTP servers of one port, each on a loop of its own, as a service: they listen until it is cancelled, then drain.
package struct HTTPService: Service {
    private let servers: [HTTPServer]
    private let host: String
    private let port: Int
    private let log: Log
    private let beforeDrain: @Sendable () async -> Void

    /// How long requests under way may take when the service ends.
    private static let drain = Duration.seconds(3)

    /// `beforeDrain` runs when the service is told to end, before the servers stop.
    package init(
        _ servers: [HTTPServer],
        host: String,
        port: Int,
        log: Log,
        beforeDrain: @escaping @Sendable () async -> Void = {}
    ) {
        self.servers = servers
        self.host = host
        self.port = port
        self.log = log
        self.beforeDrain = beforeDrain
    }

    package func run() async throws {
        var bound = port
        for (index, server) in servers.enumerated() {
            let sharing: PortSharing = servers.count == 1 ? .none : index == 0 ? .first : .joining
            do {
                bound = try await server.start(host: host, port: bound, sharing: sharing)
            } catch {
                for started in servers[..<index] { await started.stop(drain: .zero) }
                throw error
            }
        }
        log.notice("listening", [.host: .string(host), .port: .int(bound)])
        await untilCancelled()
        await beforeDrain()
        await withTaskGroup(of: Void.self) { group in
            for server in servers { group.addTask { await server.stop(drain: Self.drain) } }
        }
    }
}

/// Suspends until the current task is cancelled.
package func untilCancelled() async {
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    await withTaskCancellationHandler {
        for await _ in stream {}
    } onCancel: {
        continuation.finish()
    }
}
