import Glibc
import JSON

/// Viewers who ask for the same as the same user.
struct ViewerGroup {
    /// `guildwire_session=…`; nil: nobody who has logged in.
    var cookie: String?
    var target = "/api/stream"

    struct Unreadable: Error, CustomStringConvertible { let description: String }

    /// A line of JSON for each group: `{"cookie","query"}`, either may be left out.
    static func read(_ path: String) throws -> [ViewerGroup] {
        let groups = try contents(path).split(separator: 10).map { line in
            let value = try JSONDocument(parsing: Array(line)).root
            let query = value["query"]?.string.map { "?\($0)" } ?? ""
            return ViewerGroup(cookie: value["cookie"]?.string, target: "/api/stream\(query)")
        }
        guard !groups.isEmpty else { throw Unreadable(description: "\(path) names no group") }
        return groups
    }

    private static func contents(_ path: String) throws -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Unreadable(description: "cannot open \(path)") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe part.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Unreadable(description: "cannot read \(path)") }
            if count == 0 { return bytes }
            bytes += part.prefix(count)
        }
    }
}
