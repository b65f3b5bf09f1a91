/// Bytes that grow at their end, in memory of their own: what a `JSONWriter` writes into.
///
/// Each step asks for its room once, and then stores without asking again for every byte, as an array would. What is stored
/// lies in `count..<capacity` by that, or in `0..<count`: no other place of the memory is ever touched.
@safe
struct JSONBuffer: ~Copyable {
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    /// What one take leaves for the next.
    private static let keptBytesMax = 1 << 16

    init(reserving capacity: Int) {
        self.capacity = max(64, capacity)
        unsafe memory = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { unsafe memory.deallocate() }

    /// What was written, as an array of just its size; the buffer is empty afterwards, and as large as it was.
    mutating func takePiece() -> [UInt8] {
        defer { count = 0 }
        return unsafe [UInt8](UnsafeRawBufferPointer(start: memory, count: count))
    }

    /// The same; most of a large buffer is given back.
    mutating func takeAll() -> [UInt8] {
        let bytes = takePiece()
        if capacity > Self.keptBytesMax {
            unsafe memory.deallocate()
            capacity = 256
            unsafe memory = .allocate(byteCount: capacity, alignment: 16)
        }
        return bytes
    }

    /// Makes sure that so many bytes can be stored.
    @inline(__always)
    mutating func makeRoom(for wanted: Int) {
        if count + wanted > capacity { grow(by: wanted) }
    }

    @inline(never)
    private mutating func grow(by wanted: Int) {
        let larger = max(capacity * 2, count + wanted)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        unsafe moved.copyMemory(from: memory, byteCount: count)
        unsafe memory.deallocate()
        unsafe memory = moved
        capacity = larger
    }

    mutating func append(_ byte: UInt8) {
        makeRoom(for: 1)
        store(byte)
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        makeRoom(for: bytes.count)
        unsafe store(bytes)
    }

    // MARK: Storing, for which `makeRoom` has been called

    @inline(__always)
    mutating func store(_ byte: UInt8) {
        unsafe memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inline(__always)
    mutating func store(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        unsafe (memory + count).copyMemory(from: base, byteCount: bytes.count)
        count += bytes.count
    }

    /// In decimal; at most 20 bytes.
    @inline(__always)
    mutating func storeDigits(_ value: UInt64) {
        let end = count + Self.digits(of: value)
        var (at, rest) = (end, value)
        while rest >= 100 {
            at -= 2
            unsafe memory.storeBytes(of: Self.pair(rest % 100), toByteOffset: at, as: UInt16.self)
            rest /= 100
        }
        if rest >= 10 {
            unsafe memory.storeBytes(of: Self.pair(rest), toByteOffset: at - 2, as: UInt16.self)
        } else {
            unsafe memory.storeBytes(of: 0x30 + UInt8(rest), toByteOffset: at - 1, as: UInt8.self)
        }
        count = end
    }

    /// The two digits of a number below 100, the first in the lower byte.
    @inline(__always)
    private static func pair(_ value: UInt64) -> UInt16 {
        let (tens, ones) = UInt16(truncatingIfNeeded: value).quotientAndRemainder(dividingBy: 10)
        return 0x3030 + (tens | ones << 8)
    }

    @inline(__always)
    private static func digits(of value: UInt64) -> Int {
        // Ids and numbers of events.
        if value >= 10_000_000_000_000_000 {
            if value < 1_000_000_000_000_000_000 { return value < 100_000_000_000_000_000 ? 17 : 18 }
            return value < 10_000_000_000_000_000_000 ? 19 : 20
        }
        var (count, bound) = (1, UInt64(10))
        while value >= bound {
            count += 1
            bound = bound &* 10
        }
        return count
    }

    /// UTF-8, with what JSON has to escape escaped: at most six bytes for each.
    @inline(__always)
    mutating func storeEscaped(_ text: UnsafeRawBufferPointer) {
        var index = 0
        let length = text.count
        while index + 8 <= length {
            let word = unsafe text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if JSONEscape.isNeeded(in: word) {
                for offset in index..<index + 8 { unsafe storeEscaped(text[offset]) }
            } else {
                unsafe memory.storeBytes(of: word, toByteOffset: count, as: UInt64.self)
                count += 8
            }
            index += 8
        }
        while index < length {
            unsafe storeEscaped(text[index])
            index += 1
        }
    }

    @inline(__always)
    private mutating func storeEscaped(_ byte: UInt8) {
        guard JSONEscape.isNeeded(for: byte) else { return store(byte) }
        for escaped in JSONEscape.bytes(for: byte) { store(escaped) }
    }
}

/// RFC 8259 section 7: quotes, backslashes and control bytes do not stand in a string as they are.
enum JSONEscape {
    @inline(__always)
    static func isNeeded(for byte: UInt8) -> Bool { byte < 0x20 || byte == 0x22 || byte == 0x5C }

    /// Of any of eight bytes. A subtraction takes a byte below zero where it is less, which shows in its highest bit, unless it
    /// was set before.
    @inline(__always)
    static func isNeeded(in word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let (quotes, slashes) = (word ^ (ones &* 0x22), word ^ (ones &* 0x5C))
        let quote = (quotes &- ones) & ~quotes
        let slash = (slashes &- ones) & ~slashes
        let control = (word &- (ones &* 0x20)) & ~word
        return (quote | slash | control) & (ones &* 0x80) != 0
    }

    static func bytes(for byte: UInt8) -> [UInt8] {
        switch byte {
        case 0x22, 0x5C: return [0x5C, byte]
        case 0x08: return [0x5C, 0x62]
        case 0x09: return [0x5C, 0x74]
        case 0x0A: return [0x5C, 0x6E]
        case 0x0C: return [0x5C, 0x66]
        case 0x0D: return [0x5C, 0x72]
        default:
            let low = byte & 15
            return [0x5C, 0x75, 0x30, 0x30, 0x30 + byte >> 4, low < 10 ? 0x30 + low : 0x57 + low]
        }
    }
}
