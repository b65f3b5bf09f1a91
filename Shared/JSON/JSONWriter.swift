package import Base

/// Appends compact JSON to a buffer; puts the commas itself.
///
/// The caller keeps the nesting right: a key before each value of an object, every begin with its end. A name that stands in
/// the program goes in as it is, so it needs no escapes.
package struct JSONWriter: ~Copyable {
    private var buffer: JSONBuffer
    private var needsComma = false
    private var depth = 0

    package init(reserving capacity: Int = 256) { buffer = JSONBuffer(reserving: capacity) }

    /// Bytes written so far.
    package var count: Int { buffer.count }

    /// What was written; the writer is as new afterwards, and keeps its memory.
    package mutating func takeBytes() -> [UInt8] {
        precondition(depth == 0, "a text is taken only when every container is closed")
        needsComma = false
        return buffer.takeAll()
    }

    /// Hands on what was written since the last time, in the middle of a text, if it is so many bytes; the memory is used again.
    package mutating func takePiece<Failure: Error>(
        of bytesMin: Int,
        _ put: (borrowing [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        if count >= bytesMin { try put(buffer.takePiece()) }
    }

    package mutating func beginObject() { begin(0x7B) }
    package mutating func endObject() { end(0x7D) }
    package mutating func beginArray() { begin(0x5B) }
    package mutating func endArray() { end(0x5D) }

    package mutating func key(_ name: StaticString) { separate(with: name, room: 0) }

    /// The same for names that are data.
    @_disfavoredOverload
    package mutating func key(_ name: String) { key(text: name) }

    package mutating func key(text name: String) {
        string(name)
        buffer.append(0x3A)
        needsComma = false
    }

    package mutating func string(_ text: String) {
        let utf8 = text.utf8.span
        unsafe utf8.withUnsafeBytes { unsafe string(utf8: $0) }
    }

    /// The text of these bytes, which are UTF-8.
    package mutating func string(utf8 text: UnsafeRawBufferPointer) {
        separate(room: 2 + 6 * text.count)
        buffer.store(0x22)
        unsafe buffer.storeEscaped(text)
        buffer.store(0x22)
    }

    /// A text of another document, as it stands there where it is in this writer's form already; what is no string is empty.
    package mutating func string(_ text: JSONView) {
        if unsafe text.plain != nil { unsafe raw(json: text.raw) } else { string(text.string ?? "") }
    }

    package mutating func null() { literal("null") }
    package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

    /// As a string, the way ids stand on every wire.
    package mutating func snowflake(_ id: Snowflake) {
        separate(room: 22)
        buffer.store(0x22)
        buffer.storeDigits(id.rawValue)
        buffer.store(0x22)
    }

    /// Two numbers joined by a hyphen, as a string.
    package mutating func pair(_ first: UInt64, _ second: UInt64) {
        separate(room: 43)
        buffer.store(0x22)
        buffer.storeDigits(first)
        buffer.store(0x2D)
        buffer.storeDigits(second)
        buffer.store(0x22)
    }

    package mutating func int(_ value: Int) { int64(Int64(value)) }

    package mutating func int(_ value: some BinaryInteger) {
        separate(room: 0)
        for byte in String(value).utf8 { buffer.append(byte) }
    }

    package mutating func int64(_ value: Int64) {
        separate(room: 21)
        if value < 0 { buffer.store(0x2D) }
        buffer.storeDigits(value.magnitude)
    }

    package mutating func uint64(_ value: UInt64) {
        separate(room: 20)
        buffer.storeDigits(value)
    }

    /// Not-a-number and infinities have no JSON; they are written as null.
    package mutating func double(_ value: Double) {
        guard value.isFinite else { return null() }
        separate(room: 0)
        for byte in value.description.utf8 { buffer.append(byte) }
    }

    /// A value that is JSON already, unchecked.
    package mutating func raw(_ json: [UInt8]) { unsafe json.withUnsafeBytes { unsafe raw(json: $0) } }

    package mutating func raw(_ json: ArraySlice<UInt8>) {
        unsafe json.withUnsafeBytes { unsafe raw(json: $0) }
    }

    package mutating func raw(_ json: some Collection<UInt8>) { raw(Array(json)) }

    package mutating func raw(json: UnsafeRawBufferPointer) {
        separate(room: json.count)
        unsafe buffer.store(json)
    }

    // MARK: Pieces of one string

    /// A string that is written in pieces, none of which needs escapes: an address.
    package mutating func beginString() {
        separate(room: 1)
        buffer.store(0x22)
    }

    package mutating func piece(_ text: StaticString) {
        unsafe buffer.append(
            UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        )
    }

    package mutating func piece(_ text: String) {
        let utf8 = text.utf8.span
        unsafe utf8.withUnsafeBytes { unsafe buffer.append($0) }
    }

    package mutating func piece(utf8 text: UnsafeRawBufferPointer) { unsafe buffer.append(text) }

    package mutating func piece(_ id: Snowflake) {
        buffer.makeRoom(for: 20)
        buffer.storeDigits(id.rawValue)
    }

    /// Each byte as two lower-case digits.
    package mutating func piece(hexadecimal bytes: UnsafeRawBufferPointer) {
        buffer.makeRoom(for: 2 * bytes.count)
        for index in 0..<bytes.count {
            let byte = unsafe bytes[index]
            let (high, low) = (byte >> 4, byte & 15)
            buffer.store(high < 10 ? 0x30 + high : 0x57 + high)
            buffer.store(low < 10 ? 0x30 + low : 0x57 + low)
        }
    }

    package mutating func endString() { buffer.append(0x22) }

    // MARK: What stands between values

    private mutating func literal(_ text: StaticString) {
        unsafe raw(json: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The comma, where one is due, and `room` for what follows.
    @inline(__always)
    private mutating func separate(room: Int) {
        buffer.makeRoom(for: room + 1)
        if needsComma { buffer.store(0x2C) }
        needsComma = true
    }

    /// The same with a member's name and its colon.
    @inline(__always)
    private mutating func separate(with name: StaticString, room: Int) {
        buffer.makeRoom(for: name.utf8CodeUnitCount + room + 4)
        if needsComma { buffer.store(0x2C) }
        buffer.store(0x22)
        unsafe buffer.store(
            UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        )
        buffer.store(0x22)
        buffer.store(0x3A)
        needsComma = false
    }

    private mutating func begin(_ bracket: UInt8) {
        separate(room: 1)
        buffer.store(bracket)
        depth += 1
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        precondition(depth > 0, "nothing is open that could be ended")
        buffer.append(bracket)
        depth -= 1
        needsComma = true
    }
}
