internal import Base

/// The grammar of RFC 8259 below containers. Each function moves `at` behind what it has accepted.
enum JSONScanner {
    @inline(__always)
    static func skipBlanks(_ input: borrowing Span<UInt8>, _ at: inout Int) {
        // What begins and separates values is above them all, and in a compact text there are none.
        while at < input.count, input[at] <= 0x20 {
            switch input[at] {
            case 0x20, 0x09, 0x0A, 0x0D: at += 1
            default: return
            }
        }
    }

    static func skipTrue(_ input: borrowing Span<UInt8>, _ at: inout Int) throws(JSONError) {
        guard at + 4 <= input.count, input[at + 1] == 0x72, input[at + 2] == 0x75, input[at + 3] == 0x65
        else {
            throw JSONError(.invalidLiteral, at: at)
        }
        at += 4
    }

    static func skipFalse(_ input: borrowing Span<UInt8>, _ at: inout Int) throws(JSONError) {
        guard at + 5 <= input.count, input[at + 1] == 0x61, input[at + 2] == 0x6C, input[at + 3] == 0x73,
            input[at + 4] == 0x65
        else { throw JSONError(.invalidLiteral, at: at) }
        at += 5
    }

    static func skipNull(_ input: borrowing Span<UInt8>, _ at: inout Int) throws(JSONError) {
        guard at + 4 <= input.count, input[at + 1] == 0x75, input[at + 2] == 0x6C, input[at + 3] == 0x6C
        else {
            throw JSONError(.invalidLiteral, at: at)
        }
        at += 4
    }

    /// RFC 8259 section 6: no leading zeros, no bare sign, digits on both sides of the point.
    static func skipNumber(_ input: borrowing Span<UInt8>, _ at: inout Int) throws(JSONError) {
        if input[at] == 0x2D { at += 1 }
        guard at < input.count else { throw JSONError(.unexpectedEnd, at: at) }
        if input[at] == 0x30 {
            at += 1
            if at < input.count, 0x30...0x39 ~= input[at] { throw JSONError(.invalidNumber, at: at) }
        } else {
            try skipDigits(input, &at)
        }
        if at < input.count, input[at] == 0x2E {
            at += 1
            try skipDigits(input, &at)
        }
        if at < input.count, input[at] | 0x20 == 0x65 {
            at += 1
            if at < input.count, input[at] == 0x2B || input[at] == 0x2D { at += 1 }
            try skipDigits(input, &at)
        }
    }

    private static func skipDigits(_ input: borrowing Span<UInt8>, _ at: inout Int) throws(JSONError) {
        let start = at
        while at < input.count, 0x30...0x39 ~= input[at] { at += 1 }
        guard at > start else { throw JSONError(at < input.count ? .invalidNumber : .unexpectedEnd, at: at) }
    }

    /// From the opening quote to behind the closing one; checks UTF-8 and escapes. True: escapes inside.
    @inline(__always)
    static func skipString(_ input: borrowing Span<UInt8>, _ at: inout Int) throws(JSONError) -> Bool {
        var escaped = false
        var index = at + 1
        let end = input.count
        while true {
            index = PlainText.end(in: input, from: index)
            guard index < end else { throw JSONError(.unexpectedEnd, at: end) }
            let byte = input[index]
            if byte == 0x22 {
                at = index + 1
                return escaped
            }
            if byte >= 0x80 {
                try skipMultibyte(input, &index)
            } else if byte == 0x5C {
                escaped = true
                try skipEscape(input, &index)
            } else {
                throw JSONError(.controlByteInString, at: index)
            }
        }
    }

    /// One scalar of two to four bytes, after the table in RFC 3629 section 4.
    private static func skipMultibyte(_ input: borrowing Span<UInt8>, _ at: inout Int) throws(JSONError) {
        let lead = input[at]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: throw JSONError(.invalidUTF8, at: at)
        }
        guard at + length <= input.count, second ~= input[at + 1] else {
            throw JSONError(.invalidUTF8, at: at)
        }
        for offset in 2..<max(2, length) where input[at + offset] & 0xC0 != 0x80 {
            throw JSONError(.invalidUTF8, at: at)
        }
        at += length
    }

    private static func skipEscape(_ input: borrowing Span<UInt8>, _ at: inout Int) throws(JSONError) {
        guard at + 1 < input.count else { throw JSONError(.unexpectedEnd, at: input.count) }
        switch input[at + 1] {
        case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74:
            at += 2
        case 0x75:
            guard at + 6 <= input.count else { throw JSONError(.unexpectedEnd, at: input.count) }
            for offset in 2..<6 where hexDigit(input[at + offset]) == nil {
                throw JSONError(.invalidEscape, at: at)
            }
            at += 6
        default:
            throw JSONError(.invalidEscape, at: at)
        }
    }

    static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x41 + 10)
        case 0x61...0x66: UInt32(byte - 0x61 + 10)
        default: nil
        }
    }
}
