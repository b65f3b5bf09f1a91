internal import CZstd

/// The sending side of `zstd-stream`: one frame per connection, flushed after each message.
package struct ZstdCompressor: ~Copyable {
    private let context: OpaquePointer

    /// `level` is zstd's: 1 is fast, 19 is small.
    package init(level: Int = 3) throws(CompressionError) {
        guard let context = ZSTD_createCCtx() else {
            throw CompressionError(code: .unavailable, reason: "ZSTD_createCCtx failed")
        }
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, CInt(level))
        self.context = context
    }

    deinit { ZSTD_freeCCtx(context) }

    /// The message's bytes on the wire.
    package mutating func compress(_ bytes: [UInt8]) throws(CompressionError) -> [UInt8] {
        let outcome = bytes.withUnsafeBytes { source in
            Result { () throws(CompressionError) in try flush(source) }
        }
        return try outcome.get()
    }

    private func flush(_ source: UnsafeRawBufferPointer) throws(CompressionError) -> [UInt8] {
        var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        var output: [UInt8] = []
        while true {
            var remaining = 0
            let step = [UInt8](unsafeUninitializedCapacity: ZSTD_CStreamOutSize()) { buffer, count in
                var target = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
                remaining = ZSTD_compressStream2(context, &target, &input, ZSTD_e_flush)
                count = target.pos
            }
            guard ZSTD_isError(remaining) == 0 else {
                throw CompressionError(code: .broken, reason: String(cString: ZSTD_getErrorName(remaining)))
            }
            output.append(contentsOf: step)
            if remaining == 0 { return output }
        }
    }
}
