internal import Base
package import EventModels

/// A shard's folder, `GATEWAY_STATE_DIR/shard-<index>-<count>`: checkpoints, journal segments, the highest epoch, the mark
/// of the fold, a lock. Everything here blocks; appends come one at a time, and a checkpoint may be written beside them.
package final class ShardStore: Sendable {
    /// Checkpoints that are kept: should the newest turn out unreadable, the one before it and its journal are there.
    static let checkpointsKept = 2

    let shard: ShardName
    package let folder: Folder
    /// Of a gateway before there was a journal.
    package let oldCheckpoint: AtomicFile
    private let beforeWrite: @Sendable (Int) throws -> Void
    private let writing = Locked(Writing())

    private struct Writing {
        var file: AppendFile?
        /// Of the file: bytes that are known to be on disk.
        var soundBytes = 0
        var epoch: UInt64 = 0
    }

    struct Sizes: Sendable {
        var journalBytes = 0
        var segments = 0
    }

    /// `beforeWrite` is told how many bytes are about to be written, and may refuse: a test's full disk.
    package init(
        stateDirectory: String,
        shard: ShardName,
        beforeWrite: @escaping @Sendable (Int) throws -> Void
    ) {
        self.shard = shard
        self.beforeWrite = beforeWrite
        let name = "shard-\(shard.index)-\(shard.count)"
        folder = Folder(path: "\(stateDirectory)/\(name)")
        oldCheckpoint = AtomicFile(path: "\(stateDirectory)/\(name).json")
    }

    // MARK: Names

    /// Whose folder a name of the state folder is.
    static func shard(ofFolder name: String) -> ShardName? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "shard" else { return nil }
        return ShardName("\(parts[1])/\(parts[2])")
    }

    package static func segmentName(_ first: UInt64) -> String { "journal-\(padded(first)).log" }
    package static func checkpointName(_ position: UInt64) -> String { "checkpoint-\(padded(position)).json" }

    private static func padded(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 20 - digits.count) + digits
    }

    private static func number(_ name: String, _ prefix: String, _ suffix: String) -> UInt64? {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
        return UInt64(name.dropFirst(prefix.count).dropLast(suffix.count))
    }

    /// First numbers of the segments, ascending.
    package func segments() -> [UInt64] {
        folder.names().compactMap { Self.number($0, "journal-", ".log") }.sorted()
    }

    /// Positions of the checkpoints, ascending.
    package func checkpoints() -> [UInt64] {
        folder.names().compactMap { Self.number($0, "checkpoint-", ".json") }.sorted()
    }

    package func make() throws { try AtomicFile(path: folder.file("lock")).makeFolder() }
    package func lock() throws -> FileLock.Outcome { try FileLock.take(path: folder.file("lock")) }
    package func marker() throws -> FoldMarker { try FoldMarker(path: folder.file("folding")) }

    // MARK: Writing

    /// Puts records behind the journal, the first of which has the number `first`, and waits for the disk. `epoch`: the
    /// highest that they choose. `isNewSegment`: a checkpoint was taken, they begin a file. After a
    /// failure none of them counts, and the next go to a new segment.
    package func append(_ bytes: [UInt8], first: UInt64, epoch: UInt64?, isNewSegment: Bool = false) throws {
        try writing.withLock { writing in
            if let epoch, epoch > writing.epoch { try keepEpoch(epoch, &writing) }
            if isNewSegment { writing.file = nil }
            do {
                try beforeWrite(bytes.count)
                let file: AppendFile
                if let open = writing.file { file = open } else { file = try begin(first, &writing) }
                try file.append(bytes)
                writing.soundBytes += bytes.count
            } catch {
                writing.file?.cut(to: writing.soundBytes)
                writing.file = nil
                throw error
            }
        }
    }

    private func begin(_ first: UInt64, _ writing: inout Writing) throws -> AppendFile {
        let file = try AppendFile(path: folder.file(Self.segmentName(first)), isNew: true)
        writing.file = file
        writing.soundBytes = 0
        let head = Segment.head(shard: shard, first: first)
        try file.append(head)
        writing.soundBytes = head.count
        folder.sync()
        return file
    }

    private func keepEpoch(_ epoch: UInt64, _ writing: inout Writing) throws {
        try beforeWrite(20)
        try AtomicFile(path: folder.file("epoch")).write(Array("\(epoch)\n".utf8))
        writing.epoch = epoch
    }

    func readEpoch() throws -> UInt64 {
        let bytes = try AtomicFile(path: folder.file("epoch")).read() ?? []
        let epoch = UInt64(decimal: bytes.prefix { $0 != 0x0A }) ?? 0
        writing.withLock { $0.epoch = epoch }
        return epoch
    }

    /// Encodes and writes it, then removes what is no longer needed. Its size.
    package func write(_ checkpoint: Checkpoint) throws -> Int {
        var count = 0
        try AtomicFile(path: folder.file(Self.checkpointName(checkpoint.folded.position))).write { put in
            try checkpoint.write { (piece: borrowing [UInt8]) throws in
                try beforeWrite(piece.count)
                try put(piece)
                count += piece.count
            }
        }
        prune()
        return count
    }

    /// Checkpoints before the kept ones, and segments whose records are all before the oldest kept one.
    private func prune() {
        let checkpoints = checkpoints()
        for position in checkpoints.dropLast(Self.checkpointsKept) {
            folder.remove(Self.checkpointName(position))
        }
        guard checkpoints.count >= Self.checkpointsKept,
            let oldest = checkpoints.suffix(Self.checkpointsKept).first
        else { return }
        let segments = segments()
        for (segment, next) in zip(segments, segments.dropFirst()) where next <= oldest + 1 {
            folder.remove(Self.segmentName(segment))
        }
        Folder(path: "").remove(oldCheckpoint.path)
        folder.sync()
    }

    /// With all that is in it.
    func removeFolder() {
        for name in folder.names() { folder.remove(name) }
        folder.removeItself()
        Folder(path: "").remove(oldCheckpoint.path)
    }

    func sizes() -> Sizes {
        let names = folder.names().filter { $0.hasPrefix("journal-") }
        return Sizes(
            journalBytes: names.reduce(0) { $0 + (AtomicFile(path: folder.file($1)).size ?? 0) },
            segments: names.count
        )
    }
}
