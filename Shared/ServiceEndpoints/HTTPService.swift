internal import EventLoop
package import HTTPServer
internal import Lifecycle
package import Telemetry

/// An HTTP server as a service: listens until it is cancelled, then drains.
package struct HTTPService: Service {
    private let server: HTTPServer
    private let host: String
    private let port: Int
    private let log: Log
    private let beforeDrain: @Sendable () async -> Void

    /// How long requests under way may take when the service ends.
    private static let drain = Duration.seconds(3)

    /// `beforeDrain` runs when the service is told to end, before the server stops.
    package init(
        _ server: HTTPServer,
        host: String,
        port: Int,
        log: Log,
        beforeDrain: @escaping @Sendable () async -> Void = {}
    ) {
        self.server = server
        self.host = host
        self.port = port
        self.log = log
        self.beforeDrain = beforeDrain
    }

    package func run() async throws {
        let bound = try await server.start(host: host, port: port)
        log.notice("listening", [.host: .string(host), .port: .int(bound)])
        await untilCancelled()
        await beforeDrain()
        await server.stop(drain: Self.drain)
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
