internal import Base
package import EventBus
internal import EventLoop
package import EventModels
internal import PostgresClient
package import Telemetry

/// Reads one shard's log on from the stored position and stores it, batch by batch, until cancelled.
///
/// What it holds is bounded: a batch that is being stored and one that is being read (`Batch.entriesMax`, `Batch.bytesEnough`).
package struct ShardReader: Sendable {
    private let shard: ShardName
    private let bus: any EventBus
    private let store: EventStore
    private let log: Log
    private let metrics: ShardMetrics
    private let report: @Sendable (ReaderState) -> Void

    package struct Waits: Sendable {
        /// How long events may wait to be stored together.
        package var batch: Duration
        /// After a failure, and while another process is the shard's reader.
        package var retry: Duration

        package init(batch: Duration = .milliseconds(250), retry: Duration = .seconds(1)) {
            self.batch = batch
            self.retry = retry
        }
    }

    private let waits: Waits

    package init(
        shard: ShardName,
        bus: any EventBus,
        store: EventStore,
        log: Log,
        metrics: ShardMetrics,
        report: @escaping @Sendable (ReaderState) -> Void = { _ in },
        waits: Waits = Waits()
    ) {
        self.shard = shard
        self.bus = bus
        self.store = store
        self.log = log.with([.shard: .string(shard.description)])
        self.metrics = metrics
        self.report = report
        self.waits = waits
    }

    package func run() async throws {
        var position: EventID?
        var toldFailure: String?
        while true {
            do {
                guard let claim = try await store.claim(shard) else {
                    metrics.forgetLag()
                    report(.standingBy)
                    try await Task.sleep(for: waits.retry)
                    continue
                }
                log.info("reading the log", [.previous: .string(claim.position?.description ?? "start")])
                report(.reading)
                position = claim.position
                toldFailure = nil
                try await read(claim, try await store.rules(), from: &position)
            } catch is CancellationError {
                throw CancellationError()
            } catch is PositionMoved {
                log.notice("the position has moved; reading it again")
            } catch {
                let reason = "\(error)"
                report(.failing(reason))
                if toldFailure != reason {
                    log.warning("events wait to be stored", [.reason: .string(reason)])
                }
                toldFailure = reason
                await noteLag(behind: position)
                try await Task.sleep(for: waits.retry)
            }
            try Task.checkCancellation()
        }
    }

    /// Ends by throwing only. While one batch is stored the next is read, where the log goes on; at most one.
    private func read(_ claim: EventStore.Claim, _ rules: StoringRules, from position: inout EventID?)
        async throws
    {
        var next = try await gather(after: position, rules) { true }
        while true {
            let batch = next
            if batch.isEmpty || !batch.hasMore {
                if batch.isEmpty { noteLag(batch) } else { try await store(batch, claim) {} }
                position = batch.position
                try await Task.sleep(for: waits.batch)
                next = try await gather(after: position, batch.rules) { true }
            } else {
                let isStored = Locked(false)
                async let stored: Void = store(batch, claim) { isStored.withLock { $0 = true } }
                next = try await gather(after: batch.position, batch.rules) { isStored.withLock { $0 } }
                try await stored
                position = batch.position
            }
            try Task.checkCancellation()
        }
    }

    /// Reads pages into one batch: one page at least, and more while the log goes on and there is room, until `isEnough`.
    private func gather(
        after position: EventID?,
        _ rules: StoringRules,
        until isEnough: @Sendable () -> Bool
    ) async throws -> Batch {
        var batch = Batch(of: shard, after: position, storesContent: store.storesContent, rules: rules)
        repeat {
            let page = try await bus.page(of: shard, after: batch.position, limit: batch.room)
            if noteHole(in: page, after: batch.position) {
                // A change of what is stored may be among what is missing; the table has it.
                batch.take(try await store.rules())
            }
            batch.add(page)
        } while batch.hasMore && batch.room > 0 && !isEnough()
        return batch
    }

    private func store(_ batch: Batch, _ claim: EventStore.Claim, _ isStored: @Sendable () -> Void)
        async throws
    {
        // Whatever came of it: who reads ahead meanwhile need not go on.
        defer { isStored() }
        let refused = try await store.store(batch, claim: claim)
        note(batch, refused: refused)
        noteLag(batch)
        report(.reading)
    }

    private func noteLag(_ batch: Batch) {
        metrics.noteLag(
            position: batch.position,
            top: batch.top,
            madeAt: batch.isEmpty ? nil : batch.lastMade,
            now: WallClock.unixMilliseconds()
        )
    }

    /// While nothing can be stored: the age of the oldest event that waits, as far as the log can be read.
    private func noteLag(behind position: EventID?) async {
        do throws(BusError) {
            let page = try await bus.page(of: shard, after: position, limit: 1)
            metrics.noteLag(
                position: position,
                top: page.bounds.top,
                madeAt: page.entries.first?.event?.ts,
                now: WallClock.unixMilliseconds()
            )
        } catch {
            // Redis is away too, which its own line in the log says.
        }
    }

    /// The log begins behind the position, since it was shortened before everything in it was read, or says itself that
    /// something is missing: true.
    private func noteHole(in page: LogPage, after position: EventID?) -> Bool {
        var isMissing = false
        if let gap = page.gap(after: position) {
            isMissing = true
            metrics.gaps.increment()
            log.error(
                "events are missing: the log was shortened before they were read",
                [.previous: .string("\(gap.after)"), .eventID: .string("\(gap.before)")]
            )
        }
        for case let event? in page.entries.map(\.event) where event.kind == .logGap {
            isMissing = true
            metrics.gaps.increment()
            log.error("events are missing: the gateway no longer held them", [.eventID: "\(event.id)"])
        }
        return isMissing
    }

    private func note(_ batch: Batch, refused: Int) {
        metrics.stored.increment(by: batch.events.count + batch.deadLetters.count - refused)
        metrics.skipped.increment(by: batch.skipped)
        metrics.batches.increment()
        guard refused > 0 else { return }
        metrics.deadLetters.increment(by: refused)
        log.warning("events could not be stored; see dead_letters", [.count: .int(refused)])
    }
}

/// What a reader is doing, for `/ready`.
package enum ReaderState: Sendable, Equatable {
    case reading
    /// Another process is the shard's reader.
    case standingBy
    case failing(String)
}
