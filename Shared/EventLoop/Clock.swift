internal import Glibc

/// Wall time, for time stamps that people and other machines read; never for measuring or waiting.
package enum WallClock {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package static func unixMilliseconds() -> Int64 { unixMicroseconds() / 1000 }

    /// Microseconds since 1970-01-01T00:00:00Z.
    package static func unixMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}

/// Time that only goes forward, since the machine started.
package enum MonotonicClock {
    package static func now() -> Duration { .nanoseconds(nanoseconds()) }

    static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension Duration {
    /// Whole nanoseconds; what is past about 292 years is clipped.
    package var nanosecondsClipped: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (seconds < 0 ? .min : .max) : product &+ attoseconds / 1_000_000_000
    }

    /// Seconds with a fraction, for metrics.
    package var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
