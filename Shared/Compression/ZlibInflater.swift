internal import CZlib

/// Discord's `zlib-stream`: one zlib context for the life of a connection, each message ended by Z_SYNC_FLUSH.
///
/// Chunks are kept until one ends with the flush's mark `00 00 FF FF`; then they give one message. See "Transport
/// Compression" in Discord's gateway documentation and RFC 1950/1951.
package struct ZlibInflater: ~Copyable {
    // On the heap: zlib keeps a pointer back to it and refuses to work when it has moved.
    private let stream: UnsafeMutablePointer<z_stream>
    private var pending: [UInt8] = []
    /// Where messages are inflated into before they are copied; most fit.
    private let scratch: UnsafeMutablePointer<UInt8>
    private var isBroken = false
    private var isBegun = false

    /// Whether it ends with 00 00 FF FF.
    private static func isFlushed(_ bytes: [UInt8]) -> Bool {
        let end = bytes.count
        return end >= 4 && bytes[end - 4] | bytes[end - 3] == 0 && bytes[end - 2] & bytes[end - 1] == 0xFF
    }
    private static let outputStep = 32 * 1024

    package init() throws(CompressionError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // Raw: the check value behind a zlib stream is never seen, as Discord's never ends, and would be counted for nothing.
        let size = CInt(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, size) == Z_OK else {
            stream.deallocate()
            throw CompressionError(code: .unavailable, reason: "inflateInit failed")
        }
        scratch = .allocate(capacity: Self.outputStep)
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        scratch.deallocate()
    }

    /// The message that this chunk completes, or nil when more chunks belong to it.
    ///
    /// `limit` bounds the bytes kept and the bytes that come out of one message, so that a small message cannot
    /// become a huge one. Every error is final.
    package mutating func inflate(_ chunk: [UInt8], limit: Int) throws(CompressionError) -> [UInt8]? {
        var output: [UInt8] = []
        return try inflate(chunk, limit: limit, into: &output) ? output : nil
    }

    /// The same, behind what `output` holds already; false when more chunks belong to the message. What an error leaves there is no
    /// message.
    package mutating func inflate(
        _ chunk: [UInt8],
        limit: Int,
        into output: inout [UInt8]
    ) throws(CompressionError) -> Bool {
        guard !isBroken else { throw CompressionError(code: .broken, reason: "the context is lost") }
        guard pending.count + chunk.count <= limit else {
            isBroken = true
            throw CompressionError(code: .tooLarge, reason: "more than \(limit) bytes without a flush")
        }
        var input = chunk
        if !pending.isEmpty {
            pending += chunk
            input = pending
        }
        guard Self.isFlushed(input) else {
            pending = input
            return false
        }
        pending = []
        do throws(CompressionError) {
            try run(input, limit: limit, into: &output)
            return true
        } catch {
            isBroken = true
            throw error
        }
    }

    private mutating func run(
        _ input: [UInt8],
        limit: Int,
        into output: inout [UInt8]
    ) throws(CompressionError) {
        let outcome = input.withUnsafeBufferPointer { source in
            Result { () throws(CompressionError) in
                // zlib only reads from there.
                let head = try readHead(source)
                stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress.map { $0 + head })
                stream.pointee.avail_in = uInt(source.count - head)
                defer {
                    stream.pointee.next_in = nil
                    stream.pointee.avail_in = 0
                }
                try drain(limit: limit, into: &output)
            }
        }
        try outcome.get()
    }

    /// The two bytes that begin the stream (RFC 1950 section 2.2); how many of the input they are.
    private mutating func readHead(_ input: UnsafeBufferPointer<UInt8>) throws(CompressionError) -> Int {
        guard !isBegun else { return 0 }
        let (method, flags) = (input[0], input[1])
        let isSound = (UInt16(method) << 8 | UInt16(flags)) % 31 == 0
        guard isSound, method & 15 == 8, method >> 4 <= 7, flags & 0x20 == 0 else {
            throw CompressionError(code: .corrupt, reason: "incorrect header check")
        }
        isBegun = true
        return 2
    }

    private func drain(limit: Int, into output: inout [UInt8]) throws(CompressionError) {
        let start = output.count
        while true {
            // One byte above the limit tells "too large" from "just fits".
            let room = min(Self.outputStep, limit + 1 - (output.count - start))
            stream.pointee.next_out = scratch
            stream.pointee.avail_out = uInt(room)
            let status = CZlib.inflate(stream, Z_SYNC_FLUSH)
            let count = room - Int(stream.pointee.avail_out)
            output.append(contentsOf: UnsafeBufferPointer(start: scratch, count: count))
            switch status {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END: throw CompressionError(code: .ended, reason: "the peer ended its zlib stream")
            default: throw CompressionError(code: .corrupt, reason: message(for: status))
            }
            if output.count - start > limit {
                throw CompressionError(code: .tooLarge, reason: "a message inflates past \(limit) bytes")
            }
            if count < room { return }
        }
    }

    private func message(for status: CInt) -> String {
        guard let text = stream.pointee.msg else { return "inflate answered \(status)" }
        return String(cString: text)
    }
}
