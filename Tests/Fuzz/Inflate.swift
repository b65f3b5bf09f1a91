import Compression
import DiscordProtocol

/// Discord's compressed streams: what is inflated keeps to its limit, errors are final, messages survive the round trip.
func fuzzInflate(bytes: [UInt8]) throws {
    let limit = choice(of: [1 << 16, 1 << 16, 300], for: bytes)
    // One of them for each input: making a context costs more than using it.
    switch fingerprint(bytes) % 16 {
    case 0: try checkRoundTrips(bytes)
    case 1...8: try checkZlib(bytes, limit: limit)
    default: try checkZstd(bytes, limit: limit)
    }
}

private func checkZlib(_ bytes: [UInt8], limit: Int) throws {
    var inflater = try ZlibInflater()
    var isBroken = false
    for chunk in cut(bytes) + [[0x00, 0x00, 0xFF, 0xFF]] {
        do {
            guard let message = try inflater.inflate(chunk, limit: limit) else { continue }
            try checkMessage(message, limit: limit, isBroken: isBroken)
        } catch is CompressionError {
            isBroken = true
        }
    }
}

private func checkZstd(_ bytes: [UInt8], limit: Int) throws {
    var decompressor = try ZstdDecompressor()
    var isBroken = false
    for chunk in cut(bytes) {
        do {
            guard let message = try decompressor.decompress(chunk, limit: limit) else { continue }
            try checkMessage(message, limit: limit, isBroken: isBroken)
        } catch is CompressionError {
            isBroken = true
        }
    }
}

private func checkMessage(_ message: [UInt8], limit: Int, isBroken: Bool) throws {
    try hold(!isBroken, "a message after an error")
    try hold(message.count <= limit, "\(message.count) bytes of at most \(limit)")
    do { _ = try GatewayPayload(parsing: message) } catch {}
}

/// The input as two messages of one stream.
private func checkRoundTrips(_ bytes: [UInt8]) throws {
    guard !bytes.isEmpty else { return }
    var deflater = try ZlibDeflater(level: 1)
    var inflater = try ZlibInflater()
    var compressor = try ZstdCompressor(level: 1)
    var decompressor = try ZstdDecompressor()
    for _ in 0..<2 {
        var (inflated, decompressed): ([UInt8], [UInt8]) = ([], [])
        for chunk in cut(deflater.deflate(bytes)) {
            inflated += try inflater.inflate(chunk, limit: 1 << 20) ?? []
        }
        for chunk in cut(try compressor.compress(bytes)) {
            decompressed += try decompressor.decompress(chunk, limit: 1 << 20) ?? []
        }
        try hold(inflated == bytes, "zlib gives \(inflated.count) bytes of \(bytes.count)")
        try hold(decompressed == bytes, "zstd gives \(decompressed.count) bytes of \(bytes.count)")
    }
}
