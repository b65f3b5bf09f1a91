/// Where a login goes back to: an address of this site, never another's.
package enum ReturnPath {
    package static let bytesMax = 512
    package static let front = "/"

    /// The path that was asked for, or the front page where it is none of ours: specs/access.md, "Login".
    package static func safe(_ text: String?) -> String {
        guard let text, isLocal(text) else { return front }
        return text
    }

    private static func isLocal(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard 1...bytesMax ~= bytes.count, bytes[0] == UInt8(ascii: "/") else { return false }
        // Visible ASCII: what an address holds unescaped. A backslash is a slash to browsers.
        guard bytes.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "\\") }) else { return false }
        let path = text.prefix { $0 != "?" && $0 != "#" }
        // Two slashes begin another host's name; the login's own pages would go round in a circle.
        return !path.contains("//") && !path.hasPrefix("/auth/")
    }
}
