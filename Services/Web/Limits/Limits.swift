import Base
import EventLoop
import EventModels
package import Lifecycle
package import RedisClient
package import Telemetry

/// Counts requests, in Redis for all replicas; while Redis is away or slow, here, and it says so.
package final class Limits: Sendable {
    private struct State {
        var exhausted = Exhausted()
        var local: LocalLimits
        /// Redis is not asked until a look was answered.
        var isAway = false
        var quotas: any QuotaSource = FreeQuota()
    }

    package let figures: LimitFigures
    private let redis: RedisClient?
    private let metrics: LimitMetrics
    private let readiness: Readiness
    private let log: Log
    private let state: Locked<State>
    private let bound: Duration

    /// A request waits this long for Redis at most; then it is counted here, and so is each that follows until Redis has
    /// answered a look.
    package static let bound = Duration.milliseconds(50)

    package init(
        figures: LimitFigures,
        redis: RedisClient?,
        metrics: Metrics,
        readiness: Readiness,
        log: Log,
        bound: Duration = Limits.bound,
        local: LocalLimits = LocalLimits()
    ) {
        self.figures = figures
        self.redis = redis
        self.metrics = LimitMetrics(metrics)
        self.readiness = readiness
        self.log = log
        self.bound = bound
        let state = Locked(State(local: local))
        self.state = state
        metrics.gauge(
            "guildwire_web_limit_counters",
            help: "Counters of requests that this replica keeps by itself."
        ) { Double(state.withLock { $0.local.count }) }
    }

    /// Who knows the keys' figures.
    package func use(_ quotas: any QuotaSource) { state.withLock { $0.quotas = quotas } }

    // MARK: Counters

    /// Of an operation's request from this address, by this caller.
    func counters(_ operation: Operation, _ address: ClientAddress, _ caller: Caller) -> [LimitCounter] {
        var counters = [LimitCounter("a:\(address.counted)", figures.addressPolicy)]
        if operation.pattern.hasPrefix("/auth/") {
            counters.append(LimitCounter("l:\(address.counted)", figures.loginPolicy))
        }
        switch caller {
        case .nobody: break
        case .session(let session): counters.append(LimitCounter("s:\(session.id)", figures.sessionPolicy))
        case .key(let key):
            let quota = state.withLock { $0.quotas }.quota(of: key)
            counters += quota.counters(key.id)
        }
        return counters
    }

    /// Counts one request.
    package func take(_ counters: [LimitCounter]) async -> LimitAnswer {
        let now = WallClock.unixMilliseconds()
        let answer = LimitAnswer(counters, await verdict(counters, now: now))
        if let policy = answer.refused { metrics.count(policy) }
        return answer
    }

    private func verdict(_ counters: [LimitCounter], now: Int64) async -> LimitVerdict {
        guard let redis else { return takeHere(counters, now: now) }
        let (isAway, exhausted) = state.withLock { ($0.isAway, $0.exhausted.first(of: counters, now: now)) }
        if isAway { return takeHere(counters, now: now) }
        if let exhausted {
            return LimitVerdict(refused: exhausted, used: counters.map(\.policy.quota), now: now)
        }
        do throws(RedisError) {
            let verdict = try await ask(redis, counters)
            if let refused = verdict.refused {
                state.withLock { $0.exhausted.note(counters[refused], now: now) }
            }
            return verdict
        } catch {
            goAway(error)
            return takeHere(counters, now: now)
        }
    }

    private func takeHere(_ counters: [LimitCounter], now: Int64) -> LimitVerdict {
        let (verdict, shared) = state.withLock { state in
            let before = state.local.shared
            let verdict = state.local.take(counters, now: now)
            return (verdict, state.local.shared - before)
        }
        metrics.locally.increment()
        metrics.shared.increment(by: shared)
        return verdict
    }

    // MARK: Redis

    /// Called each second: whether Redis counts again.
    package func look() async {
        guard let redis, state.withLock({ $0.isAway }), (try? await ask(redis, [])) != nil else { return }
        state.withLock { state in
            state.isAway = false
            state.local.forgetAll()
        }
        metrics.local.set(0)
        readiness.note("limits", missing: nil)
        log.notice("requests are counted for all replicas again")
    }

    private func goAway(_ reason: RedisError) {
        let isNew = state.withLock { state in
            defer { state.isAway = true }
            return !state.isAway
        }
        guard isNew else { return }
        metrics.local.set(1)
        readiness.note("limits", missing: "Redis cannot be asked: each replica counts requests by itself")
        log.warning("requests are counted by this replica alone", [.reason: .string(reason.description)])
    }

    private func ask(_ redis: RedisClient, _ counters: [LimitCounter]) async throws(RedisError)
        -> LimitVerdict
    {
        let keys = counters.map { RedisKeys.limit($0.key) }
        let arguments = LimitScript.arguments(counters)
        let bound = bound
        let result = await withCheckedContinuation { continuation in
            let once = Locked<CheckedContinuation<Result<RedisReply, RedisError>, Never>?>(continuation)
            @Sendable func finish(_ result: Result<RedisReply, RedisError>) {
                let first = once.withLock { once in
                    defer { once = nil }
                    return once
                }
                first?.resume(returning: result)
            }
            redis.loop.execute {
                let timer = redis.loop.schedule(after: bound) { finish(.failure(.timeout)) }
                redis.evaluate(LimitScript.take, keys: keys, arguments: arguments) { result in
                    redis.loop.cancel(timer)
                    finish(result)
                }
            }
        }
        guard let verdict = LimitScript.verdict(try result.get(), count: counters.count) else {
            throw .unexpectedReply("the script that counts requests answered something else")
        }
        return verdict
    }
}
