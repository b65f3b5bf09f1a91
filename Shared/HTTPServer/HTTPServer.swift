package import EventLoop
package import HTTPWire

/// An HTTP/1.1 server on one loop: accepts connections and keeps an actor for each.
///
/// For several loops make one server on each with the same routes; they share the port.
package actor HTTPServer {
    /// Puts another stream over an accepted one, as TLS does; the connection is served through what it
    /// returns, or closed when it throws.
    package typealias Wrap = @Sendable (TCPStream) throws -> any ByteStream

    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let limits: HTTPServerLimits
    private let router: Router
    private let observer: any HTTPServerObserver
    private let wrap: Wrap?
    private let ownHeaders: HTTPHeaders
    private var listener: Listener?
    private var connections: [ObjectIdentifier: HTTPConnection] = [:]
    private var refusalsUnderWay = 0
    private var nextSearch = Duration.zero
    private var drained: CheckedContinuation<Void, Never>?

    /// `ownHeaders` go with what the server answers by itself: 404, 405, and what it refuses.
    package init(
        loop: EventLoop,
        limits: HTTPServerLimits = .standard,
        routes: [Route],
        observer: any HTTPServerObserver = SilentHTTPServerObserver(),
        ownHeaders: HTTPHeaders = [:],
        wrap: Wrap? = nil
    ) {
        self.loop = loop
        self.limits = limits
        router = Router(routes)
        self.observer = observer
        self.ownHeaders = ownHeaders
        self.wrap = wrap
    }

    /// Connections that are this server's, without those given away.
    package var openConnections: Int { connections.count }

    /// Binds, listens and returns the port, which the kernel chooses when 0 is asked for.
    package func start(host: String, port: Int, sharing: PortSharing = .none) throws -> Int {
        precondition(listener == nil, "a server listens once")
        let listener = try Listener(host: host, port: port, sharing: sharing, on: loop) {
            [weak self] stream in
            guard let self else { return stream.close() }
            self.assumeIsolated { $0.accepted(stream) }
        }
        self.listener = listener
        return listener.port
    }

    /// Accepts no more, lets requests under way finish for up to `drain`, then cuts what is left. Connections
    /// that were given away belong to others and are not touched.
    package func stop(drain: Duration) async {
        listener?.close()
        listener = nil
        drainAll()
        guard !connections.isEmpty else { return }
        let timer = loop.schedule(after: drain) { [weak self] in
            self?.assumeIsolated { $0.abortAll() }
        }
        await withCheckedContinuation { continuation in
            drained?.resume()
            drained = continuation
        }
        loop.cancel(timer)
    }

    private func drainAll() {
        for connection in Array(connections.values) { connection.assumeIsolated { $0.drain() } }
    }

    private func abortAll() {
        for connection in Array(connections.values) { connection.assumeIsolated { $0.abort() } }
    }

    private func accepted(_ stream: TCPStream) {
        guard connections.count < limits.connectionsMax || makeRoom() else {
            observer.connectionRefused()
            return refuse(stream)
        }
        guard let served = try? wrap?(stream) ?? stream else { return stream.close() }
        let connection = HTTPConnection(
            stream: served,
            router: router,
            limits: limits,
            observer: observer,
            ownHeaders: ownHeaders
        ) { [weak self] ended in
            self?.assumeIsolated { $0.ended(ObjectIdentifier(ended)) }
        }
        served.delegate = connection
        connections[ObjectIdentifier(connection)] = connection
        connection.assumeIsolated { $0.start() }
    }

    /// Closes what has been waited for longest, several at once, so that under a flood of slow clients few newcomers
    /// pay for the search. Whoever asks and reads at once is never among the oldest.
    private func makeRoom() -> Bool {
        let now = loop.now
        guard now >= nextSearch else { return false }
        let waiting = connections.values.compactMap { connection in
            connection.assumeIsolated { $0.waitsSince }.map { (since: $0, connection: connection) }
        }
        .filter { now - $0.since >= limits.patience }
        guard !waiting.isEmpty else {
            nextSearch = now + Self.searchRest
            return false
        }
        let count = max(1, limits.connectionsMax / 64)
        for (_, connection) in waiting.sorted(by: { $0.since < $1.since }).prefix(count) {
            connection.assumeIsolated { $0.giveWay() }
        }
        return true
    }

    /// After a search for room that found none.
    private static let searchRest = Duration.milliseconds(50)

    /// The answer to one connection too many. TLS is not worth its handshake here: such a client is just
    /// closed, and so is one that comes while many are still being told.
    private func refuse(_ stream: TCPStream) {
        guard wrap == nil, refusalsUnderWay < Self.refusalsMax else { return stream.close() }
        refusalsUnderWay += 1
        loop.schedule(after: LingeringClose.duration) { [weak self] in
            self?.assumeIsolated { $0.refusalsUnderWay -= 1 }
        }
        // On the next turn, when the listener is done with the stream.
        loop.execute {
            stream.write(Self.overloaded)
            guard let descriptor = stream.detach() else { return stream.close() }
            LingeringClose.begin(descriptor, on: stream.loop)
        }
    }

    private static let refusalsMax = 256
    private static let overloaded = HeadWriter.response(
        status: 503,
        headers: ["Retry-After": "1", "Content-Length": "0", "Connection": "close"]
    )

    private func ended(_ connection: ObjectIdentifier) {
        connections[connection] = nil
        guard connections.isEmpty else { return }
        drained?.resume()
        drained = nil
    }
}
