internal import Glibc

/// The process' environment and the files its settings name.
package enum Environment {
    /// The variables that this process was started with.
    package static let process: [String: String] = {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return variables
    }()

    /// Largest file that a setting may come from, in bytes.
    static let fileBytesMax = 64 * 1024

    /// Why a setting's file gives no value.
    enum FileError: Error, Equatable {
        case unreadable(String)
        case tooLarge
        case notText
    }

    /// The file's text without white space at its end: editors and `echo` put a line end there.
    static func readFile(_ path: String) throws(FileError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count <= fileBytesMax {
            var count = 0
            let part = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
                count = read(descriptor, buffer.baseAddress, buffer.count)
                filled = max(0, count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
            if count == 0 { break }
            bytes += part
        }
        guard bytes.count <= fileBytesMax else { throw .tooLarge }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText }
        var trimmed = text[...]
        while let last = trimmed.last, last.isWhitespace { trimmed.removeLast() }
        return String(trimmed)
    }
}
