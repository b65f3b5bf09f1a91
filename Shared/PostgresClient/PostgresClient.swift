internal import Base
package import EventLoop

/// What a client tells its owner, on the client's loop. Silent unless given.
package protocol PostgresObserver: Sendable {
    func postgresConnected()
    /// The connection ended or could not be made; another attempt follows by itself.
    func postgresLost(_ reason: PostgresError)
}

/// Statements and transactions on one database, over one session that is made anew whenever it is lost.
///
/// Callers have the session in turn: a transaction keeps it until its end. While there is none calls fail at once;
/// `whenConnected` waits.
package actor PostgresClient: PostgresConnectionDelegate {
    private enum State {
        case idle
        case connecting(PostgresConnection)
        case connected(PostgresConnection)
        case resting(reason: PostgresError)
        case closed
    }

    private typealias Turn = CheckedContinuation<Result<PostgresConnection, PostgresError>, Never>

    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let config: PostgresConfig
    private let observer: (any PostgresObserver)?
    private var backoff: Backoff
    private var state = State.idle
    private var connectionsMade = 0
    /// Whether somebody has the session, who is to give it back.
    private var isTaken = false
    private var turns: [Turn] = []
    private var nextWaiter = 0
    private var connectionWaiters: [Int: CheckedContinuation<Void, Never>] = [:]

    package init(_ config: PostgresConfig, on loop: EventLoop, observer: (any PostgresObserver)? = nil) {
        self.config = config
        self.loop = loop
        self.observer = observer
        backoff = config.backoff
    }

    /// Begins to connect, and to reconnect, until `close`.
    package func start() {
        guard case .idle = state else { return }
        connect()
        tick()
    }

    package func close() {
        let connection: PostgresConnection? =
            switch state {
            case .connecting(let connection), .connected(let connection): connection
            case .idle, .resting, .closed: nil
            }
        state = .closed
        connection?.close()
        failTurns(.closed)
        releaseWaiters()
    }

    package var isConnected: Bool {
        if case .connected = state { true } else { false }
    }

    /// Returns when there is a session; also when the client was closed or the task cancelled.
    package func whenConnected() async {
        let id = nextWaiter
        nextWaiter += 1
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                switch state {
                case .connected, .closed: continuation.resume()
                case .idle, .connecting, .resting:
                    if Task.isCancelled {
                        continuation.resume()
                    } else {
                        connectionWaiters[id] = continuation
                    }
                }
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.connectionWaiters.removeValue(forKey: id)?.resume() } }
        }
    }

    // MARK: Statements

    /// Runs one statement; values stand as `$1`, `$2`, … in it.
    @discardableResult
    package nonisolated func query(
        _ statement: String,
        _ values: [PostgresValue] = []
    ) async throws(PostgresError) -> PostgresRows {
        let connection = try await take()
        let result: Result<PostgresRows, PostgresError>
        do throws(PostgresError) {
            result = .success(try await connection.query(statement, values))
        } catch {
            result = .failure(error)
        }
        await giveBack()
        return try result.get()
    }

    /// Has the session to itself for the time of `body`.
    @discardableResult
    package nonisolated func withSession<Result>(
        _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await take()
        do {
            let result = try await body(connection)
            await giveBack()
            return result
        } catch {
            await giveBack()
            throw error
        }
    }

    /// Runs `body` in a transaction, which is committed when it returns and rolled back when it throws. A thrown
    /// `.connectionLost` or `.timeout` may come from COMMIT itself: look at the data to learn whether it was done.
    @discardableResult
    package nonisolated func transaction<Result>(
        _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        try await withSession { connection in
            try await connection.query("BEGIN")
            let result: Result
            do {
                result = try await body(connection)
            } catch {
                // Where this fails the session is gone, and the transaction with it.
                _ = try? await connection.query("ROLLBACK")
                throw error
            }
            let end = try await connection.query("COMMIT")
            // A transaction in which a statement failed answers COMMIT with ROLLBACK, and no error.
            guard end.command == "COMMIT" else { throw PostgresError.transactionAborted }
            return result
        }
    }

    private func take() async throws(PostgresError) -> PostgresConnection {
        let connection = try connected()
        guard isTaken else {
            isTaken = true
            return connection
        }
        guard turns.count < config.waitingMax else { throw .overloaded }
        let result = await withCheckedContinuation { turns.append($0) }
        return try result.get()
    }

    private func giveBack() {
        isTaken = false
        guard !turns.isEmpty else { return }
        do throws(PostgresError) {
            let connection = try connected()
            isTaken = true
            turns.removeFirst().resume(returning: .success(connection))
        } catch {
            failTurns(error)
        }
    }

    private func connected() throws(PostgresError) -> PostgresConnection {
        switch state {
        case .connected(let connection): return connection
        case .idle: throw .notConnected("not started")
        case .connecting: throw .notConnected("connecting")
        case .resting(let reason): throw .notConnected(reason.detail)
        case .closed: throw .closed
        }
    }

    private func failTurns(_ error: PostgresError) {
        let waiting = turns
        turns = []
        for turn in waiting { turn.resume(returning: .failure(error)) }
    }

    private func releaseWaiters() {
        let waiters = connectionWaiters
        connectionWaiters = [:]
        for waiter in waiters.values { waiter.resume() }
    }

    // MARK: The session

    private func connect() {
        connectionsMade += 1
        let connection = PostgresConnection(config, number: connectionsMade, on: loop, delegate: self)
        state = .connecting(connection)
        connection.open()
    }

    private func tick() {
        switch state {
        case .connecting(let connection), .connected(let connection): connection.checkTimeout()
        case .idle, .resting: break
        case .closed: return
        }
        loop.schedule(after: .seconds(1)) { [weak self] in self?.assumeIsolated { $0.tick() } }
    }

    package nonisolated func connectionReady(_ connection: PostgresConnection) {
        assumeIsolated { $0.ready(connection) }
    }

    package nonisolated func connectionLost(_ connection: PostgresConnection, reason: PostgresError) {
        assumeIsolated { $0.lost(connection, reason) }
    }

    private func ready(_ connection: PostgresConnection) {
        guard case .connecting(let current) = state, current === connection else { return }
        state = .connected(connection)
        backoff.reset()
        observer?.postgresConnected()
        releaseWaiters()
    }

    private func lost(_ connection: PostgresConnection, _ reason: PostgresError) {
        switch state {
        case .connecting(let current), .connected(let current):
            guard current === connection else { return }
            state = .resting(reason: reason)
            observer?.postgresLost(reason)
            failTurns(.notConnected(reason.detail))
            let wait = backoff.next(random: RandomSource.unit())
            loop.schedule(after: wait) { [weak self] in self?.assumeIsolated { $0.retry() } }
        case .idle, .resting, .closed: break
        }
    }

    private func retry() {
        guard case .resting = state else { return }
        connect()
    }
}
