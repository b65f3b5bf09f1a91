internal import CZlib

/// A whole file as gzip (RFC 1952), for `Content-Encoding: gzip`.
package enum Gzip {
    /// 16 beside the largest window asks zlib for gzip's frame in place of its own.
    private static let window: CInt = 15 + 16

    /// Equal bytes give equal output, at every process: no name and no time are written. Nil where zlib could not be set up.
    package static func compressed(_ bytes: [UInt8], level: Int = 9) -> [UInt8]? {
        var stream = z_stream()
        let size = CInt(MemoryLayout<z_stream>.size)
        guard
            deflateInit2_(
                &stream,
                CInt(level),
                Z_DEFLATED,
                window,
                8,
                Z_DEFAULT_STRATEGY,
                ZLIB_VERSION,
                size
            ) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, uLong(bytes.count)))
        var input = bytes
        var isWhole = false
        let output = input.withUnsafeMutableBufferPointer { source in
            stream.next_in = source.baseAddress
            stream.avail_in = uInt(source.count)
            return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
                stream.next_out = buffer.baseAddress
                stream.avail_out = uInt(buffer.count)
                isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
                count = buffer.count - Int(stream.avail_out)
            }
        }
        return isWhole ? output : nil
    }
}
