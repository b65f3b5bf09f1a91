package import Base
package import EventLoop
package import EventModels
package import RedisClient

/// What a `RedisBus` tells its owner, on the bus' loop. Silent unless given.
package protocol RedisBusObserver: Sendable {
    func busConnected()
    func busLost(_ reason: String)
}

/// The bus of any number of processes: logs are Redis streams, publishing is Redis pub/sub.
///
/// A log is trimmed to its limits from time to time: by `trim`, and by whoever appends, each 1/64 of its bytes.
package actor RedisBus: EventBus {
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let client: RedisClient
    private let limits: LogLimits
    private let hub: RedisListeners
    private let connected = Locked(0)
    private var appenders: [ShardName: AppendQueue] = [:]
    /// Bytes appended here since a log was trimmed, and entries that went without having been told.
    private var untrimmed: [ShardName: Int] = [:]
    private var removed: [ShardName: Int] = [:]

    /// Marks that one call cuts at most, so that Redis is not held up: 1/8 of the limits.
    private static let marksPerTrim = 8

    package init(
        _ config: RedisConfig,
        on loop: EventLoop,
        limits: LogLimits = LogLimits(),
        observer: (any RedisBusObserver)? = nil
    ) {
        self.loop = loop
        self.limits = limits
        client = RedisClient(
            config,
            on: loop,
            observer: ClientObserver(connected: connected, observer: observer)
        )
        hub = RedisListeners(config, on: loop)
    }

    private struct ClientObserver: RedisObserver {
        let connected: Locked<Int>
        let observer: (any RedisBusObserver)?
        func redisConnected() {
            connected.withLock { $0 += 1 }
            observer?.busConnected()
        }
        func redisLost(_ reason: RedisError) { observer?.busLost(reason.description) }
    }

    /// How often Redis was connected to: behind each but the first it may have come back older.
    package nonisolated var connections: Int { connected.withLock { $0 } }

    /// Begins to connect, and to reconnect, until `close`.
    package func start() async {
        await client.start()
        await hub.start()
    }

    package func close() async {
        await client.close()
        await hub.close()
    }

    /// Returns when Redis is connected; also when the bus was closed or the task cancelled.
    package func whenConnected() async { await client.whenConnected() }

    /// Whether Redis writes what it is told to an append-only file; without one it forgets minutes when it is killed.
    /// Nil where it does not tell: hosted ones may refuse the question.
    package func isDurable() async throws(BusError) -> Bool? {
        do throws(BusError) {
            return try await send(["INFO", "persistence"]).string?.contains("aof_enabled:1") ?? false
        } catch {
            if error.code == .refused { return nil }
            throw error
        }
    }

    package func identity() async throws(BusError) -> String {
        do throws(RedisError) {
            let replies = try await client.pipeline([
                ["SET", RedisKeys.bus, RandomSource.hex(16), "NX"], ["GET", RedisKeys.bus],
            ])
            // Refused where Redis takes no writes, which is no bus to append to, whatever it can still say.
            _ = try replies[0].get()
            if let name = try replies[1].get().string { return name }
        } catch {
            throw BusError(error)
        }
        throw BusError(.malformed, "Redis does not keep the bus' name")
    }

    package func shards() async throws(BusError) -> [ShardName] {
        let names = try await send(["SMEMBERS", RedisKeys.shards]).array ?? []
        return names.compactMap { $0.string.flatMap { ShardName($0) } }.sorted()
    }

    package func bounds(of shard: ShardName) async throws(BusError) -> LogBounds {
        do throws(RedisError) {
            let reply = try await client.evaluate(
                BusScripts.bounds,
                keys: [RedisKeys.log(shard)],
                arguments: []
            )
            return try LogReplies.bounds((reply.array ?? [])[...])
        } catch {
            throw BusError(error)
        }
    }

    package func page(
        of shard: ShardName,
        after position: EventID?,
        limit: Int
    ) async throws(BusError) -> LogPage {
        let start = position.map { "(\($0)" } ?? "-"
        do throws(RedisError) {
            let reply = try await client.evaluate(
                BusScripts.page,
                keys: [RedisKeys.log(shard)],
                arguments: Self.range(from: start, limit)
            )
            guard let parts = reply.array, parts.count == 3 else { throw .unexpectedReply("a page of a log") }
            return LogPage(
                entries: try LogReplies.entries(parts[2]),
                bounds: try LogReplies.bounds(parts[..<2])
            )
        } catch {
            throw BusError(error)
        }
    }

    package func recent(
        _ shard: ShardName,
        before end: EventID?,
        count: Int
    ) async throws(BusError) -> [StreamEvent] {
        let newest = end.map { "(\($0)" } ?? "+"
        do throws(RedisError) {
            let reply = try await client.evaluate(
                BusScripts.recent,
                keys: [RedisKeys.log(shard)],
                arguments: Self.range(from: newest, count)
            )
            return try LogReplies.entries(reply).reversed().compactMap(\.event)
        } catch {
            throw BusError(error)
        }
    }

    private static func range(from start: String, _ limit: Int) -> [[UInt8]] {
        [start, String(limit), String(LogPage.bytesMax)].map { Array($0.utf8) }
    }

    private func send(_ command: RedisCommand) async throws(BusError) -> RedisReply {
        do throws(RedisError) { return try await client.send(command) } catch { throw BusError(error) }
    }

    // MARK: Appending

    /// Frames of one shard go out one call at a time; those that came meanwhile share the next call.
    package nonisolated func append(_ frame: EventFrame, completion: @escaping AppendCompletion) {
        assumeIsolated { $0.enqueue(frame, completion) }
    }

    private func enqueue(_ frame: EventFrame, _ completion: @escaping AppendCompletion) {
        do throws(BusError) {
            try frame.checkOrder()
            guard appenders[frame.shard, default: AppendQueue()].add(frame, completion) else {
                throw BusError(.unavailable, "too many frames wait for Redis")
            }
        } catch {
            return loop.execute { completion(.failure(error)) }
        }
        callNext(frame.shard)
    }

    private func callNext(_ shard: ShardName) {
        guard let call = appenders[shard]?.nextCall(), !call.isEmpty else { return }
        let frames = call.map(\.frame)
        hub.expect(frames, of: shard)
        client.evaluate(
            BusScripts.append,
            keys: [RedisKeys.log(shard), RedisKeys.shards, RedisKeys.size(shard), RedisKeys.marks(shard)],
            arguments: Self.arguments(of: frames, shard)
        ) { [self] result in
            assumeIsolated { $0.ended(call, shard, result) }
        }
    }

    private func ended(
        _ call: [AppendQueue.Waiting],
        _ shard: ShardName,
        _ result: Result<RedisReply, RedisError>
    ) {
        let frames = call.map(\.frame)
        if case .success = result { noteAppended(frames.reduce(0) { $0 + $1.bytes }, shard) }
        let results: [Result<AppendResult, BusError>]
        do throws(BusError) {
            results = try Self.results(of: frames, result.mapError { BusError($0) }.get()).map {
                .success($0)
            }
        } catch {
            results = frames.map { _ in .failure(error) }
        }
        for (one, result) in zip(call, results) { one.completion(result) }
        appenders[shard]?.ended()
        callNext(shard)
    }

    private static func arguments(of frames: [EventFrame], _ shard: ShardName) -> [[UInt8]] {
        var arguments: [[UInt8]] = [
            RedisKeys.channel(shard), shard.description, String(LogLimits.entryOverhead),
            RedisKeys.eventField,
        ].map { Array($0.utf8) }
        for frame in frames {
            arguments.append(Array((frame.prev?.description ?? "").utf8))
            arguments.append(Array(String(frame.events.count).utf8))
            for event in frame.events {
                arguments.append(Array(event.id.description.utf8))
                arguments.append(event.envelope)
            }
        }
        return arguments
    }

    private static func results(of frames: [EventFrame], _ reply: RedisReply) throws(BusError)
        -> [AppendResult]
    {
        guard let parts = reply.array, parts.count == 2, let accepted = parts[0].integer,
            let topText = parts[1].string, accepted <= frames.count
        else { throw BusError(.malformed, "the append script answered something else") }
        let top = EventID(topText)
        return frames.enumerated().map { index, frame in
            index < accepted ? .appended(top: frame.last) : .refused(top: top)
        }
    }

    // MARK: Trimming

    private func noteAppended(_ bytes: Int, _ shard: ShardName) {
        untrimmed[shard, default: 0] += bytes
        guard untrimmed[shard, default: 0] >= limits.markBytes else { return }
        untrimmed[shard] = 0
        // Beside the append, which it does not hold up; one that fails is made good by the next.
        Task {
            guard let size = try? await self.cut(shard) else { return }
            self.removed[shard, default: 0] += size.removed
        }
    }

    package func trim(_ shard: ShardName) async throws(BusError) -> LogSize {
        untrimmed[shard] = 0
        var size = try await cut(shard)
        size.removed += removed.removeValue(forKey: shard) ?? 0
        return size
    }

    private func cut(_ shard: ShardName) async throws(BusError) -> LogSize {
        let numbers = [
            limits.bytesMax, limits.ageMax.wholeMilliseconds, limits.markBytes,
            max(1, limits.markAge.wholeMilliseconds), Self.marksPerTrim,
        ]
        do throws(RedisError) {
            let reply = try await client.evaluate(
                BusScripts.trim,
                keys: [RedisKeys.log(shard), RedisKeys.size(shard), RedisKeys.marks(shard)],
                arguments: numbers.map { Array(String($0).utf8) }
            )
            return try LogReplies.size(reply)
        } catch {
            throw BusError(error)
        }
    }

    // MARK: Snapshots

    package func saveSnapshot(_ snapshot: GuildSnapshot, of shard: ShardName) async throws(BusError) {
        do throws(RedisError) {
            _ = try await client.evaluate(
                BusScripts.saveSnapshot,
                keys: [snapshot.isAnchor ? RedisKeys.anchors(shard) : RedisKeys.snapshots(shard)],
                arguments: [
                    Array(snapshot.guild.description.utf8), Array(String(snapshot.id.epoch).utf8),
                    Array(String(snapshot.id.number).utf8), snapshot.state,
                ]
            )
        } catch {
            throw BusError(error)
        }
    }

    package func removeSnapshot(of guild: Snowflake, shard: ShardName) async throws(BusError) {
        for key in [RedisKeys.snapshots(shard), RedisKeys.anchors(shard)] {
            _ = try await send(["HDEL", key, guild.description])
        }
    }

    package func loadSnapshots(of shard: ShardName) async throws(BusError) -> [GuildSnapshot] {
        let latest = try await send(["HGETALL", RedisKeys.snapshots(shard)])
        let anchors = try await send(["HGETALL", RedisKeys.anchors(shard)])
        let all =
            LogReplies.snapshots(latest.array ?? [], areAnchors: false)
            + LogReplies.snapshots(anchors.array ?? [], areAnchors: true)
        return GuildSnapshot.inOrder(all)
    }

    // MARK: Listening

    package func listen(
        to shard: ShardName,
        _ hear: @escaping @Sendable (BusSignal) -> Void
    ) async -> BusListener {
        await hub.listen(to: shard, hear)
    }

    package func stopListening(_ listener: BusListener) async { await hub.stopListening(listener) }
}
