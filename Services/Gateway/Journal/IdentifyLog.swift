internal import Base
internal import Compression
internal import EventModels

/// The IDENTIFYs of a bot on disk: one file a day, to which all processes of the state folder append. Blocks.
struct IdentifyLog: Sendable {
    private let folder: Folder
    private let prefix: String
    private let lockName: String

    /// The file's name has 32 bits of the token's hash: enough to tell bots apart, too little to tell a token.
    init(folder: Folder, token: Secret) {
        self.folder = folder
        let hash = Self.hash(of: token)
        prefix = "identifies-" + hash
        lockName = "identifying-" + hash + ".lock"
    }

    static func hash(of token: Secret) -> String { String(CRC32.of(token.exposedBytes), radix: 16) }

    private static let day: Int64 = 24 * 3600 * 1000

    private func name(_ day: Int64) -> String { "\(prefix)-\(day).log" }

    /// Of yesterday, today and, where the clock was set back, tomorrow. Files of other days go.
    func read(wall: Int64) throws -> IdentifyBudget {
        let today = wall / Self.day
        let wanted = (today - 1...today + 1).map(name)
        for old in folder.names() where old.hasPrefix(prefix) && !wanted.contains(old) { folder.remove(old) }
        var budget = IdentifyBudget()
        for name in wanted {
            let bytes = try AtomicFile(path: folder.file(name)).read() ?? []
            for line in bytes.split(separator: 0x0A) {
                let parts = line.split(separator: 0x20)
                guard parts.count == 2, let wall = UInt64(decimal: parts[0]),
                    let shard = ShardName(String(decoding: parts[1], as: UTF8.self))
                else { continue }
                budget.entries.append(.init(wall: Int64(clamping: wall), shard: shard))
            }
        }
        return budget
    }

    /// Held while it is read, decided and appended.
    func lock() throws -> FileLock.Outcome { try FileLock.take(path: folder.file(lockName)) }

    func append(_ entry: IdentifyBudget.Entry) throws {
        let file = try AppendFile(path: folder.file(name(entry.wall / Self.day)), isNew: false)
        try file.append(Array("\(entry.wall) \(entry.shard)\n".utf8))
    }
}
