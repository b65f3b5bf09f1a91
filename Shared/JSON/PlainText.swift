/// What stands in a JSON string as it is: ASCII but quotes, backslashes and control bytes.
package enum PlainText {
    /// The place of the first byte at or behind `start` that is something else, or the end.
    ///
    /// Eight bytes at a time: in a word, a subtraction sets the highest bit of a byte that it takes below zero, and of bytes above
    /// that by its borrow alone, so that the lowest such bit is right.
    @inline(__always)
    package static func end(in bytes: borrowing Span<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = start
        while index + 8 <= bytes.count {
            let word = unsafe bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            let quote = (word ^ (ones &* 0x22)) &- ones
            let backslash = (word ^ (ones &* 0x5C)) &- ones
            let control = word &- (ones &* 0x20)
            let hit = (quote | backslash | control | word) & (ones &* 0x80)
            if hit != 0 { return index + hit.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 || byte >= 0x80 { return index }
            index += 1
        }
        return index
    }
}
