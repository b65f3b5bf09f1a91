internal import Base

/// One of Discord's pictures in one size, as it is asked for: specs/access.md, "Pictures". Nothing else of Discord's addresses
/// has a form here, so nothing else is ever fetched.
package struct PictureRequest: Sendable, Hashable {
    /// Path and query below `DISCORD_CDN_BASE`, with a slash before it.
    package let target: String

    /// Pixels of a side; powers of two, as Discord takes them ("Image Formatting").
    package static let sizes = ["16", "32", "64", "128", "256", "512"]
    package static let usualSize = "128"
    private static let formats: Set<Substring> = ["png", "webp", "gif", "jpg", "jpeg"]
    private static let hashBytes = 1...64

    /// Nil where `rest`, what stands behind `/pictures/`, names no picture of Discord's. `size` is one of `sizes`.
    package init?(rest: String, size: String) {
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        guard let last = parts.last, let (name, format) = Self.file(last) else { return nil }
        let folders = parts.dropLast()
        let isPicture: Bool
        var takesSize = true
        switch folders.first {
        case "avatars", "icons":
            isPicture = folders.count == 2 && Self.isID(folders[1]) && Self.isHash(name)
        case "guilds":
            isPicture =
                folders.count == 5 && folders[2] == "users" && folders[4] == "avatars"
                && Self.isID(folders[1]) && Self.isID(folders[3]) && Self.isHash(name)
        case "embed":
            isPicture =
                folders.count == 2 && folders[1] == "avatars" && Self.isDefault(name) && format == "png"
            takesSize = false
        case "emojis":
            isPicture = folders.count == 1 && Self.isID(name)
        default: isPicture = false
        }
        guard isPicture else { return nil }
        target = "/\(rest)" + (takesSize ? "?size=\(size)" : "")
    }

    private static func file(_ text: Substring) -> (name: Substring, format: Substring)? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, formats.contains(parts[1]) else { return nil }
        return (parts[0], parts[1])
    }

    /// As Discord writes it: no other form of the same number, which would be another picture to keep.
    private static func isID(_ text: Substring) -> Bool {
        guard let id = UInt64(decimal: text.utf8), id > 0 else { return false }
        return String(id) == text
    }

    private static func isDefault(_ text: Substring) -> Bool {
        text.utf8.count == 1 && text.utf8.allSatisfy { 0x30...0x35 ~= $0 }
    }

    private static func isHash(_ text: Substring) -> Bool {
        hashBytes ~= text.utf8.count
            && text.utf8.allSatisfy { 0x61...0x7A ~= $0 | 0x20 || 0x30...0x39 ~= $0 || $0 == 0x5F }
    }
}

/// What a picture is by its first bytes, whatever its name or sender says. Markup that can hold scripts, SVG, is none of them.
package enum PictureFormat: String, Sendable, CaseIterable {
    case png = "image/png"
    case webp = "image/webp"
    case gif = "image/gif"
    case jpeg = "image/jpeg"

    package init?(of bytes: [UInt8]) {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) {
            self = .webp
        } else if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) {
            self = .gif
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else {
            return nil
        }
    }
}
