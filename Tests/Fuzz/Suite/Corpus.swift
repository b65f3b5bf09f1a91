import Base
import Glibc

/// The inputs that lie in Tests/Fuzz/Corpus: one folder for each target.
enum Corpus {
    struct Input {
        let name: String
        let bytes: [UInt8]
    }

    /// Tests/Fuzz: this file is Tests/Fuzz/Suite/Corpus.swift.
    private static let root = String(#filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" })

    /// Sorted by name, so that a seed means the same everywhere.
    static func inputs(of target: String) -> [Input] {
        let folder = "\(root)/Corpus/\(target)"
        return names(in: folder).sorted().map { Input(name: $0, bytes: contents(of: "\(folder)/\($0)")) }
    }

    private static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    private static func contents(of path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            var count = 0
            bytes += [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, filled in
                count = read(descriptor, buffer.baseAddress, buffer.count)
                filled = max(0, count)
            }
            if count <= 0 { return bytes }
        }
    }
}

/// An input of the corpus, changed at a few places.
func mutated(_ corpus: [Corpus.Input], _ random: inout SeededRandom) -> [UInt8] {
    var bytes = corpus[Int.random(in: 0..<corpus.count, using: &random)].bytes
    for _ in 0..<Int.random(in: 1...6, using: &random) {
        let at = Int.random(in: 0...bytes.count, using: &random)
        let end = min(bytes.count, at + Int.random(in: 1...16, using: &random))
        switch Int.random(in: 0..<7, using: &random) {
        case 0: if at < bytes.count { bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        case 1: if at < bytes.count { bytes[at] = .random(in: 0...255, using: &random) }
        case 2: bytes.insert(.random(in: 0...255, using: &random), at: at)
        case 3: bytes.removeSubrange(at..<end)
        case 4: bytes.insert(contentsOf: bytes[at..<end], at: at)
        case 5: bytes.removeSubrange(at...)
        default:
            let other = corpus[Int.random(in: 0..<corpus.count, using: &random)].bytes
            let from = Int.random(in: 0...other.count, using: &random)
            bytes.insert(contentsOf: other[from..<min(other.count, from + 64)], at: at)
        }
    }
    return bytes
}
