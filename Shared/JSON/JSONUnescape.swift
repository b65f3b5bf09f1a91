/// The text of a string that was accepted by `JSONScanner` and holds escapes.
///
/// Half of a surrogate pair is legal in RFC 8259 (section 8.2) but stands for no character; it is read as
/// U+FFFD, so that one odd name does not cost a whole payload.
enum JSONUnescape {
    static func text(_ content: ArraySlice<UInt8>) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(content.count)
        var index = content.startIndex
        while index < content.endIndex {
            let byte = content[index]
            guard byte == 0x5C else {
                out.append(byte)
                index += 1
                continue
            }
            let letter = content[index + 1]
            index += 2
            guard letter == 0x75 else {
                out.append(plain(letter))
                continue
            }
            let scalar = readScalar(content, &index)
            out.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Whether the content stands for exactly these bytes.
    static func isText(_ content: [UInt8], _ wanted: UnsafeRawBufferPointer) -> Bool {
        unsafe text(content[...]).utf8.elementsEqual(wanted)
    }

    private static func plain(_ letter: UInt8) -> UInt8 {
        switch letter {
        case 0x62: 0x08
        case 0x66: 0x0C
        case 0x6E: 0x0A
        case 0x72: 0x0D
        case 0x74: 0x09
        default: letter
        }
    }

    /// `index` stands behind `\u`.
    private static func readScalar(_ content: ArraySlice<UInt8>, _ index: inout Int) -> Unicode.Scalar {
        let unit = readUnit(content, index)
        index += 4
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, index + 6 <= content.endIndex, content[index] == 0x5C, content[index + 1] == 0x75
        else { return "\u{FFFD}" }
        let low = readUnit(content, index + 2)
        guard 0xDC00...0xDFFF ~= low else { return "\u{FFFD}" }
        index += 6
        return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
    }

    private static func readUnit(_ content: ArraySlice<UInt8>, _ index: Int) -> UInt32 {
        var unit: UInt32 = 0
        for offset in 0..<4 { unit = unit << 4 | (JSONScanner.hexDigit(content[index + offset]) ?? 0) }
        return unit
    }
}
