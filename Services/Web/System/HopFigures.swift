import Base
import EventLoop

/// One step of the events' way, measured on several threads. Locked for a moment, once for each batch.
package final class HopFigures: Sendable {
    private let window = Locked(HopWindow())

    package init() {}

    package func observe(microseconds: Int64) {
        let now = MonotonicClock.now()
        window.withLock { $0.observe(microseconds: microseconds, now: now) }
    }

    package func observe(_ time: Duration) {
        observe(microseconds: time.nanosecondsClipped / 1000)
    }

    package var figures: HopWindow.Figures {
        let now = MonotonicClock.now()
        return window.withLock { $0.figures(now: now) }
    }
}
