internal import CHiredis

/// Turns the bytes of a connection into replies, by hiredis' reader.
///
/// Holds at most `bufferedBytesMax` bytes of an unfinished reply; past that the input is refused, and so are arrays of
/// more than `elementsMax` elements.
package struct ReplyReader: ~Copyable {
    /// hiredis makes room for as many elements as an array announces, before any has come.
    package static let elementsMax = 1 << 20

    private let reader: UnsafeMutablePointer<redisReader>
    /// hiredis' own, but for the bound on arrays.
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let bufferedBytesMax: Int

    package init(bufferedBytesMax: Int = 512 << 20) {
        guard let reader = redisReaderCreate() else {
            preconditionFailure("out of memory for a reply reader")
        }
        self.reader = reader
        self.bufferedBytesMax = bufferedBytesMax
        functions = .allocate(capacity: 1)
        functions.initialize(to: reader.pointee.fn.pointee)
        reader.pointee.privdata = UnsafeMutableRawPointer(reader.pointee.fn)
        // Nil reads as "out of memory" to hiredis, which then refuses the rest.
        functions.pointee.createArray = { task, count in
            guard count <= ReplyReader.elementsMax, let own = task?.pointee.privdata else { return nil }
            return own.assumingMemoryBound(to: redisReplyObjectFunctions.self).pointee.createArray(
                task,
                count
            )
        }
        reader.pointee.fn = functions
    }

    deinit {
        redisReaderFree(reader)
        functions.deallocate()
    }

    package mutating func feed(_ bytes: [UInt8]) throws(RedisError) {
        guard reader.pointee.len - reader.pointee.pos + bytes.count <= bufferedBytesMax else {
            throw .protocolViolation("a reply of more than \(bufferedBytesMax) bytes")
        }
        let code = bytes.withUnsafeBytes {
            redisReaderFeed(reader, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
        }
        guard code == REDIS_OK else { throw .protocolViolation(reason) }
    }

    /// The next whole reply; nil when more bytes are needed.
    package mutating func next() throws(RedisError) -> RedisReply? {
        var raw: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &raw) == REDIS_OK else { throw .protocolViolation(reason) }
        guard let raw else { return nil }
        defer { freeReplyObject(raw) }
        return Self.reply(from: raw.assumingMemoryBound(to: redisReply.self))
    }

    private var reason: String {
        withUnsafeBytes(of: &reader.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// hiredis refuses replies nested deeper than 7 levels, which bounds the recursion.
    private static func reply(from raw: UnsafeMutablePointer<redisReply>) -> RedisReply {
        switch raw.pointee.type {
        case REDIS_REPLY_INTEGER: .integer(raw.pointee.integer)
        case REDIS_REPLY_STRING: .bulk(bytes(of: raw))
        case REDIS_REPLY_STATUS: .status(String(decoding: bytes(of: raw), as: UTF8.self))
        case REDIS_REPLY_ERROR: .error(String(decoding: bytes(of: raw), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            .array(
                (0..<raw.pointee.elements).map { index in
                    guard let element = raw.pointee.element[index] else { return .null }
                    return reply(from: element)
                }
            )
        default: .null
        }
    }

    private static func bytes(of raw: UnsafeMutablePointer<redisReply>) -> [UInt8] {
        guard let text = raw.pointee.str else { return [] }
        return Array(UnsafeRawBufferPointer(start: text, count: raw.pointee.len))
    }
}
