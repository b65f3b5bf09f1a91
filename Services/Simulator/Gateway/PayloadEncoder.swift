internal import Compression
internal import WebSocketTransport

/// Puts payloads on one connection, in the compression that the client asked for.
final class PayloadEncoder {
    enum Mode: String { case none, zlib = "zlib-stream", zstd = "zstd-stream" }

    private let mode: Mode
    private var isCompressingPayloads = false
    /// Smaller payloads stay text where payloads are compressed one by one.
    private static let blobBytesMin = 1024
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

    /// The `compress` of IDENTIFY. Discord, "Payload Compression"; it excludes a compressed transport, which wins here.
    func compressPayloads() { isCompressingPayloads = true }

    /// For people: what the connection's compression is called.
    var name: String { mode == .none && isCompressingPayloads ? "payload" : mode.rawValue }

    /// One zlib text of its own (RFC 1950): what a stream would flush, then an empty last block and the checksum.
    static func blob(_ payload: [UInt8]) -> [UInt8]? {
        guard var deflater = try? ZlibDeflater() else { return nil }
        var bytes = deflater.deflate(payload) + [1, 0, 0, 0xFF, 0xFF]
        let sum = adler32(payload)
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: sum >> UInt32(shift))) }
        return bytes
    }

    private static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return high << 16 | low
    }

    func send(_ payload: [UInt8], on socket: WebSocketConnection) {
        switch mode {
        case .none:
            if isCompressingPayloads, payload.count >= Self.blobBytesMin, let blob = Self.blob(payload) {
                socket.send(binary: blob)
            } else {
                socket.send(text: payload)
            }
        case .zlib:
            if let bytes = zlib?.deflate(payload) { socket.send(binary: bytes) }
        case .zstd:
            if let bytes = try? zstd?.compress(payload) { socket.send(binary: bytes) } else { socket.abort() }
        }
    }
}
