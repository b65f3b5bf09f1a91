internal import Base

/// Cuts arriving bytes into lines that end in CRLF. A bare LF or CR is an error, never a line end: a proxy in
/// front may see other lines than we do (RFC 9112 section 2.2 allows the guess, request smuggling lives on
/// it).
struct LineReader: Sendable {
    private var queue = ByteQueue()
    /// Bytes at the front that are known to hold no LF.
    private var scanned = 0

    var count: Int { queue.count }

    mutating func append(_ bytes: [UInt8]) { queue.append(bytes) }

    /// The next line without its CRLF, or nil when it has not arrived whole. The answer does not depend on
    /// how the bytes were cut on their way.
    mutating func next(bytesMax: Int, tooLong: HTTPWireError) throws(HTTPWireError) -> [UInt8]? {
        guard let end = queue.firstOffset(of: 0x0A, from: scanned) else {
            scanned = queue.count
            if queue.count > bytesMax + 1 { throw tooLong }
            return nil
        }
        scanned = 0
        if end - 1 > bytesMax { throw tooLong }
        guard end > 0, queue[end - 1] == 0x0D else { throw .badLineEnd }
        let line = queue.take(end - 1)
        queue.skip(2)
        if line.contains(0x0D) { throw .badLineEnd }
        return line
    }

    /// Up to `count` bytes that are there, taken.
    mutating func take(upTo count: Int) -> [UInt8] {
        scanned = 0
        return queue.take(min(count, queue.count))
    }

    mutating func takeAll() -> [UInt8] {
        scanned = 0
        return queue.takeAll()
    }
}
