internal import Base
internal import CPostgres
package import EventLoop

/// Hears of its connection, on the connection's loop.
package protocol PostgresConnectionDelegate: AnyObject, Sendable {
    func connectionReady(_ connection: PostgresConnection)
    /// The last call, exactly once.
    func connectionLost(_ connection: PostgresConnection, reason: PostgresError)
}

/// One session with PostgreSQL: libpq in non-blocking mode, its socket watched by our loop.
///
/// Statements are carried out one after the other in the order they were given. A connection is used once; a client
/// makes a new one after a loss. libpq resolves a host name by a blocking call: give an address, or a name that
/// resolves without a network.
package actor PostgresConnection: ReadinessHandler {
    private enum State {
        case idle
        case connecting(OpaquePointer, since: Duration)
        case ready(OpaquePointer)
        case lost
    }

    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    /// Which of its client's connections this is: what a session holds (locks, settings) ends with it.
    package nonisolated let number: Int

    private let config: PostgresConfig
    private weak var delegate: (any PostgresConnectionDelegate)?
    private var state = State.idle
    private var registration: Registration?
    private var current: PostgresOperation?
    private var queue: [PostgresOperation] = []

    /// Statements that may wait on one connection.
    private static let queueMax = 100
    private static let copyChunkBytes = 1 << 16

    package init(
        _ config: PostgresConfig,
        number: Int,
        on loop: EventLoop,
        delegate: any PostgresConnectionDelegate
    ) {
        self.config = config
        self.number = number
        self.loop = loop
        self.delegate = delegate
    }

    // MARK: Statements

    /// Runs one statement; values stand as `$1`, `$2`, … in it.
    @discardableResult
    package func query(
        _ statement: String,
        _ values: [PostgresValue] = [],
        timeout: Duration? = nil
    ) async throws(PostgresError) -> PostgresRows {
        try await run(.statement(statement, values), timeout)
    }

    /// Runs any number of statements without values, and gives the last one's result.
    @discardableResult
    package func script(
        _ statements: String,
        timeout: Duration? = nil
    ) async throws(PostgresError) -> PostgresRows {
        try await run(.script(statements), timeout)
    }

    /// Writes rows into a table. Names are the caller's own, never data.
    @discardableResult
    package func copy(
        into table: String,
        columns: [String],
        _ rows: CopyRows
    ) async throws(PostgresError) -> Int {
        let statement = "COPY \(table) (\(columns.joined(separator: ", "))) FROM STDIN (FORMAT binary)"
        return try await run(.copy(statement, rows.data), nil).affected
    }

    private func run(
        _ request: PostgresOperation.Request,
        _ timeout: Duration?
    ) async throws(PostgresError) -> PostgresRows {
        guard case .ready = state else { throw .notConnected("the connection is not open") }
        guard queue.count < Self.queueMax else { throw .overloaded }
        let deadline = loop.now + (timeout ?? config.statementTimeout)
        let result = await withCheckedContinuation { continuation in
            queue.append(
                PostgresOperation(request, deadline: deadline) { continuation.resume(returning: $0) }
            )
            startNext()
        }
        return try result.get()
    }

    private func startNext() {
        guard case .ready(let connection) = state, current == nil, !queue.isEmpty else { return }
        let operation = queue.removeFirst()
        current = operation
        guard operation.send(on: connection) else { return lose(Self.reason(connection)) }
        advance(connection)
    }

    // MARK: Calls of the client, on the loop

    package nonisolated func open() { assumeIsolated { $0.openNow() } }
    package nonisolated func close() { assumeIsolated { $0.lose(.closed) } }
    /// Gives a silent server up; called from time to time.
    package nonisolated func checkTimeout() { assumeIsolated { $0.checkTimeoutNow() } }

    private func openNow() {
        // What stands behind the URL overrides it, what stands in front may be overridden by it.
        let settings = [
            ("application_name", config.applicationName), ("gssencmode", "disable"),
            ("keepalives_idle", "15"),
            ("tcp_user_timeout", "30000"), ("dbname", config.url.exposed), ("client_encoding", "UTF8"),
        ]
        let connection = withCStrings(settings.map(\.0)) { names in
            withCStrings(settings.map(\.1)) { values in PQconnectStartParams(names, values, 1) }
        }
        guard let connection else { return lose(.notConnected("out of memory")) }
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        state = .connecting(connection, since: loop.now)
        guard PQstatus(connection) != CONNECTION_BAD else { return lose(Self.reason(connection)) }
        watch(connection, .write)
    }

    private func checkTimeoutNow() {
        switch state {
        case .connecting(_, let since): if loop.now - since > config.connectTimeout { lose(.timeout) }
        case .ready: if let current, loop.now > current.deadline { lose(.timeout) }
        case .idle, .lost: break
        }
    }

    // MARK: The loop's calls

    package nonisolated func ready(_ readiness: DescriptorEvents, on registration: Registration) {
        assumeIsolated { connection in
            switch connection.state {
            case .connecting(let handle, _): connection.poll(handle)
            case .ready(let handle): connection.take(readiness, handle)
            case .idle, .lost: break
            }
        }
    }

    private func poll(_ connection: OpaquePointer) {
        // libpq may change the socket in this call, so that the loop must forget the old one before.
        unwatch()
        switch PQconnectPoll(connection) {
        case PGRES_POLLING_READING: watch(connection, .read)
        case PGRES_POLLING_WRITING: watch(connection, .write)
        case PGRES_POLLING_OK:
            guard PQsetnonblocking(connection, 1) == 0 else { return lose(Self.reason(connection)) }
            state = .ready(connection)
            watch(connection, .read)
            delegate?.connectionReady(self)
        default: lose(Self.reason(connection))
        }
    }

    private func take(_ readiness: DescriptorEvents, _ connection: OpaquePointer) {
        if !readiness.isDisjoint(with: [.readable, .hangUp]), PQconsumeInput(connection) == 0 {
            return lose(.connectionLost(Self.reason(connection).detail))
        }
        advance(connection)
    }

    /// Sends what libpq holds, hands over what is to be copied, and takes the results that have come.
    private func advance(_ connection: OpaquePointer) {
        guard PQflush(connection) >= 0 else {
            return lose(.connectionLost(Self.reason(connection).detail))
        }
        while var operation = current {
            if let copied = operation.copied {
                guard let next = handOver(operation, from: copied, connection) else { break }
                operation.copied = next == .max ? nil : next
                current = operation
                continue
            }
            guard PQisBusy(connection) == 0 else { break }
            guard let result = PQgetResult(connection) else {
                current = nil
                guard PQstatus(connection) == CONNECTION_OK else {
                    // The server said why before it closed; the statement's outcome is unknown all the same.
                    operation.completion(.failure(.connectionLost(Self.reason(connection).detail)))
                    return lose(.connectionLost(Self.reason(connection).detail))
                }
                operation.completion(operation.outcome)
                startNext()
                return
            }
            operation.take(result)
            PQclear(result)
            current = operation
        }
        guard PQstatus(connection) == CONNECTION_OK else {
            return lose(.connectionLost(Self.reason(connection).detail))
        }
        let waiting = PQflush(connection)
        updateInterest(waiting == 1 || current?.copied != nil ? [.read, .write] : .read)
    }

    /// Gives libpq the next piece; nil when it cannot take more now, `.max` when that was the last.
    private func handOver(
        _ operation: PostgresOperation,
        from start: Int,
        _ connection: OpaquePointer
    ) -> Int? {
        guard case .copy(_, let data) = operation.request else { return .max }
        guard start < data.count else { return PQputCopyEnd(connection, nil) == 1 ? .max : nil }
        let end = min(start + Self.copyChunkBytes, data.count)
        let taken = data[start..<end].withUnsafeBytes {
            PQputCopyData(connection, $0.baseAddress?.assumingMemoryBound(to: CChar.self), CInt($0.count))
        }
        switch taken {
        case 1: return end
        case 0: return nil
        // The server ended the COPY; its error is the next result.
        default: return .max
        }
    }

    private func watch(_ connection: OpaquePointer, _ interest: Interest) {
        do throws(SystemCallError) {
            registration = try loop.register(
                descriptor: PQsocket(connection),
                interest: interest,
                handler: self
            )
        } catch {
            lose(.connectionLost(error.description))
        }
    }

    private func updateInterest(_ interest: Interest) {
        guard let registration else { return }
        do throws(SystemCallError) { try loop.update(registration, interest: interest) } catch {
            lose(.connectionLost(error.description))
        }
    }

    private func unwatch() {
        if let registration { loop.deregister(registration) }
        registration = nil
    }

    private func lose(_ reason: PostgresError) {
        switch state {
        case .lost: return
        case .connecting(let connection, _), .ready(let connection):
            unwatch()
            PQfinish(connection)
        case .idle: break
        }
        state = .lost
        let waiting = queue
        queue = []
        current?.completion(.failure(reason == .timeout ? .timeout : .connectionLost(reason.detail)))
        current = nil
        for operation in waiting { operation.completion(.failure(.notConnected(reason.detail))) }
        delegate?.connectionLost(self, reason: reason)
        delegate = nil
    }

    private static func reason(_ connection: OpaquePointer) -> PostgresError {
        // The first line says what, the others guess why.
        let line = String(cString: PQerrorMessage(connection)).prefix { $0 != "\n" }
        return .notConnected(line.isEmpty ? "no reason given" : String(line))
    }
}

/// A null-ended array of C strings, for the call.
private func withCStrings<Result>(
    _ texts: [String],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
) -> Result {
    var buffer: [CChar] = []
    let starts = texts.map { text in
        defer { buffer.append(contentsOf: text.utf8CString) }
        return buffer.count
    }
    return buffer.withUnsafeBufferPointer { buffer in
        var pointers = starts.map { buffer.baseAddress?.advanced(by: $0) }
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
