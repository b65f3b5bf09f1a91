import Compression
import DiscordProtocol
import EventLoop
import EventModels
import FoundationEssentials
import Gateway

/// A shard's folder in /tmp, gone with `remove`.
struct StoreFixture {
    let state: String
    let store: ShardStore

    init(
        state: String = "/tmp/gateway-store-\(RandomSource.hex(8))",
        beforeWrite: @escaping @Sendable (Int) throws -> Void = { _ in }
    ) throws {
        self.state = state
        store = ShardStore(stateDirectory: state, shard: .only, beforeWrite: beforeWrite)
        try store.make()
    }

    func remove() throws { try FileManager.default.removeItem(atPath: state) }

    func path(_ name: String) -> String { store.folder.file(name) }

    func names(_ part: String) -> [String] { store.folder.names().filter { $0.contains(part) } }

    /// One group; the number of its first record follows on what is there.
    func append(_ records: [JournalRecord], first: Int, epoch: UInt64? = nil, isNewSegment: Bool = false)
        throws
    {
        var bytes: [UInt8] = []
        for record in records { record.encode(into: &bytes) }
        try store.append(bytes, first: UInt64(first), epoch: epoch, isNewSegment: isNewSegment)
    }

    /// What a process that starts now finds.
    func found() throws -> ShardStore.Found {
        let next = ShardStore(stateDirectory: state, shard: .only, beforeWrite: { _ in })
        return try next.recover(marker: next.marker())
    }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path(name)))) }
    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(filePath: path(name)))
    }

    /// Where the segment's head ends: mark, shard, first number, and the check of these.
    static func headBytes(_ segment: [UInt8]) -> Int? {
        guard segment.count > 6 else { return nil }
        let end = 6 + Int(segment[4]) + Int(segment[5]) << 8 + 8 + 4
        return end <= segment.count ? end : nil
    }

    static func crc(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let crc = CRC32.of(bytes)
        return [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: crc >> $0) }
    }
}
