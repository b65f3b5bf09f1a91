internal import Base

/// Cuts arriving bytes into lines that end in CRLF. A bare LF or CR is an error, never a line end: a proxy in
/// front may see other lines than we do (RFC 9112 section 2.2 allows the guess, request smuggling lives on
/// it).
///
/// Lines are ranges, counted from the reader's front, and stay there until they are taken together: a head is one piece
/// of memory from the socket to whoever reads it.
struct LineReader: Sendable {
    private var queue = ByteQueue()
    /// Bytes at the front that were read as lines and not taken yet.
    private var read = 0
    /// Bytes at the front behind which no LF was looked for yet.
    private var scanned = 0

    /// Bytes that were not read.
    var count: Int { queue.count - read }

    /// Everything from the front on; in its span, indices are counted from there.
    var bytes: ArraySlice<UInt8> { queue.readable }

    mutating func append(_ bytes: [UInt8]) { queue.append(bytes) }

    /// The next line without its CRLF, or nil when it has not arrived whole. The answer does not depend on
    /// how the bytes were cut on their way.
    mutating func next(bytesMax: Int, tooLong: HTTPWireError) throws(HTTPWireError) -> Range<Int>? {
        guard let end = queue.firstOffset(of: 0x0A, from: scanned) else {
            scanned = queue.count
            if queue.count - read > bytesMax + 1 { throw tooLong }
            return nil
        }
        if end - 1 - read > bytesMax { throw tooLong }
        // The first CR of the line is the one before its LF.
        guard end > read, queue.firstOffset(of: 0x0D, from: read) == end - 1 else { throw .badLineEnd }
        let line = read..<end - 1
        read = end + 1
        scanned = read
        return line
    }

    /// The lines that were read, with all between them, taken.
    mutating func takeLines() -> [UInt8] {
        defer { (read, scanned) = (0, 0) }
        return queue.take(read)
    }

    /// The lines that were read, forgotten.
    mutating func dropLines() {
        queue.skip(read)
        (read, scanned) = (0, 0)
    }

    /// Up to `count` bytes that are there, taken.
    mutating func take(upTo count: Int) -> [UInt8] {
        dropLines()
        return queue.take(min(count, queue.count))
    }

    mutating func takeAll() -> [UInt8] {
        dropLines()
        return queue.takeAll()
    }
}
