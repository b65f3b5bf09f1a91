internal import Compression
internal import WebSocketTransport

/// Puts payloads on one connection, in the compression that the client asked for.
final class PayloadEncoder {
    enum Mode: String { case none, zlib = "zlib-stream", zstd = "zstd-stream" }

    private let mode: Mode
    private var zlib: ZlibDeflater?
    private var zstd: ZstdCompressor?

    init(_ mode: Mode) throws(CompressionError) {
        self.mode = mode
        switch mode {
        case .none: break
        case .zlib: zlib = try ZlibDeflater()
        case .zstd: zstd = try ZstdCompressor()
        }
    }

    func send(_ payload: [UInt8], on socket: WebSocketConnection) {
        switch mode {
        case .none: socket.send(text: payload)
        case .zlib:
            if let bytes = zlib?.deflate(payload) { socket.send(binary: bytes) }
        case .zstd:
            if let bytes = try? zstd?.compress(payload) { socket.send(binary: bytes) } else { socket.abort() }
        }
    }
}
