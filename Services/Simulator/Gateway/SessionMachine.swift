internal import Base
internal import JSON

/// Names a connection.
package struct ClientID: Hashable, Sendable, Comparable {
    package let number: Int
    package init(_ number: Int) { self.number = number }
    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// One shard session: numbers what is sent, keeps it for replay, and outlives its connection.
///
/// Keeps at most 200,000 dispatches and `keptBytesMax`; a client that is further behind cannot resume.
package struct SessionMachine: Sendable {
    package let id: String
    package let shard: Int
    package let shardCount: Int
    package let intents: Intents
    package let largeThreshold: Int
    package private(set) var sequence = 0
    package private(set) var client: ClientID?
    package private(set) var detachedAt: Duration?
    package private(set) var resumes = 0

    private struct Kept: Sendable {
        let name: String
        /// The same bytes that the log holds.
        let d: [UInt8]
    }

    private var kept: [Kept] = []
    private var keptBytes = 0
    /// Entries of `kept` in front of this one were dropped.
    private var head = 0
    private let keptMax = 200_000
    private let keptBytesMax: Int

    package init(
        id: String,
        identify: ClientRequest.Identify,
        client: ClientID,
        keptBytesMax: Int = 128 << 20
    ) {
        self.id = id
        self.keptBytesMax = keptBytesMax
        shard = identify.shard
        shardCount = identify.shardCount
        intents = identify.intents
        largeThreshold = identify.largeThreshold
        self.client = client
    }

    /// Whether this session is told of it.
    package func hears(_ dispatch: Dispatch) -> Bool {
        let place = dispatch.isOfFirstShard ? nil : dispatch.guild
        let own = place.map { $0.shard(of: shardCount) == shard } ?? (shard == 0)
        return own && intents.admits(dispatch)
    }

    package enum ResumeAnswer: Equatable, Sendable {
        /// These were missed, in order.
        case replay([[UInt8]])
        case invalidSequence
        /// Too long ago: what was missed is no longer kept.
        case lost
    }

    package mutating func resume(after last: Int, client: ClientID) -> ResumeAnswer {
        guard last >= 0, last <= sequence else { return .invalidSequence }
        let missed = sequence - last
        guard missed <= kept.count - head else { return .lost }
        self.client = client
        detachedAt = nil
        resumes += 1
        let first = kept.count - missed
        return .replay(
            (first..<kept.count).map { index in
                Self.payload(kept[index].name, sequence: last + 1 + index - first, d: kept[index].d)
            }
        )
    }

    /// Numbers and keeps a dispatch; the answer is the payload.
    package mutating func number(_ name: String, d: [UInt8]) -> [UInt8] {
        sequence += 1
        let payload = Self.payload(name, sequence: sequence, d: d)
        kept.append(Kept(name: name, d: d))
        keptBytes += d.count
        while head < kept.count, kept.count - head > keptMax || keptBytes > keptBytesMax {
            keptBytes -= kept[head].d.count
            kept[head] = Kept(name: "", d: [])
            head += 1
        }
        if head > 10_000, head > kept.count / 2 {
            kept.removeFirst(head)
            head = 0
        }
        return payload
    }

    package mutating func detach(now: Duration) {
        client = nil
        detachedAt = now
    }

    package func isExpired(life: Duration, now: Duration) -> Bool {
        detachedAt.map { $0 + life <= now } ?? false
    }

    private static func payload(_ name: String, sequence: Int, d: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(reserving: d.count + 64)
        writer.beginObject()
        writer.member("t", name)
        writer.member("s", sequence)
        writer.member("op", 0)
        writer.member("d", raw: d)
        writer.endObject()
        return writer.takeBytes()
    }
}
