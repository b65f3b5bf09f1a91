package import Base

/// A value that a `PackedTable` holds as bytes. What `pack` has written, `init(id:packed:)` reads back exactly, and equal
/// records write equal bytes.
package protocol PackedRecord: Sendable, Equatable {
    func pack(into packer: inout Packer)
    init(id: Snowflake, packed reader: inout Unpacker)
}

/// A dictionary from ids to records, for a guild's members: a record costs its bytes, 16 for its place, and an eighth of
/// both for growth; nothing is allocated by itself.
///
/// It is in parts, so that a change beside a copy copies one part: a checkpoint holds a copy of the state while it is
/// written. Parts are divided one at a time as the table grows (linear hashing), so that no change ever waits for all.
package struct PackedTable<Record: PackedRecord>: Sendable, Equatable {
    /// Records of a part on average, at most; what a change has to move, and beside a copy to copy.
    package static var partRecordsMax: Int { 128 }

    fileprivate struct Entry: Sendable, Equatable {
        let id: UInt64
        /// Of its record in the part's bytes; it starts where the one before it ends.
        var end: UInt32
    }

    fileprivate struct Part: Sendable, Equatable {
        /// By id.
        var entries: [Entry] = []
        var bytes: [UInt8] = []
    }

    private var parts = [Part()]
    package private(set) var count = 0

    package init() {}

    package subscript(id: Snowflake) -> Record? {
        get { look(at: id) { Record(id: id, packed: &$0) } }
        set {
            guard let newValue else {
                if parts[part(of: id.rawValue)].remove(id.rawValue) { count -= 1 }
                return
            }
            var packer = Packer()
            newValue.pack(into: &packer)
            put(packer.bytes, at: id)
        }
    }

    /// What `body` makes of the record, which it reads where it is held; nil where there is none.
    func look<Result>(at id: Snowflake, _ body: (inout Unpacker) -> Result) -> Result? {
        let index = part(of: id.rawValue)
        guard let (start, end) = parts[index].find(id.rawValue) else { return nil }
        return unsafe parts[index].bytes.withUnsafeBytes { bytes in
            var reader = unsafe Unpacker(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            return body(&reader)
        }
    }

    /// Holds a record that is packed already, as its `pack` would do it.
    mutating func put(_ packed: [UInt8], at id: Snowflake) {
        if parts[part(of: id.rawValue)].put(id.rawValue, packed) { count += 1 }
        if count > parts.count * Self.partRecordsMax { divide() }
    }

    package func contains(_ id: Snowflake) -> Bool {
        parts[part(of: id.rawValue)].find(id.rawValue) != nil
    }

    /// In no order.
    package var keys: [Snowflake] { parts.flatMap { $0.entries.map { Snowflake($0.id) } } }

    /// The lowest ids behind `after` of which `body` is true, in order. Looks into each part, and there hardly further than it must:
    /// each id is as likely in one part as in another.
    package func keys(after: Snowflake, limit: Int, where body: (Snowflake) -> Bool) -> [Snowflake] {
        var lowest: [UInt64] = []
        for part in parts {
            for entry in part.entries(after: after.rawValue) {
                guard lowest.count < limit || entry.id < lowest[limit - 1] else { break }
                guard body(Snowflake(entry.id)) else { continue }
                lowest.insert(entry.id, at: lowest.firstIndex { entry.id < $0 } ?? lowest.count)
                if lowest.count > limit { lowest.removeLast() }
            }
        }
        return lowest.map { Snowflake($0) }
    }

    /// Visits every record; one for which `body` answers true is held as `body` has changed it.
    package mutating func updateEach(_ body: (inout Record) -> Bool) {
        for id in keys {
            guard var record = self[id], body(&record) else { continue }
            self[id] = record
        }
    }

    /// What it has allocated, growth included; as the allocator counts, 16 bytes for a block's head and rounding.
    package var allocatedBytes: Int {
        let heads = 32 + 16
        return parts.reduce(heads + parts.capacity * MemoryLayout<Part>.stride) { sum, part in
            sum + 2 * heads + part.entries.capacity * MemoryLayout<Entry>.stride + part.bytes.capacity
        }
    }

    /// Records of the part that has most.
    package var largestPart: Int { parts.reduce(0) { max($0, $1.entries.count) } }

    package static func == (left: Self, right: Self) -> Bool {
        guard left.count == right.count else { return false }
        if left.parts.count == right.parts.count { return left.parts == right.parts }
        return left.keys.allSatisfy { left[$0] == right[$0] }
    }

    // MARK: Parts

    /// Ids share their low bits and grow with time: folded, multiplied and folded again, each bit reaches the low ones.
    private static func hash(_ id: UInt64) -> UInt64 {
        let product = (id ^ id >> 32) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 32
    }

    /// The part whose turn it is to be divided is the one that the next new part comes from.
    private func part(of id: UInt64) -> Int { Self.part(of: id, among: parts.count) }

    private static func part(of id: UInt64, among count: Int) -> Int {
        let width = UInt64.bitWidth - (UInt64(count) - 1).leadingZeroBitCount
        let index = Int(truncatingIfNeeded: hash(id) & (1 << UInt64(width) - 1))
        return index < count ? index : index - 1 << (width - 1)
    }

    private mutating func divide() {
        let count = parts.count + 1
        let divided = parts.count - 1 << (UInt64.bitWidth - UInt64(parts.count).leadingZeroBitCount - 1)
        let (kept, moved) = parts[divided].divided { Self.part(of: $0, among: count) == divided }
        parts[divided] = kept
        parts.append(moved)
    }
}

extension PackedTable.Part {
    /// Where the id is among the entries, or would be.
    private func place(_ id: UInt64) -> (index: Int, isThere: Bool) {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return (low, low < entries.count && entries[low].id == id)
    }

    func entries(after id: UInt64) -> ArraySlice<PackedTable.Entry> {
        let (index, isThere) = place(id)
        return entries[(isThere ? index + 1 : index)...]
    }

    private func start(_ index: Int) -> Int { index == 0 ? 0 : Int(entries[index - 1].end) }

    func find(_ id: UInt64) -> (start: Int, end: Int)? {
        let (index, isThere) = place(id)
        return isThere ? (start(index), Int(entries[index].end)) : nil
    }

    /// True where the id is new.
    mutating func put(_ id: UInt64, _ record: [UInt8]) -> Bool {
        let (index, isThere) = place(id)
        let start = start(index)
        let end = isThere ? Int(entries[index].end) : start
        if !isThere {
            entries.reserve(entries.count + 1)
            entries.insert(PackedTable.Entry(id: id, end: UInt32(start)), at: index)
        }
        replace(start..<end, with: record, from: index)
        return !isThere
    }

    mutating func remove(_ id: UInt64) -> Bool {
        let (index, isThere) = place(id)
        guard isThere else { return false }
        replace(start(index)..<Int(entries[index].end), with: [], from: index)
        entries.remove(at: index)
        return true
    }

    private mutating func replace(_ range: Range<Int>, with record: [UInt8], from index: Int) {
        let growth = record.count - range.count
        if growth > 0 { bytes.reserve(bytes.count + growth) }
        bytes.replaceSubrange(range, with: record)
        guard growth != 0 else { return }
        for later in index..<entries.count {
            entries[later].end = UInt32(Int(entries[later].end) + growth)
        }
    }

    func divided(_ isKept: (UInt64) -> Bool) -> (kept: Self, moved: Self) {
        var (kept, moved) = (Self(), Self())
        for (index, entry) in entries.enumerated() {
            let record = bytes[start(index)..<Int(entry.end)]
            if isKept(entry.id) { kept.append(entry.id, record) } else { moved.append(entry.id, record) }
        }
        return (kept, moved)
    }

    private mutating func append(_ id: UInt64, _ record: ArraySlice<UInt8>) {
        bytes.reserve(bytes.count + record.count)
        bytes += record
        entries.reserve(entries.count + 1)
        entries.append(PackedTable.Entry(id: id, end: UInt32(bytes.count)))
    }
}

extension Array {
    /// Room for so many; where there is none, for an eighth more, as an array by itself would take twice as much.
    fileprivate mutating func reserve(_ wanted: Int) {
        if wanted > capacity { reserveCapacity(wanted + wanted / 8 + 4) }
    }
}
