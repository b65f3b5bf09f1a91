/// One value (or one member's key) of a document: where it is, and where the next one is.
struct TapeEntry: Sendable {
    /// First byte of the value in the text; for strings the opening quote.
    var start: UInt32
    /// One past the last byte of the value.
    var end: UInt32
    /// The entry behind this value and everything in it. While a container is open: its parent's entry.
    var next: UInt32
    /// Bits 0-2 the kind, bit 3 "the string holds escapes", bits 4-31 how many children.
    var info: UInt32

    static let escapedFlag: UInt32 = 8
    static let oneChild: UInt32 = 16

    var kind: JSONValue.Kind { JSONValue.Kind(rawValue: UInt8(info & 7)) ?? .null }
    var isEscaped: Bool { info & Self.escapedFlag != 0 }
    var childCount: Int { Int(info >> 4) }
}

/// Reads a text once, without recursion, into a flat list of entries in the order of the text.
///
/// An object's children are key, value, key, value…; each scalar is one entry.
struct TapeBuilder: ~Copyable {
    private var tape: TapeBuffer
    private var depth = 0
    private var open = Self.none
    private let limits: JSONLimits

    private static let none = UInt32.max

    private enum Expectation { case value, end }

    /// For a text of about so many bytes.
    init(limits: JSONLimits, bytes: Int) {
        self.limits = limits
        tape = TapeBuffer(reserving: bytes / 8 + 4)
    }

    /// Entries so far.
    var count: Int { tape.count }

    /// Forgets a text that was refused, which began with this entry.
    mutating func drop(from root: Int) {
        tape.drop(from: root)
        (depth, open) = (0, Self.none)
    }

    /// Of the texts that were read to their end.
    var entries: [TapeEntry] { tape.entries }

    /// Reads the text from `start` to the input's end; errors are counted from its start.
    ///
    /// The place in the text is a variable of this function's, not of the value: that keeps it in a register.
    mutating func read(_ input: borrowing Span<UInt8>, from start: Int) throws(JSONError) {
        do throws(JSONError) { try readText(input, from: start) } catch {
            throw JSONError(error.code, at: error.offset - start)
        }
    }

    @inline(__always)
    private mutating func readText(_ input: borrowing Span<UInt8>, from start: Int) throws(JSONError) {
        var at = start
        guard input.count - start <= limits.bytesMax else {
            throw JSONError(.tooLarge, at: start + limits.bytesMax)
        }
        JSONScanner.skipBlanks(input, &at)
        var expected = Expectation.value
        while expected == .value {
            expected = try readValue(input, &at)
            if expected == .end { expected = try readSeparators(input, &at) }
        }
        guard at == input.count else { throw JSONError(.trailingBytes, at: at) }
    }

    /// Reads what stands at `at`. `.value`: a container was opened and its first value comes next.
    @inline(__always)
    private mutating func readValue(
        _ input: borrowing Span<UInt8>,
        _ at: inout Int
    ) throws(JSONError) -> Expectation {
        guard at < input.count else { throw JSONError(.unexpectedEnd, at: at) }
        let start = at
        switch input[at] {
        case 0x22:
            try readString(input, &at)
        case 0x7B:
            try push(.object, &at)
            JSONScanner.skipBlanks(input, &at)
            guard at < input.count, input[at] == 0x7D else { return try readKey(input, &at) }
            pop(&at)
        case 0x5B:
            try push(.array, &at)
            JSONScanner.skipBlanks(input, &at)
            guard at < input.count, input[at] == 0x5D else { return .value }
            pop(&at)
        case 0x2D, 0x30...0x39:
            try JSONScanner.skipNumber(input, &at)
            append(.number, from: start, to: at)
        case 0x74:
            try JSONScanner.skipTrue(input, &at)
            append(.bool, from: start, to: at)
        case 0x66:
            try JSONScanner.skipFalse(input, &at)
            append(.bool, from: start, to: at)
        case 0x6E:
            try JSONScanner.skipNull(input, &at)
            append(.null, from: start, to: at)
        default:
            throw JSONError(.unexpectedByte, at: at)
        }
        return .end
    }

    /// Behind a value: closes what ends here. `.value`: a comma (and a key) came, the next value follows.
    @inline(__always)
    private mutating func readSeparators(
        _ input: borrowing Span<UInt8>,
        _ at: inout Int
    ) throws(JSONError) -> Expectation {
        while true {
            JSONScanner.skipBlanks(input, &at)
            guard open != Self.none else { return .end }
            guard at < input.count else { throw JSONError(.unexpectedEnd, at: at) }
            let container = Int(open)
            tape[container].info += TapeEntry.oneChild
            let isObject = tape[container].kind == .object
            switch input[at] {
            case 0x2C:
                at += 1
                JSONScanner.skipBlanks(input, &at)
                return isObject ? try readKey(input, &at) : .value
            case 0x7D where isObject, 0x5D where !isObject:
                pop(&at)
            default:
                throw JSONError(.unexpectedByte, at: at)
            }
        }
    }

    @inline(__always)
    private mutating func readKey(
        _ input: borrowing Span<UInt8>,
        _ at: inout Int
    ) throws(JSONError) -> Expectation {
        guard at < input.count else { throw JSONError(.unexpectedEnd, at: at) }
        guard input[at] == 0x22 else { throw JSONError(.unexpectedByte, at: at) }
        try readString(input, &at)
        JSONScanner.skipBlanks(input, &at)
        guard at < input.count else { throw JSONError(.unexpectedEnd, at: at) }
        guard input[at] == 0x3A else { throw JSONError(.unexpectedByte, at: at) }
        at += 1
        JSONScanner.skipBlanks(input, &at)
        return .value
    }

    @inline(__always)
    private mutating func readString(_ input: borrowing Span<UInt8>, _ at: inout Int) throws(JSONError) {
        let start = at
        let escaped = try JSONScanner.skipString(input, &at)
        append(.string, from: start, to: at, flags: escaped ? TapeEntry.escapedFlag : 0)
    }

    @inline(__always)
    private mutating func append(
        _ kind: JSONValue.Kind,
        from start: Int,
        to at: Int,
        flags: UInt32 = 0
    ) {
        tape.append(
            TapeEntry(
                start: UInt32(truncatingIfNeeded: start),
                end: UInt32(truncatingIfNeeded: at),
                next: UInt32(truncatingIfNeeded: tape.count + 1),
                info: UInt32(kind.rawValue) | flags
            )
        )
    }

    private mutating func push(_ kind: JSONValue.Kind, _ at: inout Int) throws(JSONError) {
        guard depth < limits.depthMax else { throw JSONError(.tooDeep, at: at) }
        depth += 1
        let parent = open
        open = UInt32(truncatingIfNeeded: tape.count)
        append(kind, from: at, to: at)
        tape[Int(open)].next = parent
        at += 1
    }

    /// The closing byte at `at` belongs to the open container.
    private mutating func pop(_ at: inout Int) {
        at += 1
        depth -= 1
        let index = Int(open)
        open = tape[index].next
        tape[index].end = UInt32(truncatingIfNeeded: at)
        tape[index].next = UInt32(truncatingIfNeeded: tape.count)
    }
}
