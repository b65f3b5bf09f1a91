/// The target of a request line, taken apart (RFC 9112 section 3.2, RFC 3986 section 3). Its parts are places in the line
/// that came; only a path with escapes has bytes of its own.
struct RequestTarget: Sendable {
    /// As sent.
    let text: ArraySlice<UInt8>
    /// Percent-decoded, valid UTF-8, absolute, without dot segments, encoded slashes or control characters.
    let path: ArraySlice<UInt8>
    /// As sent: still percent-encoded, its escapes checked. Nil without a question mark.
    let query: ArraySlice<UInt8>?
    /// The authority of an absolute-form target.
    let authority: ArraySlice<UInt8>?

    init(_ text: ArraySlice<UInt8>, method: String) throws(HTTPWireError) {
        guard text.allSatisfy({ isVisible($0) && $0 != UInt8(ascii: "#") }) else { throw .badTarget }
        self.text = text
        if text.count == 1, text.first == UInt8(ascii: "*") {
            guard method == "OPTIONS" else { throw .badTarget }
            path = text
            query = nil
            authority = nil
            return
        }
        var rest = text
        if text.first != UInt8(ascii: "/") {
            // Absolute form, which proxies are sent; a server must take it (section 3.2.2).
            guard let start = Self.afterScheme(text) else { throw .badTarget }
            let end =
                text[start...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
                ?? text.endIndex
            authority = text[start..<end]
            guard end > start else { throw .badTarget }
            rest = text[end...]
        } else {
            authority = nil
        }
        let mark = rest.firstIndex(of: UInt8(ascii: "?"))
        path = try Self.decodedPath(rest[..<(mark ?? rest.endIndex)])
        query = mark.map { rest[($0 + 1)...] }
        if let query, Self.hasEscape(query, plusIsBlank: false) {
            guard Self.percentDecoded(query, plusIsBlank: true) != nil else { throw .badTarget }
        }
    }

    private static func afterScheme(_ text: ArraySlice<UInt8>) -> Int? {
        for scheme in ["http://", "https://"] where text.count > scheme.utf8.count {
            let start = text.startIndex + scheme.utf8.count
            if asciiEqual(text[..<start], scheme.utf8) { return start }
        }
        return nil
    }

    private static func decodedPath(_ raw: ArraySlice<UInt8>) throws(HTTPWireError) -> ArraySlice<UInt8> {
        if raw.isEmpty { return [UInt8(ascii: "/")] }
        guard raw.allSatisfy(isPathByte) else { throw .badTarget }
        if !hasEscape(raw, plusIsBlank: false) {
            guard !hasDotSegment(raw) else { throw .badTarget }
            return raw
        }
        var path: [UInt8] = []
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
            path.append(UInt8(ascii: "/"))
            path += text.utf8
        }
        return path[...]
    }

    /// Of a path without escapes.
    private static func hasDotSegment(_ path: ArraySlice<UInt8>) -> Bool {
        var start = path.startIndex
        for index in path.startIndex...path.endIndex {
            guard index == path.endIndex || path[index] == UInt8(ascii: "/") else { continue }
            let segment = path[start..<index]
            if 1...2 ~= segment.count, segment.allSatisfy({ $0 == UInt8(ascii: ".") }) { return true }
            start = index + 1
        }
        return false
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
