import EventLoop
import Lifecycle
import Telemetry

/// Writes what keys asked for, and keeps their figures current.
struct KeyKeeper: Service {
    private let keys: AccessKeys
    private let log: Log

    init(_ keys: AccessKeys, log: Log, metrics: Metrics) {
        self.keys = keys
        self.log = log
        let usage = keys.usage
        metrics.gauge(
            "guildwire_web_key_requests_uncounted",
            help: "Requests of keys that were not counted, since the start: too many keys at a time."
        ) { Double(usage.lostCount) }
    }

    func run() async throws {
        var isFailing = false
        var refreshed = MonotonicClock.now()
        while !Task.isCancelled {
            do { try await Task.sleep(for: UsageWriter.interval) } catch { break }
            let isWritten = await keys.writer.write()
            if isWritten == isFailing {
                if isWritten {
                    log.notice("what keys ask is written again")
                } else {
                    log.warning("what keys ask cannot be written: it waits")
                }
                isFailing = !isWritten
            }
            let now = MonotonicClock.now()
            if now - refreshed >= KeyTiers.interval, await keys.tiers.refresh() { refreshed = now }
        }
        await keys.writer.write()
    }
}
