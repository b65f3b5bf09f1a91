/// How much a line matters. Libraries stay at debug and trace; a service speaks at info and above.
package enum LogLevel: String, Sendable, CaseIterable, Comparable {
    case trace, debug, info, notice, warning, error

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

/// How a line looks: JSON for machines, text for people at a terminal.
package enum LogFormat: String, Sendable, CaseIterable {
    case json, text
}
