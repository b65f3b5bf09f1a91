import Glibc

/// One text file of the repository, by its path from the root.
struct SourceFile {
    let path: String
    let text: String
    let lines: [String]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    var isSwift: Bool { path.hasSuffix(".swift") }
    /// Lines of text, without the empty piece behind the last line end.
    var lineCount: Int { lines.last == "" ? lines.count - 1 : lines.count }

    /// Whether the text stands anywhere in the file.
    func holds(_ needle: String) -> Bool { strstr(text, needle) != nil }

    func isWithin(_ folders: [String]) -> Bool {
        folders.contains { path == $0 || path.hasPrefix($0.hasSuffix("/") ? $0 : "\($0)/") }
    }

    /// A line without its comment, as far as one can tell without parsing Swift.
    static func code(_ line: String) -> Substring {
        var quotes = 0
        var previous: UInt8 = 0x20
        for (offset, byte) in line.utf8.enumerated() {
            if byte == UInt8(ascii: "\""), previous != UInt8(ascii: "\\") { quotes += 1 }
            if byte == UInt8(ascii: "/"), previous == byte, quotes.isMultiple(of: 2) {
                return Substring(line.utf8.prefix(offset - 1))
            }
            previous = byte
        }
        return line[...]
    }
}

/// A broken rule and where.
struct Finding: CustomStringConvertible {
    let path: String
    var line = 0
    let text: String

    var description: String { line > 0 ? "\(path):\(line): \(text)" : "\(path): \(text)" }
}

extension [Finding] {
    /// One line for each, for a test's message.
    var report: String { "\n" + map(\.description).joined(separator: "\n") }
}

/// The files as they lie on disk, read once.
enum Repository {
    /// The package's root: this file is Tests/Tidy/Repository.swift.
    static let root = String(#filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" })

    static let files: [SourceFile] = paths.compactMap { path in
        contents(of: "\(root)/\(path)").map { SourceFile(path: path, text: $0) }
    }

    /// Files of every kind, sorted.
    static let paths: [String] = walk("").sorted()

    static var swift: [SourceFile] { files.filter(\.isSwift) }

    static func file(_ path: String) -> SourceFile? { files.first { $0.path == path } }

    /// What .gitignore names, and git's own.
    private static func isSkipped(_ name: String) -> Bool {
        name.hasPrefix(".build")
            || [".git", ".guildwire", "state", "__pycache__", "node_modules"].contains(name)
            || name.hasSuffix(".o")
    }

    private static func walk(_ folder: String) -> [String] {
        guard let directory = opendir("\(root)/\(folder)") else { return [] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != "..", !isSkipped(name) else { continue }
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            if CInt(entry.pointee.d_type) == CInt(DT_DIR) { found += walk(path) } else { found.append(path) }
        }
        return found
    }

    /// Nil for what is not text.
    private static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            var count = 0
            bytes += [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, filled in
                count = read(descriptor, buffer.baseAddress, buffer.count)
                filled = max(0, count)
            }
            if count <= 0 { return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self) }
        }
    }
}
