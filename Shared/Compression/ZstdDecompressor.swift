internal import CZstd

/// Discord's `zstd-stream`: one zstd frame for the life of a connection, a flush after each message.
///
/// zstd marks no message ends; one WebSocket message in is one message out. See RFC 8878.
package struct ZstdDecompressor: ~Copyable {
    private let context: OpaquePointer
    private var isBroken = false
    /// The largest window accepted, 2^25 bytes = 32 MiB: what a peer can make this side allocate.
    private static let windowLogMax: CInt = 25

    package init() throws(CompressionError) {
        guard let context = ZSTD_createDCtx() else {
            throw CompressionError(code: .unavailable, reason: "ZSTD_createDCtx failed")
        }
        ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.windowLogMax)
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    /// What this chunk gives, at most `limit` bytes; nil when nothing comes out yet. Every error is final.
    package mutating func decompress(_ chunk: [UInt8], limit: Int) throws(CompressionError) -> [UInt8]? {
        guard !isBroken else { throw CompressionError(code: .broken, reason: "the context is lost") }
        let outcome = chunk.withUnsafeBytes { source in
            Result { () throws(CompressionError) in try drain(source, limit: limit) }
        }
        switch outcome {
        case .success(let output): return output.isEmpty ? nil : output
        case .failure(let error):
            isBroken = true
            throw error
        }
    }

    private func drain(_ source: UnsafeRawBufferPointer, limit: Int) throws(CompressionError) -> [UInt8] {
        var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        var output: [UInt8] = []
        while true {
            let room = min(max(ZSTD_DStreamOutSize(), output.count), limit + 1 - output.count)
            var status = 0
            let step = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                var target = ZSTD_outBuffer(dst: buffer.baseAddress, size: room, pos: 0)
                status = ZSTD_decompressStream(context, &target, &input)
                count = target.pos
            }
            guard ZSTD_isError(status) == 0 else {
                throw CompressionError(code: .corrupt, reason: String(cString: ZSTD_getErrorName(status)))
            }
            output.append(contentsOf: step)
            if output.count > limit {
                throw CompressionError(code: .tooLarge, reason: "a message grows past \(limit) bytes")
            }
            if status == 0, input.size > 0 {
                throw CompressionError(code: .ended, reason: "the peer ended its zstd frame")
            }
            if input.pos == input.size, step.count < room { return output }
        }
    }
}
