package import EventLoop

/// Where a viewer's bytes go; scripted in tests.
package protocol ViewerOutput {
    mutating func send(
        _ descriptor: CInt,
        _ storage: borrowing [UInt8],
        _ first: Range<Int>,
        _ second: Range<Int>
    ) -> SocketIO.Sent
}

/// What a table of viewers has and has done; all but `viewers` only grow.
package struct ViewerCounts: Equatable, Sendable {
    package var viewers = 0
    package var sends = 0
    package var bytes = 0
    package var resets = 0
    package var stalled = 0
    package init() {}
}

/// All SSE viewers of one loop: who reads which group's ring, and how far each has come.
///
/// One struct per viewer in a table indexed by descriptor, groups in an array, every decision in a `mutating` method:
/// a delivery costs no task, no actor, no allocation. What the shell has to do besides sending (watch a descriptor
/// for room, close it, ask the hub for a snapshot) is collected in `effects` and taken with `takeEffects`.
///
/// A viewer is always at the end of a record of its ring: what the kernel took only in part is kept aside in `pending`
/// to the end of that record. So any record, snapshot or reset may follow, whatever the ring has dropped meanwhile.
package struct ViewerTable<Key: Hashable & Sendable, Cursor: Sendable, Output: ViewerOutput>: ~Copyable {
    /// What a viewer waits for.
    enum Phase: UInt8 {
        /// The slot is free.
        case free
        /// A snapshot was asked for; it will be sent as `snapshot`.
        case fresh
        /// A snapshot was asked for; it will be sent as `reset`.
        case reset
        case live
        /// Nothing more will come: closed when `pending` is empty.
        case ending
    }

    struct Viewer {
        var position: Int64 = 0
        var group: Int32 = -1
        var indexInGroup: Int32 = -1
        var blockedSince: Int32 = 0
        var phase = Phase.free
        var blocked = false
        var hasPending = false
        /// Live, and a snapshot was asked for in between.
        var wantsSnapshot = false

        var waits: Bool { phase == .fresh || phase == .reset || (phase == .live && wantsSnapshot) }
    }

    struct Group {
        var key: Key
        var ring: EventRing<Cursor>
        /// What has been looked at for this group, shown or not.
        var scanned: Cursor
        var viewers: [CInt] = []
        /// Viewers that wait for a snapshot; one may be named twice.
        var waiting: [CInt] = []
        var snapshotAsked = false
        var dirty = false
        /// The tick behind which the last record came.
        var lastRecord: Int32
        var emptySince: Int32 = 0
    }

    package struct Effects: Equatable {
        /// Watch for room to write.
        package var watch: [CInt] = []
        /// No longer watch for room.
        package var unwatch: [CInt] = []
        /// Deregister and close.
        package var close: [CInt] = []
        /// Ask for a snapshot.
        package var snapshots: [Key] = []
        /// Nobody was in them for a while.
        package var closedGroups: [Key] = []

        package init() {}
    }

    package var output: Output
    let isBehind: (Cursor, Cursor) -> Bool
    var viewers: [Viewer] = []
    var groups: [Group] = []
    var freeGroups: [Int] = []
    /// Groups whose last viewers are being sent away.
    var retired: [Int] = []
    var groupIndex: [Key: Int] = [:]
    var pending: [CInt: [UInt8]] = [:]
    /// What goes before the ring's next record to viewers that are blocked: they stand within a record, or may.
    var answers: [CInt: [UInt8]] = [:]
    var dirty: [Int] = []
    var effects = Effects()
    /// The number of the last tick.
    var now: Int32 = 1
    package internal(set) var counts = ViewerCounts()
    /// Bytes that the groups' rings may grow to.
    package internal(set) var ringBytesMax = 0

    package init(output: Output, isBehind: @escaping (Cursor, Cursor) -> Bool) {
        self.output = output
        self.isBehind = isBehind
    }

    package mutating func takeEffects() -> Effects {
        let taken = effects
        effects = Effects()
        return taken
    }

    // MARK: Groups

    package func hasGroup(_ key: Key) -> Bool { groupIndex[key] != nil }
    package var groupKeys: [Key] { Array(groupIndex.keys) }
    package func scanned(_ key: Key) -> Cursor? { groupIndex[key].map { groups[$0].scanned } }
    /// Whether a viewer with this cursor, which is not ahead of the group, goes on without another's help.
    package func holds(_ cursor: Cursor, in key: Key) -> Bool {
        guard let index = groupIndex[key] else { return false }
        return groups[index].ring.position(after: cursor, isBehind: isBehind) != nil
    }

    /// Makes a group whose ring begins behind `cursor`.
    package mutating func openGroup(_ key: Key, after cursor: Cursor, ring: EventRing<Cursor>? = nil) {
        guard groupIndex[key] == nil else { return }
        let ring = ring ?? EventRing(startingAfter: cursor)
        let group = Group(key: key, ring: ring, scanned: cursor, lastRecord: now)
        ringBytesMax += ring.bytesMax
        if let free = freeGroups.popLast() {
            groups[free] = group
            groupIndex[key] = free
        } else {
            groups.append(group)
            groupIndex[key] = groups.count - 1
        }
    }

    /// Adds a record to a group's ring. Nothing is sent before `flush`.
    package mutating func append(_ record: [UInt8], to key: Key, cursor: Cursor) {
        guard let index = groupIndex[key] else { return }
        groups[index].ring.append(record, cursor: cursor)
        groups[index].scanned = cursor
        groups[index].lastRecord = now
        markDirty(index)
    }

    /// The group has seen up to `cursor`, without anything to show for it.
    package mutating func advance(_ key: Key, to cursor: Cursor) {
        guard let index = groupIndex[key] else { return }
        groups[index].scanned = cursor
    }

    mutating func markDirty(_ index: Int) {
        guard !groups[index].dirty else { return }
        groups[index].dirty = true
        dirty.append(index)
    }
}
