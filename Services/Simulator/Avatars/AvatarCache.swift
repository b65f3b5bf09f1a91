/// Painted pictures by path; at most 4096 (about 8 MB), then it starts anew.
package struct AvatarCache: Sendable {
    private var pictures: [String: [UInt8]] = [:]

    package init() {}

    /// The picture of a path like `avatars/1/ab.png`: the hash decides, and the id with it.
    package mutating func picture(_ path: String) -> [UInt8]? {
        let name = path.split(separator: "?").first.map(String.init) ?? path
        if let known = pictures[name] { return known }
        guard let picture = AvatarPainter.png(seed: seed(name)) else { return nil }
        if pictures.count >= 4096 { pictures.removeAll() }
        pictures[name] = picture
        return picture
    }

    /// FNV-1a over the path without its extension.
    private func seed(_ path: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in path.utf8.prefix(while: { $0 != UInt8(ascii: ".") }) {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return hash
    }
}
