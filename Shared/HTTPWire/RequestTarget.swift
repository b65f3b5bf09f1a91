/// The target of a request line, taken apart (RFC 9112 section 3.2, RFC 3986 section 3).
struct RequestTarget: Sendable, Equatable {
    /// Percent-decoded, valid UTF-8, absolute, without dot segments, encoded slashes or control characters.
    let path: String
    /// As sent: still percent-encoded, its escapes checked. Nil without a question mark.
    let query: String?
    /// The authority of an absolute-form target.
    let authority: String?

    init(_ text: [UInt8], method: String) throws(HTTPWireError) {
        guard text.allSatisfy({ isVisible($0) && $0 != UInt8(ascii: "#") }) else { throw .badTarget }
        if text == [UInt8(ascii: "*")] {
            guard method == "OPTIONS" else { throw .badTarget }
            path = "*"
            query = nil
            authority = nil
            return
        }
        var rest = text[...]
        if text.first != UInt8(ascii: "/") {
            // Absolute form, which proxies are sent; a server must take it (section 3.2.2).
            guard let start = Self.afterScheme(text) else { throw .badTarget }
            let end =
                text[start...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
                ?? text.endIndex
            authority = String(decoding: text[start..<end], as: UTF8.self)
            guard end > start else { throw .badTarget }
            rest = text[end...]
        } else {
            authority = nil
        }
        let mark = rest.firstIndex(of: UInt8(ascii: "?"))
        let rawPath = rest[..<(mark ?? rest.endIndex)]
        if rawPath.isEmpty {
            path = "/"
        } else {
            path = try Self.decodedPath(rawPath)
        }
        if let mark {
            let raw = rest[(mark + 1)...]
            guard Self.percentDecoded(raw, plusIsBlank: true) != nil else { throw .badTarget }
            query = String(decoding: raw, as: UTF8.self)
        } else {
            query = nil
        }
    }

    private static func afterScheme(_ text: [UInt8]) -> Int? {
        for scheme in ["http://", "https://"] where text.count > scheme.utf8.count {
            if asciiEqual(text.prefix(scheme.utf8.count), scheme.utf8) { return scheme.utf8.count }
        }
        return nil
    }

    private static func decodedPath(_ raw: ArraySlice<UInt8>) throws(HTTPWireError) -> String {
        guard raw.allSatisfy(isPathByte) else { throw .badTarget }
        var path = ""
        for (index, segment) in raw.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .enumerated()
        {
            if index == 0 { continue }  // before the leading slash
            guard let text = percentDecoded(segment, plusIsBlank: false) else { throw .badTarget }
            // A client resolves dot segments before it sends; whoever sends them wants out of a folder.
            if text == "." || text == ".." { throw .badTarget }
            // An encoded slash, backslash or control character reads differently further down the line.
            for byte in text.utf8 where isControlByte(byte) || byte == 0x09 { throw .badTarget }
            guard !text.utf8.contains(UInt8(ascii: "/")), !text.utf8.contains(UInt8(ascii: "\\")) else {
                throw .badTarget
            }
            path += "/"
            path += text
        }
        return path
    }

    /// `pchar` and the slash (RFC 3986 section 3.3).
    private static func isPathByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"), UInt8(ascii: "^"),
            UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "["),
            UInt8(ascii: "]"):
            false
        default: true
        }
    }

    /// Whether this is what a query item's name means. Most hold no escape, and need no text of their own to be compared.
    static func percentDecodes(_ raw: some Collection<UInt8>, to name: String) -> Bool {
        if !hasEscape(raw, plusIsBlank: true) { return raw.elementsEqual(name.utf8) }
        return percentDecoded(raw, plusIsBlank: true) == name
    }

    private static func hasEscape(_ raw: some Collection<UInt8>, plusIsBlank: Bool) -> Bool {
        raw.contains { $0 == UInt8(ascii: "%") || (plusIsBlank && $0 == UInt8(ascii: "+")) }
    }

    /// Nil when an escape is broken or the result is not UTF-8.
    static func percentDecoded(_ raw: some Collection<UInt8>, plusIsBlank: Bool) -> String? {
        if !hasEscape(raw, plusIsBlank: plusIsBlank) { return String(validating: raw, as: UTF8.self) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(raw.count)
        var iterator = raw.makeIterator()
        while let byte = iterator.next() {
            if byte == UInt8(ascii: "%") {
                guard let high = iterator.next().flatMap(hexValue),
                    let low = iterator.next().flatMap(hexValue)
                else {
                    return nil
                }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(plusIsBlank && byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
