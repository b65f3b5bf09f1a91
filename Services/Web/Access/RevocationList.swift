/// The sessions and keys that were revoked, as far as this replica knows. See specs/sight.md, "Sessions", and specs/access.md, "Keys".
///
/// An id that was once revoked stays so until the session would have expired, whatever Redis forgets. Holds at most
/// `idsMax`; while there are more, or nobody could be asked for `staleAfter`, it says of nobody that they may look.
package struct RevocationList: Sendable {
    package struct Entry: Sendable, Hashable {
        package let id: String
        /// When the session would have expired, in Unix seconds.
        package let expires: Int64

        package init(id: String, expires: Int64) {
            self.id = id
            self.expires = expires
        }
    }

    package enum Standing: Sendable, Equatable {
        case valid
        case revoked
        /// It cannot be said now.
        case unknown
    }

    /// Why nothing can be said of sessions.
    package enum Lack: Sendable, Equatable {
        /// Redis was never reached.
        case neverRead
        /// Redis has been away for longer than `staleAfter`.
        case stale
        /// More than `idsMax` are revoked.
        case tooMany
        /// PostgreSQL has not said yet which keys were revoked.
        case keysNotRead
    }

    /// What became of entries that were added.
    package struct Additions: Sendable, Equatable {
        /// Ids that were not revoked yet.
        package var added: Set<String> = []
        /// There was no room for them.
        package var dropped: [Entry] = []
    }

    package enum Look: Sendable, Equatable {
        /// What is known is what there is.
        case current
        /// The set must be read.
        case read
        /// There are too many to be read.
        case tooMany
    }

    /// What a reading of the set found.
    package struct Findings: Sendable, Equatable {
        /// Revoked since the last one.
        package var added: Set<String> = []
        /// Known to be revoked, but no longer in the set: Redis came back older. To be told again, `retoldMax` at a time.
        package var lost: [Entry] = []
    }

    /// Some 10 MB.
    package static let idsMax = 100_000
    /// Without a look for longer than this, nothing is said.
    package static let staleAfter = Duration.seconds(60)
    /// After this many looks the set is read although its size says nothing is new.
    package static let looksPerReading = 150
    package static let retoldMax = 1_000

    private let isShared: Bool
    private let idsMax: Int
    private var revoked: [String: Int64] = [:]
    /// The first of them expires then.
    private var nextExpiry = Int64.max
    private var lastLook: Duration?
    private var looksSinceReading = 0
    private var mustRead = true
    private var isTooMany = false
    /// Without Redis: what was dropped has expired then, in Unix seconds.
    private var droppedUntil: Int64 = 0
    /// Keys were dropped that nobody but PostgreSQL has.
    private var mustReadKeys = false
    private var isWaitingForKeys: Bool

    /// `isShared`: other replicas revoke too, so that what is known has to be looked up. Otherwise what is added here is all.
    /// `waitsForKeys`: nothing is said before `tookKeys` or `keysAreLate`.
    package init(isShared: Bool, waitsForKeys: Bool = false, idsMax: Int = RevocationList.idsMax) {
        self.isShared = isShared
        self.idsMax = idsMax
        isWaitingForKeys = waitsForKeys
    }

    package var count: Int { revoked.count }

    package func standing(of session: String, now: Duration) -> Standing {
        if revoked[session] != nil { return .revoked }
        return lack(now: now) == nil ? .valid : .unknown
    }

    package func lack(now: Duration) -> Lack? {
        if isTooMany || mustReadKeys { return .tooMany }
        if isShared {
            guard let lastLook else { return .neverRead }
            if now - lastLook > Self.staleAfter { return .stale }
        }
        return isWaitingForKeys ? .keysNotRead : nil
    }

    /// Revokes. What has expired needs no revoking. Past `idsMax` nothing is added and nothing is said any more: until the set was
    /// read whole, or, without Redis, until what was dropped has expired.
    package mutating func add(_ entries: [Entry], unixNow: Int64) -> Additions {
        let additions = put(entries, unixNow: unixNow)
        if !additions.dropped.isEmpty {
            isTooMany = true
            droppedUntil = additions.dropped.reduce(droppedUntil) { max($0, $1.expires) }
        }
        return additions
    }

    /// The same of keys. Dropped ones are in PostgreSQL, so without Redis nothing is said until that was read again.
    package mutating func add(keys: [Entry], unixNow: Int64) -> Additions {
        let additions = put(keys, unixNow: unixNow)
        if !additions.dropped.isEmpty {
            if isShared { isTooMany = true } else { mustReadKeys = true }
        }
        return additions
    }

    private mutating func put(_ entries: [Entry], unixNow: Int64) -> Additions {
        dropExpired(unixNow: unixNow)
        revoked.reserveCapacity(min(idsMax, max(revoked.count, entries.count)))
        var additions = Additions()
        for entry in entries where entry.expires > unixNow && revoked[entry.id] == nil {
            guard revoked.count < idsMax else {
                additions.dropped.append(entry)
                continue
            }
            revoked[entry.id] = entry.expires
            nextExpiry = min(nextExpiry, entry.expires)
            additions.added.insert(entry.id)
        }
        return additions
    }

    /// Keys, as PostgreSQL was read.
    package mutating func tookKeys(_ entries: [Entry], unixNow: Int64) -> Additions {
        let additions = add(keys: entries, unixNow: unixNow)
        isWaitingForKeys = false
        if additions.dropped.isEmpty { mustReadKeys = false }
        return additions
    }

    /// Keys were dropped, and Redis could not be told of them: nothing is said until PostgreSQL was read again.
    package mutating func keysWereLost() { mustReadKeys = true }

    /// PostgreSQL has been silent for too long: what else is known has to do.
    package mutating func keysAreLate() { isWaitingForKeys = false }

    /// The set in Redis has this many ids that have not expired. The same as are known: nothing is new, since ids are
    /// only added, and go only when they expire. What breaks that (a Redis that forgot, somebody's hand) is found by
    /// `distrust` and by reading from time to time all the same.
    package mutating func counted(_ count: Int, now: Duration, unixNow: Int64) -> Look {
        dropExpired(unixNow: unixNow)
        guard count <= idsMax else {
            isTooMany = true
            lastLook = now
            return .tooMany
        }
        looksSinceReading += 1
        if mustRead || isTooMany || count != revoked.count || looksSinceReading >= Self.looksPerReading {
            return .read
        }
        lastLook = now
        return .current
    }

    /// The whole set, as it was read.
    package mutating func took(_ entries: [Entry], now: Duration, unixNow: Int64) -> Findings {
        isTooMany = false
        mustRead = false
        looksSinceReading = 0
        lastLook = now
        let added = add(entries, unixNow: unixNow).added
        guard revoked.count > entries.count else { return Findings(added: added) }
        let there = Set(entries.lazy.map(\.id))
        let lost = revoked.lazy.filter { !there.contains($0.key) }.prefix(Self.retoldMax)
        return Findings(added: added, lost: lost.map { Entry(id: $0.key, expires: $0.value) })
    }

    /// Redis was away, and may have come back without its last seconds.
    package mutating func distrust() { mustRead = true }

    private mutating func dropExpired(unixNow: Int64) {
        if !isShared, droppedUntil <= unixNow { isTooMany = false }
        guard nextExpiry <= unixNow else { return }
        revoked = revoked.filter { $0.value > unixNow }
        nextExpiry = revoked.values.min() ?? .max
    }
}
