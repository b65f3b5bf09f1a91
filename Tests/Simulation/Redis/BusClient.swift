import Base
import EventBus
import EventModels

/// One process' way to Redis: a connection for commands, pipelined, and one for what is published. The rules are those
/// of `RedisClient` and `RedisSubscriber`: what was under way when a connection went is done or not done.
final class BusClient {
    private unowned let process: Process
    private unowned let redis: RedisNode
    private let signal: (ShardName, BusSignal) -> Void
    private var commands: Wire?
    private var subscription: Wire?
    private var listening: [ShardName] = []
    private var waiting: [UInt64: (since: Int64, fail: (BusError) -> Void)] = [:]
    private var nextRequest: UInt64 = 0
    private var backoff = Backoff(base: .milliseconds(100), limit: .seconds(5))
    private var subscriberBackoff = Backoff(base: .milliseconds(100), limit: .seconds(5))

    init(_ process: Process, _ redis: RedisNode, signal: @escaping (ShardName, BusSignal) -> Void) {
        self.process = process
        self.redis = redis
        self.signal = signal
    }

    private var world: World { process.world }

    func start() {
        connect()
        subscribe()
        process.every(1_000_000) { [weak self] in self?.checkTimeouts() }
    }

    private func connect() {
        process.connect(to: redis, accepted: { _ in }) { [weak self] wire in
            guard let self else { return }
            guard let wire else {
                let wait = backoff.next(random: world.random.unit())
                return process.after(wait.microseconds) { [weak self] in self?.connect() }
            }
            backoff.reset()
            commands = wire
            wire.whenClosed(.client) { [weak self] _ in self?.lost() }
        }
    }

    private func lost() {
        commands?.close(from: .client)
        commands = nil
        let failed = waiting.sorted { $0.key < $1.key }
        waiting = [:]
        connect()
        for (_, request) in failed { request.fail(BusError(.outcomeUnknown, "the connection was lost")) }
    }

    private func checkTimeouts() {
        guard waiting.values.contains(where: { world.now - $0.since > 5_000_000 }) else { return }
        process.note("Redis did not answer in time")
        lost()
    }

    /// Runs `body` at the server; `answer` comes exactly once while the process lives.
    private func request<Value>(
        isScript: Bool = false,
        _ body: @escaping (RedisNode) throws(BusError) -> Value,
        _ answer: @escaping (Result<Value, BusError>) -> Void
    ) {
        guard let wire = commands else {
            // Not at once: whoever asks is not called back from within its question.
            return process.after(0) { answer(.failure(BusError(.unavailable, "not connected"))) }
        }
        let number = nextRequest
        nextRequest += 1
        waiting[number] = (world.now, { answer(.failure($0)) })
        wire.send(from: .client) { [weak redis, weak self] in
            guard let redis, redis.isUp else { return }
            if isScript, redis.scriptsLost > 0 {
                redis.scriptsLost -= 1
                // NOSCRIPT: nothing was run; the client sends the text.
                wire.send(from: .server) {
                    guard let self, self.waiting.removeValue(forKey: number) != nil else { return }
                    self.request(body, answer)
                }
                return
            }
            let result: Result<Value, BusError>
            do throws(BusError) { result = .success(try body(redis)) } catch { result = .failure(error) }
            wire.send(from: .server) {
                guard let self, self.waiting.removeValue(forKey: number) != nil else { return }
                answer(result)
            }
        }
    }

    // MARK: What the bus can do

    func identity(_ answer: @escaping (Result<String, BusError>) -> Void) {
        let fresh = String(world.random.next(), radix: 16)
        request({ redis throws(BusError) in try redis.model.identity(fresh: fresh) }, answer)
    }

    func shards(_ answer: @escaping (Result<[ShardName], BusError>) -> Void) {
        request({ $0.model.shards }, answer)
    }

    func bounds(of shard: ShardName, _ answer: @escaping (Result<LogBounds, BusError>) -> Void) {
        request(isScript: true, { $0.model.bounds(of: shard) }, answer)
    }

    func page(
        of shard: ShardName,
        after position: EventID?,
        limit: Int,
        _ answer: @escaping (Result<LogPage, BusError>) -> Void
    ) {
        request(isScript: true, { $0.model.page(of: shard, after: position, limit: limit) }, answer)
    }

    func recent(
        _ shard: ShardName,
        count: Int,
        _ answer: @escaping (Result<[StreamEvent], BusError>) -> Void
    ) {
        request({ $0.model.recent(shard, before: nil, count: count) }, answer)
    }

    func append(_ frame: EventFrame, _ answer: @escaping (Result<AppendResult, BusError>) -> Void) {
        request(isScript: true, { redis throws(BusError) in try redis.append(frame) }, answer)
    }

    func save(
        _ snapshot: GuildSnapshot,
        of shard: ShardName,
        _ answer: @escaping (Result<Void, BusError>) -> Void
    ) {
        request(
            isScript: true,
            { redis throws(BusError) in try redis.model.save(snapshot, of: shard) },
            answer
        )
    }

    func loadSnapshots(of shard: ShardName, _ answer: @escaping (Result<[GuildSnapshot], BusError>) -> Void) {
        request({ $0.model.loadSnapshots(of: shard) }, answer)
    }

    // MARK: Listening

    func listen(to shard: ShardName) {
        guard !listening.contains(shard) else {
            if subscription != nil { process.after(0) { [weak self] in self?.signal(shard, .listening) } }
            return
        }
        listening.append(shard)
        if let wire = subscription { subscribe(shard, on: wire) }
    }

    private func subscribe() {
        process.connect(to: redis, accepted: { _ in }) { [weak self] wire in
            guard let self else { return }
            guard let wire else { return subscribeLater() }
            subscriberBackoff.reset()
            subscription = wire
            wire.whenClosed(.client) { [weak self] _ in
                guard let self else { return }
                subscription = nil
                for shard in listening { signal(shard, .lost("the connection was lost")) }
                subscribeLater()
            }
            for shard in listening { subscribe(shard, on: wire) }
        }
    }

    private func subscribeLater() {
        let wait = subscriberBackoff.next(random: world.random.unit())
        process.after(wait.microseconds) { [weak self] in self?.subscribe() }
    }

    private func subscribe(_ shard: ShardName, on wire: Wire) {
        wire.send(from: .client) { [weak redis, weak self] in
            guard let redis, redis.isUp else { return }
            redis.subscribe(wire) { frame in
                guard frame.shard == shard else { return }
                self?.signal(shard, .frame(frame))
            }
            wire.send(from: .server) { self?.signal(shard, .listening) }
        }
    }
}

extension Duration {
    var microseconds: Int64 {
        let parts = components
        return parts.seconds * 1_000_000 + parts.attoseconds / 1_000_000_000_000
    }
}
