internal import Base
internal import JSON

/// Every call that the simulated API received; the oldest give way beyond 100,000.
package struct RESTLog: Sendable {
    package struct Entry: Sendable {
        package let unixMicroseconds: Int64
        package let method: String
        package let target: String
        package let status: Int
        package let authorized: Bool
        /// The body, where it was JSON and at most 64 KiB.
        package let body: [UInt8]?
    }

    private var entries: [Entry] = []
    package private(set) var dropped = 0
    private let countMax = 100_000
    package var count: Int { dropped + entries.count }

    package init() {}

    package mutating func append(_ entry: Entry) {
        entries.append(entry)
        guard entries.count > countMax else { return }
        dropped += countMax / 10
        entries.removeFirst(countMax / 10)
    }

    /// One line per entry behind the `after`-th: `{"n","at","method","path","query","status","authorized","body"}`.
    package func lines(after: Int, limit: Int) -> [UInt8] {
        var out: [UInt8] = []
        for (index, entry) in entries.enumerated().dropFirst(max(0, after - dropped)).prefix(limit) {
            let parts = entry.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            out += JSONText.object { writer in
                writer.member("n", dropped + index + 1)
                writer.member("at", raw: MillisecondsText.bytes(unixMicroseconds: entry.unixMicroseconds))
                writer.member("method", entry.method)
                writer.member("path", String(parts[0]))
                writer.member("query", parts.count > 1 ? String(parts[1]) : nil)
                writer.member("status", entry.status)
                writer.member("authorized", entry.authorized)
                writer.member("body", raw: entry.body ?? JSONText.null)
            }
            out.append(0x0A)
        }
        return out
    }
}
