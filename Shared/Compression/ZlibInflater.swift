internal import CZlib

/// Discord's `zlib-stream`: one zlib context for the life of a connection, each message ended by Z_SYNC_FLUSH.
///
/// Chunks are kept until one ends with the flush's mark `00 00 FF FF`; then they give one message. See "Transport
/// Compression" in Discord's gateway documentation and RFC 1950/1951.
package struct ZlibInflater: ~Copyable {
    // On the heap: zlib keeps a pointer back to it and refuses to work when it has moved.
    private let stream: UnsafeMutablePointer<z_stream>
    private var pending: [UInt8] = []
    private var isBroken = false

    private static let flushMark: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]
    private static let outputStep = 32 * 1024

    package init() throws(CompressionError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard inflateInit_(stream, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            throw CompressionError(code: .unavailable, reason: "inflateInit failed")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// The message that this chunk completes, or nil when more chunks belong to it.
    ///
    /// `limit` bounds the bytes kept and the bytes that come out of one message, so that a small message cannot
    /// become a huge one. Every error is final.
    package mutating func inflate(_ chunk: [UInt8], limit: Int) throws(CompressionError) -> [UInt8]? {
        guard !isBroken else { throw CompressionError(code: .broken, reason: "the context is lost") }
        guard pending.count + chunk.count <= limit else {
            isBroken = true
            throw CompressionError(code: .tooLarge, reason: "more than \(limit) bytes without a flush")
        }
        pending.append(contentsOf: chunk)
        guard pending.suffix(4).elementsEqual(Self.flushMark) else { return nil }
        var input = pending
        pending = []
        do throws(CompressionError) {
            return try run(&input, limit: limit)
        } catch {
            isBroken = true
            throw error
        }
    }

    private func run(_ input: inout [UInt8], limit: Int) throws(CompressionError) -> [UInt8] {
        let outcome = input.withUnsafeMutableBufferPointer { source in
            Result { () throws(CompressionError) in
                stream.pointee.next_in = source.baseAddress
                stream.pointee.avail_in = uInt(source.count)
                defer {
                    stream.pointee.next_in = nil
                    stream.pointee.avail_in = 0
                }
                return try drain(limit: limit)
            }
        }
        return try outcome.get()
    }

    private func drain(limit: Int) throws(CompressionError) -> [UInt8] {
        var output: [UInt8] = []
        while true {
            // One byte above the limit tells "too large" from "just fits".
            let room = min(max(Self.outputStep, output.count), limit + 1 - output.count)
            var status = Z_OK
            let step = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = uInt(room)
                status = CZlib.inflate(stream, Z_SYNC_FLUSH)
                count = room - Int(stream.pointee.avail_out)
            }
            output.append(contentsOf: step)
            switch status {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END: throw CompressionError(code: .ended, reason: "the peer ended its zlib stream")
            default: throw CompressionError(code: .corrupt, reason: message(for: status))
            }
            if output.count > limit {
                throw CompressionError(code: .tooLarge, reason: "a message inflates past \(limit) bytes")
            }
            if step.count < room { return output }
        }
    }

    private func message(for status: CInt) -> String {
        guard let text = stream.pointee.msg else { return "inflate answered \(status)" }
        return String(cString: text)
    }
}
