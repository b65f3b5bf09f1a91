internal import Base
internal import Crypto
internal import LinkProtocol

/// The commands that a shard has begun, by idempotency key, and what came of them: a part of what the journal says. A
/// command is in it before its request leaves, so that no crash can make it happen twice in silence.
package struct CommandLedger: Sendable, Equatable {
    /// Begun, and nobody knows yet what comes of it.
    package struct Open: Sendable, Equatable {
        /// Of the arguments: another wish under the same key is told from the same one.
        package let fingerprint: [UInt8]
        /// Unix milliseconds: when it was begun first, and until when it is wanted.
        package let begun: Int64
        package let deadline: Int64
        /// `LinkOrder.arguments`.
        package let arguments: [UInt8]
    }

    package struct Ended: Sendable, Equatable {
        package let fingerprint: [UInt8]
        package let begun: Int64
        /// Unix milliseconds.
        package let at: Int64
        /// `LinkResult.Outcome.stored`.
        package let result: [UInt8]

        var bytes: Int { result.count + CommandLedger.entryBytes }
    }

    package struct Limits: Sendable, Equatable {
        /// Of what has ended; what is under way is bounded where it is taken.
        package var countMax = 20_000
        package var bytesMax = 8 << 20
        /// In milliseconds from the end.
        package var ageMax: Int64 = 24 * 3600 * 1000

        package init() {}
    }

    /// What an entry costs beside its texts, about.
    static let entryBytes = 128

    let limits: Limits
    package private(set) var open: [String: Open] = [:]
    package private(set) var ended: [String: Ended] = [:]
    /// Keys in the order in which they ended; a key that was begun again has more than one place, and the last counts.
    private var order: [(key: String, at: Int64)] = []
    private var firstKept = 0
    package private(set) var endedBytes = 0
    package private(set) var openBytes = 0
    /// Keys that were forgotten for want of room, not for their age.
    package private(set) var forgottenEarly: UInt64 = 0

    package init(limits: Limits = Limits()) { self.limits = limits }

    package static func == (left: Self, right: Self) -> Bool {
        left.open == right.open && left.ended == right.ended && left.limits == right.limits
    }

    package static func fingerprint(_ arguments: [UInt8]) -> [UInt8] {
        Array(HMACSHA256.code(of: arguments, key: Secret("guildwire command")).prefix(16))
    }

    /// What tells Discord that it has a message already: 24 characters, of at most 25.
    package static func nonce(of key: String) -> String {
        let code = HMACSHA256.code(of: Array(key.utf8), key: Secret("guildwire nonce"))
        return Base64.url.encoded(Array(code.prefix(18)))
    }

    // MARK: Records

    /// One that is begun again, after nobody knew what came of it, keeps the time of its first begin.
    package mutating func begin(_ key: String, arguments: [UInt8], wall: Int64, deadline: Int64) {
        let first = open[key]?.begun ?? ended[key]?.begun ?? wall
        removeOpen(key)
        removeEnded(key)
        open[key] = Open(
            fingerprint: Self.fingerprint(arguments),
            begun: first,
            deadline: deadline,
            arguments: arguments
        )
        openBytes += arguments.count + key.utf8.count + Self.entryBytes
    }

    /// `result` nil: nothing was done, and the key is free again.
    package mutating func end(_ key: String, result: [UInt8]?, wall: Int64) {
        guard let entry = open[key] else { return }
        removeOpen(key)
        guard let result else { return }
        keep(
            Ended(fingerprint: entry.fingerprint, begun: entry.begun, at: wall, result: result),
            under: key
        )
        forget(wall: wall)
    }

    /// Those of shards before this one, into an empty ledger. What was under way there has been, and nobody knows what became of
    /// it. Of a key that two of them had, the later counts.
    mutating func adopt(_ ledgers: [CommandLedger], wall: Int64) {
        var all = ledgers.flatMap(\.endedInOrder)
        let unknown = LinkResult.Outcome.failed(.unknown).stored ?? []
        for (key, entry) in ledgers.flatMap(\.open) {
            all.append(
                (key, Ended(fingerprint: entry.fingerprint, begun: entry.begun, at: wall, result: unknown))
            )
        }
        for (key, entry) in all.sorted(by: { ($0.entry.at, $0.key) < ($1.entry.at, $1.key) }) {
            keep(entry, under: key)
        }
        forget(wall: wall)
    }

    /// Of a checkpoint, in the order in which they ended.
    mutating func keep(_ entry: Ended, under key: String) {
        removeEnded(key)
        ended[key] = entry
        endedBytes += entry.bytes + key.utf8.count
        order.append((key, entry.at))
    }

    /// Oldest first.
    var endedInOrder: [(key: String, entry: Ended)] {
        order[firstKept...].compactMap { place in
            ended[place.key].flatMap { $0.at == place.at ? (place.key, $0) : nil }
        }
    }

    private mutating func removeOpen(_ key: String) {
        guard let entry = open.removeValue(forKey: key) else { return }
        openBytes -= entry.arguments.count + key.utf8.count + Self.entryBytes
    }

    private mutating func removeEnded(_ key: String) {
        guard let entry = ended.removeValue(forKey: key) else { return }
        endedBytes -= entry.bytes + key.utf8.count
    }

    private mutating func forget(wall: Int64) {
        while firstKept < order.count {
            let place = order[firstKept]
            let isHeld = ended[place.key]?.at == place.at
            let isOld = wall - place.at > limits.ageMax
            let isTooMuch = ended.count > limits.countMax || endedBytes > limits.bytesMax
            guard !isHeld || isOld || isTooMuch else { break }
            firstKept += 1
            guard isHeld else { continue }
            removeEnded(place.key)
            if !isOld { forgottenEarly += 1 }
        }
        guard firstKept > 1024, firstKept * 2 > order.count else { return }
        order.removeFirst(firstKept)
        firstKept = 0
    }
}
