/// Why a text was refused, and at which byte.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        case unexpectedByte, unexpectedEnd, trailingBytes
        case invalidLiteral, invalidNumber, invalidEscape, invalidUTF8, controlByteInString
        case tooDeep, tooLarge
    }

    package let code: Code
    /// Bytes from the start of the text.
    package let offset: Int

    package init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }

    package var description: String { "JSON refused at byte \(offset): \(code)" }
}

/// What a reader accepts before it gives up.
package struct JSONLimits: Sendable, Equatable {
    /// Longest text in bytes; at most 2^32 - 1, because the tape keeps offsets in 32 bits.
    package var bytesMax: Int
    /// Most containers that may be open at once.
    package var depthMax: Int

    package init(bytesMax: Int = 64 << 20, depthMax: Int = 128) {
        precondition(bytesMax < 1 << 32, "the tape keeps offsets in 32 bits")
        self.bytesMax = bytesMax
        self.depthMax = depthMax
    }

    package static let standard = JSONLimits()
}
