internal import Compression

/// Encodes pictures as PNG (W3C, "PNG Specification"): 8-bit RGB, no interlace.
enum PNG {
    static func encode(width: Int, height: Int, pixels: [UInt8]) -> [UInt8]? {
        guard let packed = deflated(filtered(width: width, height: height, pixels)) else { return nil }
        var out: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        chunk("IHDR", big(UInt32(width)) + big(UInt32(height)) + [8, 2, 0, 0, 0], into: &out)
        chunk("IDAT", packed, into: &out)
        chunk("IEND", [], into: &out)
        return out
    }

    /// Each row as the difference to the one above it (filter 2): gradients and flat shapes become zeros.
    private static func filtered(width: Int, height: Int, _ pixels: [UInt8]) -> [UInt8] {
        let stride = width * 3
        var out: [UInt8] = []
        out.reserveCapacity((stride + 1) * height)
        for row in 0..<height {
            out.append(2)
            for column in 0..<stride {
                let above = row == 0 ? 0 : pixels[(row - 1) * stride + column]
                out.append(pixels[row * stride + column] &- above)
            }
        }
        return out
    }

    /// A whole zlib stream out of one flushed block: an empty last block (RFC 1951, 3.2.4) and the checksum end it.
    private static func deflated(_ bytes: [UInt8]) -> [UInt8]? {
        guard var deflater = try? ZlibDeflater(level: 9) else { return nil }
        return deflater.deflate(bytes) + [0x01, 0x00, 0x00, 0xFF, 0xFF] + big(adler(bytes))
    }

    private static func adler(_ bytes: [UInt8]) -> UInt32 {
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return b << 16 | a
    }

    private static func chunk(_ type: String, _ data: [UInt8], into out: inout [UInt8]) {
        let body = Array(type.utf8) + data
        out += big(UInt32(data.count)) + body + big(checksum(body))
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes { crc = table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ crc >> 8 }
        return ~crc
    }

    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index)
        for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
        return value
    }

    private static func big(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }
}
