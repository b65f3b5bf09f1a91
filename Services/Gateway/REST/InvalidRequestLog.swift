internal import Base
internal import DiscordProtocol

/// Refused requests on disk, counted per 10 s: one file for 10 minutes, to which all processes of the state folder append,
/// whatever their token, as Discord counts by address. Blocks.
struct InvalidRequestLog: Sendable {
    private let folder: Folder

    init(folder: Folder) { self.folder = folder }

    private static let prefix = "invalid-requests-"
    private static let slotsPerFile =
        InvalidRequestBudget.windowMilliseconds / InvalidRequestBudget.slotMilliseconds

    private static func name(of slot: Int64) -> String { "\(prefix)\(slot / slotsPerFile).log" }

    /// Of the slots that matter now. Files of other times go.
    func read(wall: Int64) throws -> [Int64: Int] {
        let slots = InvalidRequestBudget.slots(wall)
        let files = slots.lowerBound / Self.slotsPerFile...slots.upperBound / Self.slotsPerFile
        let wanted = files.map { Self.name(of: $0 * Self.slotsPerFile) }
        for old in folder.names() where old.hasPrefix(Self.prefix) && !wanted.contains(old) {
            folder.remove(old)
        }
        var counts: [Int64: Int] = [:]
        for name in wanted {
            for line in (try AtomicFile(path: folder.file(name)).read() ?? []).split(separator: 0x0A) {
                let parts = line.split(separator: 0x20)
                guard parts.count == 2, let slot = UInt64(decimal: parts[0]),
                    let count = UInt64(decimal: parts[1]),
                    slots.contains(Int64(clamping: slot)), count <= 1_000_000
                else { continue }
                counts[Int64(clamping: slot), default: 0] += Int(count)
            }
        }
        return counts
    }

    /// The folder need not be there yet.
    func append(_ counts: [Int64: Int]) throws {
        for (slot, count) in counts.sorted(by: { $0.key < $1.key }) {
            let path = folder.file(Self.name(of: slot))
            try AtomicFile(path: path).makeFolder()
            // The line's end comes first: a line that a crash cut short must not take this one with it.
            try AppendFile(path: path, isNew: false).append(Array("\n\(slot) \(count)".utf8))
        }
    }
}
