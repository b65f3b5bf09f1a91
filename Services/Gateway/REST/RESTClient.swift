package import Base
package import DiscordProtocol
package import EventLoop
internal import EventModels
package import HTTPClient
package import Lifecycle
package import Telemetry

/// All requests to Discord's REST API of this process: clock, sockets and continuations around `RESTLimiter`.
package actor RESTClient: DiscordAPI {
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    package struct Settings: Sendable {
        /// Without a slash at its end; a proxy's may have a path.
        package var base: String
        package var token: Secret
        package var limits = RESTLimiter.Limits()
        /// Where refused requests are counted; nil: in this process alone.
        package var stateDirectory: String?
        package var invalidRequestsMax = InvalidRequestBudget.limitDefault

        package init(base: String, token: Secret) {
            self.base = base
            self.token = token
        }

        package init(_ config: GatewayConfig) {
            self.init(base: config.apiBase, token: config.token)
            stateDirectory = config.stateDirectory
            // Processes of one token share Discord's limit over all routes as they share the shards.
            if case .some(let shards) = config.shards, let count = shards.first?.count {
                limits.perSecond = max(1, limits.perSecond * shards.count / count)
            }
        }
    }

    private struct Pending {
        let request: RESTRequest
        let continuation: CheckedContinuation<Result<RESTReply, RESTError>, Never>
    }

    private let settings: Settings
    private let http: any HTTPClient
    private let log: Log
    private let metrics: RESTMetrics
    private let readiness: Readiness
    private var limiter: RESTLimiter
    private var pending: [RESTLimiter.ID: Pending] = [:]
    /// What a caller's cancellation ends: its number, and its request's.
    private var calls: [UInt64: RESTLimiter.ID] = [:]
    private var lastCall: UInt64 = 0
    private var timer: TimerID?
    private var isTokenRefusalTold = false

    private let invalidLog: InvalidRequestLog?
    private var isSyncing = false
    /// Not before: a flood is written once a second, not once a request.
    private var syncAt = Duration.zero
    private var hasSentSinceSync = false
    private var isBudgetSpent = false
    private var isDiskFailing = false

    package init(
        _ settings: Settings,
        http: any HTTPClient,
        loop: EventLoop,
        log: Log,
        metrics: Metrics,
        readiness: Readiness = Readiness()
    ) {
        self.settings = settings
        self.http = http
        self.loop = loop
        self.log = log
        self.metrics = RESTMetrics(metrics)
        self.readiness = readiness
        invalidLog = settings.stateDirectory.map { InvalidRequestLog(folder: Folder(path: $0)) }
        limiter = RESTLimiter(
            settings.limits,
            budget: InvalidRequestBudget(limit: settings.invalidRequestsMax),
            isOpen: settings.stateDirectory == nil
        )
    }

    private nonisolated var moment: RESTLimiter.Moment {
        RESTLimiter.Moment(now: loop.now, wall: WallClock.unixMilliseconds(), random: RandomSource.unit())
    }

    // MARK: Callers

    package func send(_ request: RESTRequest) async throws(RESTError) -> RESTReply {
        guard RESTBody.size(request.body) <= RESTBody.bytesMax else {
            let error = RESTError.refused(status: 0, code: 0, message: "the body is above 25 MiB")
            metrics.finished(.failure(error))
            throw error
        }
        lastCall += 1
        let call = lastCall
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                begin(request, call, continuation)
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.cancel(call) } }
        }
        calls[call] = nil
        return try result.get()
    }

    private func begin(
        _ request: RESTRequest,
        _ call: UInt64,
        _ continuation: CheckedContinuation<Result<RESTReply, RESTError>, Never>
    ) {
        guard !Task.isCancelled else {
            metrics.finished(.failure(.cancelled))
            return continuation.resume(returning: .failure(.cancelled))
        }
        let (id, actions) = limiter.enqueue(request, at: moment)
        pending[id] = Pending(request: request, continuation: continuation)
        calls[call] = id
        perform(actions)
    }

    /// Also told of calls that have ended.
    private func cancel(_ call: UInt64) {
        guard let id = calls[call] else { return }
        perform(limiter.cancel(id, at: moment))
    }

    package nonisolated func changed(_ change: AccessChange) {
        loop.execute {
            self.assumeIsolated { client in
                client.limiter.changed(change, at: client.moment)
                client.tell()
            }
        }
    }

    // MARK: The machine's wishes

    private func perform(_ actions: [RESTLimiter.Action]) {
        for action in actions {
            switch action {
            case .send(let id, let timeout): begin(id, timeout)
            case .finish(let id, let result):
                metrics.finished(result)
                pending.removeValue(forKey: id)?.continuation.resume(returning: result)
            }
        }
        tell()
        syncIfDue()
        arm()
    }

    /// A call outlives a caller who was cancelled: its answer says what is left in its bucket.
    private func begin(_ id: RESTLimiter.ID, _ timeout: Duration) {
        guard let request = pending[id]?.request else { return }
        let (settings, http) = (settings, http)
        Task {
            let outcome = await Self.call(request, timeout, settings, http)
            switch outcome {
            case .success(let answer): perform(limiter.answered(id, answer, at: moment))
            case .failure(let error): perform(limiter.failed(id, error.failure, at: moment))
            }
        }
    }

    private func arm() {
        if let timer { loop.cancel(timer) }
        timer = nil
        let times = [limiter.deadline, wantsSync && !isSyncing ? syncAt : nil].compactMap { $0 }
        guard let deadline = times.min() else { return }
        timer = loop.schedule(after: max(.zero, deadline - loop.now)) { [weak self] in
            self?.assumeIsolated { client in
                client.timer = nil
                client.perform(client.limiter.tick(at: client.moment))
            }
        }
    }

    private func tell() {
        let notes = limiter.takeNotes()
        if notes.sent > 0 { hasSentSinceSync = true }
        metrics.noted(notes)
        metrics.waiting.set(limiter.waitingCount)
        metrics.inFlight.set(limiter.inFlightCount)
        metrics.buckets.set(limiter.bucketCount)
        metrics.quarantined.set(limiter.quarantine.count)
        let wall = WallClock.unixMilliseconds()
        let refused = limiter.budget.total(wall: wall)
        metrics.invalid.set(refused)
        tellBudget(isSpent: refused >= limiter.budget.limit)
        guard limiter.isTokenRefused, !isTokenRefusalTold else { return }
        isTokenRefusalTold = true
        log.error("Discord refused the bot's token; nothing is asked with it any more until a restart")
        readiness.set("rest", missing: "Discord refused the bot's token (DISCORD_BOT_TOKEN)")
    }

    private func tellBudget(isSpent: Bool) {
        guard isSpent != isBudgetSpent else { return }
        isBudgetSpent = isSpent
        let limit = limiter.budget.limit
        let reason = "Discord refused \(limit) requests within 10 minutes; none is sent until there are fewer"
        if isSpent {
            log.error("the budget of invalid requests is spent", [.limit: .int(limit)])
        } else {
            log.notice("the budget of invalid requests has room again")
        }
        readiness.note("rest", missing: isSpent ? reason : nil)
    }

    // MARK: The budget on disk

    private var wantsSync: Bool {
        invalidLog != nil
            && (!limiter.isOpen || limiter.budget.hasUnwritten || hasSentSinceSync || isBudgetSpent)
    }

    /// Writes what was refused here and reads what was refused in other processes.
    private func syncIfDue() {
        guard let invalidLog, wantsSync, !isSyncing, loop.now >= syncAt else { return }
        isSyncing = true
        syncAt = loop.now + .seconds(1)
        hasSentSinceSync = false
        let (counts, wall) = (limiter.budget.takeUnwritten(), WallClock.unixMilliseconds())
        Task {
            do {
                let known = try await BlockingPool.shared.run {
                    try invalidLog.append(counts)
                    return try invalidLog.read(wall: wall)
                }
                limiter.budget.wrote(known)
                isDiskFailing = false
            } catch {
                limiter.budget.writeFailed(wall: wall)
                if !isDiskFailing {
                    log.error("refused requests cannot be counted on disk", [.reason: .error(error)])
                }
                isDiskFailing = true
            }
            isSyncing = false
            perform(limiter.open(at: moment))
        }
    }

    // MARK: One HTTP call

    private struct CallFailure: Error {
        let failure: RESTLimiter.Failure
    }

    /// Away from the loop: what is large is encoded here.
    @concurrent private static func call(
        _ request: RESTRequest,
        _ timeout: Duration,
        _ settings: Settings,
        _ http: any HTTPClient
    ) async -> Result<RESTAnswer, CallFailure> {
        do {
            let reply = try await http.send(httpCall(request, timeout, settings))
            return .success(RESTAnswer(status: reply.status, body: reply.body) { reply.headers[$0] })
        } catch let error as HTTPClientError where error.code == .invalidCall {
            return .failure(CallFailure(failure: .notSent(error.reason)))
        } catch let error as HTTPClientError {
            return .failure(CallFailure(failure: .unknown(error.reason)))
        } catch {
            return .failure(CallFailure(failure: .unknown("no answer")))
        }
    }

    private static func httpCall(_ request: RESTRequest, _ timeout: Duration, _ settings: Settings)
        -> HTTPCall
    {
        let route = request.route
        var headers: [HTTPCall.Header] = []
        if route.authority == .bot { headers.append(.init("Authorization", "Bot \(settings.token.exposed)")) }
        if let reason = RESTBody.reason(request.reason) {
            headers.append(.init("X-Audit-Log-Reason", reason))
        }
        let body = RESTBody.encoded(request.body) { RandomSource.hex(16) }
        if let body { headers.append(.init("Content-Type", body.contentType)) }
        return HTTPCall(
            route.method.rawValue,
            settings.base + route.path + RESTBody.query(request.query),
            headers: headers,
            // Some servers want a length of every request that may have a body.
            body: body?.bytes ?? (route.method == .get || route.method == .delete ? nil : []),
            timeout: timeout
        )
    }
}
