internal import CZlib

/// The sending side of `zlib-stream`: one context per connection, Z_SYNC_FLUSH after each message.
package struct ZlibDeflater: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    private static let outputStep = 16 * 1024

    /// `level` is zlib's: 1 is fast, 9 is small.
    package init(level: Int = 6) throws(CompressionError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let size = CInt(MemoryLayout<z_stream>.size)
        guard deflateInit_(stream, CInt(level), ZLIB_VERSION, size) == Z_OK else {
            stream.deallocate()
            throw CompressionError(code: .unavailable, reason: "deflateInit failed at level \(level)")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// The message's bytes on the wire; they end with `00 00 FF FF`. Not for empty messages, which may give nothing.
    package mutating func deflate(_ bytes: [UInt8]) -> [UInt8] {
        var input = bytes
        return input.withUnsafeMutableBufferPointer { source in
            stream.pointee.next_in = source.baseAddress
            stream.pointee.avail_in = uInt(source.count)
            defer {
                stream.pointee.next_in = nil
                stream.pointee.avail_in = 0
            }
            var output: [UInt8] = []
            while true {
                let step = [UInt8](unsafeUninitializedCapacity: Self.outputStep) { buffer, count in
                    stream.pointee.next_out = buffer.baseAddress
                    stream.pointee.avail_out = uInt(buffer.count)
                    // Z_BUF_ERROR only says that nothing was left to do: deflate has no other failure in use.
                    _ = CZlib.deflate(stream, Z_SYNC_FLUSH)
                    count = buffer.count - Int(stream.pointee.avail_out)
                }
                output.append(contentsOf: step)
                if stream.pointee.avail_out > 0 { return output }
            }
        }
    }
}
