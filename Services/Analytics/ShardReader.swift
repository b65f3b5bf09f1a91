package import EventBus
internal import EventLoop
package import EventModels
internal import PostgresClient
package import Telemetry

/// Reads one shard's log on from the stored position and stores it, batch by batch, until cancelled.
package struct ShardReader: Sendable {
    private let shard: ShardName
    private let bus: any EventBus
    private let store: EventStore
    private let log: Log
    private let metrics: ShardMetrics
    private let report: @Sendable (ReaderState) -> Void

    /// Most events in one transaction; fewer where they make up `LogPage.bytesMax`.
    package static let batchMax = 1000

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
                    report(.standingBy)
                    try await Task.sleep(for: waits.retry)
                    continue
                }
                log.info("reading the log", [.previous: .string(claim.position?.description ?? "start")])
                report(.reading)
                position = claim.position
                toldFailure = nil
                try await read(claim, from: &position)
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

    /// Ends by throwing only.
    private func read(_ claim: EventStore.Claim, from position: inout EventID?) async throws {
        while true {
            let page = try await bus.page(of: shard, after: position, limit: Self.batchMax)
            noteHole(in: page, after: position)
            let batch = Batch(page, shard: shard, after: position, storesContent: store.storesContent)
            if let batch {
                let refused = try await store.store(batch, claim: claim)
                position = batch.last
                note(batch, refused: refused)
                report(.reading)
            }
            metrics.noteLag(
                position: position,
                top: page.bounds.top,
                madeAt: batch?.lastMade,
                now: WallClock.unixMilliseconds()
            )
            if !page.hasMore { try await Task.sleep(for: waits.batch) }
            try Task.checkCancellation()
        }
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
    /// something is missing.
    private func noteHole(in page: LogPage, after position: EventID?) {
        if let gap = page.gap(after: position) {
            metrics.gaps.increment()
            log.error(
                "events are missing: the log was shortened before they were read",
                [.previous: .string("\(gap.after)"), .eventID: .string("\(gap.before)")]
            )
        }
        for case let event? in page.entries.map(\.event) where event.kind == .logGap {
            metrics.gaps.increment()
            log.error("events are missing: the gateway no longer held them", [.eventID: "\(event.id)"])
        }
    }

    private func note(_ batch: Batch, refused: Int) {
        metrics.stored.increment(by: batch.rows.count + batch.deadLetters.count - refused)
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
