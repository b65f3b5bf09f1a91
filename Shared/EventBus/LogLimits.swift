package import EventModels

/// How much of a shard's events a bus keeps: what is past the bytes goes first, then what is past the age.
package struct LogLimits: Sendable, Equatable {
    /// Bytes of envelopes, and `entryOverhead` for each.
    package var bytesMax: Int
    package var ageMax: Duration

    /// What an entry costs beside its envelope: as it is counted. Redis 7.0 needs about a third more than what is
    /// counted, since its nodes of 4 KiB are not full.
    package static let entryOverhead = 32

    package init(bytesMax: Int = 256 << 20, ageMax: Duration = .seconds(24 * 3600)) {
        self.bytesMax = bytesMax
        self.ageMax = ageMax
    }

    /// The log is cut at marks, which are set at least this many bytes, or this long, apart.
    var markBytes: Int { max(1, bytesMax / 64) }
    var markAge: Duration { ageMax / 1440 }
}

/// A log after it was trimmed.
package struct LogSize: Sendable, Equatable {
    package var top: EventID?
    /// As `LogLimits.bytesMax` counts them.
    package var bytes = 0
    package var entries = 0
    /// Entries that went since the last answer.
    package var removed = 0

    package init() {}
}

/// Events that the log no longer held when they were to be read: those behind `after` and in front of `before`.
package struct LogGap: Sendable, Equatable {
    package let after: EventID
    package let before: EventID
}

extension LogPage {
    /// Whether something may be missing between the position that the page was read behind and its first entry.
    ///
    /// Said too often rather than too seldom: where exactly the entry at the position was the last to go, nothing is
    /// missing, which the log does not know any more.
    package func gap(after position: EventID?) -> LogGap? {
        guard let position, let first = bounds.first, position < first,
            entries.contains(where: { position < $0.id })
        else { return nil }
        return LogGap(after: position, before: first)
    }
}

extension Duration {
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}
