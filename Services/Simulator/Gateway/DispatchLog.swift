package import Base
internal import JSON

/// Every dispatch that a session was given, once, with the time when it was: for tests that compare it with what
/// came out at the other end. The oldest give way beyond 500,000 entries or 512 MiB.
package struct DispatchLog: Sendable {
    package struct Entry: Sendable {
        package let shard: Int
        package let session: String
        package let sequence: Int
        package let name: String
        package let guild: Snowflake?
        package let unixMicroseconds: Int64
        package let d: [UInt8]
    }

    private var entries: [Entry] = []
    private var head = 0
    private var bytes = 0
    /// How many there were before the first one that is held.
    package private(set) var dropped = 0
    package var count: Int { dropped + entries.count - head }

    private let countMax: Int
    private let bytesMax: Int

    package init(countMax: Int = 500_000, bytesMax: Int = 512 << 20) {
        self.countMax = countMax
        self.bytesMax = bytesMax
    }

    package mutating func append(_ entry: Entry) {
        entries.append(entry)
        bytes += entry.d.count
        while entries.count - head > countMax || (bytes > bytesMax && entries.count - head > 1) {
            bytes -= entries[head].d.count
            head += 1
            dropped += 1
        }
        if head > 10_000, head > entries.count / 4 {
            entries.removeFirst(head)
            head = 0
        }
    }

    /// One line per entry behind the `after`-th, at most `limit`: `{"n","shard","session","s","t","at","guild","d"}`.
    package func lines(after: Int, limit: Int) -> [UInt8] {
        let first = max(0, after - dropped)
        guard first < entries.count - head, limit > 0 else { return [] }
        var out: [UInt8] = []
        for index in first..<min(entries.count - head, first + min(limit, countMax)) {
            let entry = entries[head + index]
            out += JSONText.object { writer in
                writer.member("n", dropped + index + 1)
                writer.member("shard", entry.shard)
                writer.member("session", entry.session)
                writer.member("s", entry.sequence)
                writer.member("t", entry.name)
                writer.member("at", raw: MillisecondsText.bytes(unixMicroseconds: entry.unixMicroseconds))
                writer.member("guild", entry.guild)
                writer.member("d", raw: entry.d)
            }
            out.append(0x0A)
        }
        return out
    }
}

/// Unix milliseconds with three decimals.
enum MillisecondsText {
    static func bytes(unixMicroseconds: Int64) -> [UInt8] {
        let fraction = String(unixMicroseconds % 1000)
        let padding = String(repeating: "0", count: max(0, 3 - fraction.count))
        return Array("\(unixMicroseconds / 1000).\(padding)\(fraction)".utf8)
    }
}
