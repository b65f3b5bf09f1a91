internal import Base
package import EventLoop

/// What a client tells its owner, on the client's loop. Silent unless given.
package protocol RedisObserver: Sendable {
    func redisConnected()
    /// The connection ended or could not be made; another attempt follows by itself.
    func redisLost(_ reason: RedisError)
}

/// Commands to one Redis, over a connection that is made anew whenever it is lost.
///
/// While there is no connection commands fail at once: the caller knows whether to wait, repeat or give up, and
/// `whenConnected` waits. Nothing is sent twice by the client itself, since it cannot know what repeats are worth.
package actor RedisClient: RedisConnectionDelegate {
    private enum State {
        case idle
        case connecting(RedisConnection)
        case connected(RedisConnection)
        case resting(reason: RedisError)
        case closed
    }

    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let config: RedisConfig
    private let observer: (any RedisObserver)?
    private var backoff: Backoff
    private var state = State.idle
    private var scriptDigests: [String: String] = [:]
    private var nextWaiter = 0
    private var connectionWaiters: [Int: CheckedContinuation<Void, Never>] = [:]

    package init(_ config: RedisConfig, on loop: EventLoop, observer: (any RedisObserver)? = nil) {
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
        let connection: RedisConnection? =
            switch state {
            case .connecting(let connection), .connected(let connection): connection
            case .idle, .resting, .closed: nil
            }
        state = .closed
        connection?.close()
        releaseWaiters()
    }

    package var isConnected: Bool {
        if case .connected = state { true } else { false }
    }

    /// Returns when there is a connection; also when the client was closed or the task cancelled.
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

    /// Sends one command and waits for its reply. A reply that is an error is thrown as `.server`.
    package func send(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        let connection = try connected()
        let result = await withCheckedContinuation { continuation in
            connection.send(command) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Sends commands in one go; each has its own outcome.
    package func pipeline(
        _ commands: [RedisCommand]
    ) async throws(RedisError) -> [Result<RedisReply, RedisError>] {
        let connection = try connected()
        guard !commands.isEmpty else { return [] }
        let gathering = Locked(Gathering(missing: commands.count))
        return await withCheckedContinuation { continuation in
            for (index, command) in commands.enumerated() {
                connection.send(command) { result in
                    let all = gathering.withLock { $0.add(result, at: index) }
                    if let all { continuation.resume(returning: all) }
                }
            }
        }
    }

    private struct Gathering {
        var results: [Result<RedisReply, RedisError>]
        var missing: Int

        init(missing: Int) {
            self.missing = missing
            results = Array(repeating: .failure(.closed), count: missing)
        }

        /// All results once the last one is there.
        mutating func add(
            _ result: Result<RedisReply, RedisError>,
            at index: Int
        ) -> [Result<RedisReply, RedisError>]? {
            results[index] = result
            missing -= 1
            return missing == 0 ? results : nil
        }
    }

    /// Runs a Lua script by its digest, loading it where Redis does not have it.
    package func evaluate(
        _ script: RedisScript,
        keys: [String],
        arguments: [[UInt8]]
    ) async throws(RedisError) -> RedisReply {
        let result = await withCheckedContinuation { continuation in
            evaluate(script, keys: keys, arguments: arguments) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// The same for callers on the loop: without a task, and so without a thread but the loop's. `completion` is called once,
    /// later, on the loop.
    package nonisolated func evaluate(
        _ script: RedisScript,
        keys: [String],
        arguments: [[UInt8]],
        completion: @escaping RedisConnection.Completion
    ) {
        assumeIsolated { $0.run(ScriptCall(script, keys, arguments, completion)) }
    }

    private struct ScriptCall: Sendable {
        let script: RedisScript
        let keys: [String]
        let arguments: [[UInt8]]
        let completion: RedisConnection.Completion

        init(
            _ script: RedisScript,
            _ keys: [String],
            _ arguments: [[UInt8]],
            _ completion: @escaping RedisConnection.Completion
        ) {
            self.script = script
            self.keys = keys
            self.arguments = arguments
            self.completion = completion
        }

        func command(_ verb: String, _ script: String) -> RedisCommand {
            self.script.call(verb, script, keys: keys, arguments: arguments)
        }
    }

    private func run(_ call: ScriptCall) {
        guard let digest = scriptDigests[call.script.source] else { return load(call) }
        post(call.command("EVALSHA", digest)) { result in
            // Nothing was run, so it is safe to send it again, this time with its text.
            guard case .failure(let error) = result, error.serverCode == "NOSCRIPT" else {
                return call.completion(result)
            }
            self.assumeIsolated { $0.post(call.command("EVAL", call.script.source), call.completion) }
        }
    }

    private func load(_ call: ScriptCall) {
        post(["SCRIPT", "LOAD", call.script.source]) { result in
            switch result {
            case .failure(let error): call.completion(.failure(error))
            case .success(let reply):
                guard let digest = reply.string else {
                    return call.completion(.failure(.unexpectedReply("SCRIPT LOAD")))
                }
                self.assumeIsolated { client in
                    client.scriptDigests[call.script.source] = digest
                    client.run(call)
                }
            }
        }
    }

    private func post(_ command: RedisCommand, _ completion: @escaping RedisConnection.Completion) {
        do throws(RedisError) { try connected().send(command, completion: completion) } catch {
            loop.execute { completion(.failure(error)) }
        }
    }

    // MARK: The connection

    private func connected() throws(RedisError) -> RedisConnection {
        switch state {
        case .connected(let connection): return connection
        case .idle: throw .notConnected("not started")
        case .connecting: throw .notConnected("connecting")
        case .resting(let reason): throw .notConnected(reason.detail)
        case .closed: throw .closed
        }
    }

    private func connect() {
        let connection = RedisConnection(config, role: .commands, on: loop, delegate: self)
        state = .connecting(connection)
        connection.open()
    }

    /// Once a second: a Redis that accepts and does not answer is a lost one.
    private func tick() {
        switch state {
        case .connecting(let connection), .connected(let connection): connection.checkTimeout()
        case .idle, .resting: break
        case .closed: return
        }
        loop.schedule(after: .seconds(1)) { [weak self] in self?.assumeIsolated { $0.tick() } }
    }

    private func releaseWaiters() {
        let waiters = connectionWaiters
        connectionWaiters = [:]
        for waiter in waiters.values { waiter.resume() }
    }

    package nonisolated func connectionReady(_ connection: RedisConnection) {
        assumeIsolated { $0.ready(connection) }
    }

    package nonisolated func connection(_ connection: RedisConnection, pushed reply: RedisReply) {}

    package nonisolated func connectionLost(_ connection: RedisConnection, reason: RedisError) {
        assumeIsolated { $0.lost(connection, reason) }
    }

    private func ready(_ connection: RedisConnection) {
        guard case .connecting(let current) = state, current === connection else { return }
        state = .connected(connection)
        backoff.reset()
        observer?.redisConnected()
        releaseWaiters()
    }

    private func lost(_ connection: RedisConnection, _ reason: RedisError) {
        switch state {
        case .connecting(let current), .connected(let current):
            guard current === connection else { return }
            state = .resting(reason: reason)
            observer?.redisLost(reason)
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
