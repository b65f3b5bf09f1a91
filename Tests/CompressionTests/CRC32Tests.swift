import Compression
import Testing

@Suite struct CRC32Tests {
    /// Bit by bit, as ISO 3309 says it.
    private static func plain(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }

    @Test func `it is the standard's, of every length and from every place`() {
        #expect(CRC32.of(Array("123456789".utf8)) == 0xCBF4_3926)
        let bytes = (0..<700).map { UInt8(truncatingIfNeeded: ($0 * 2_654_435_761) >> 13) }
        // Blocks of 16 and 64 bytes are taken together, and what is left by itself.
        for count in 0...bytes.count {
            #expect(CRC32.of(Array(bytes[..<count])) == Self.plain(bytes[..<count]))
            #expect(CRC32.of(bytes, from: bytes.count - count) == Self.plain(bytes.suffix(count)))
        }
        #expect(CRC32.of([UInt8](repeating: 0, count: 100)) == Self.plain([UInt8](repeating: 0, count: 100)))
    }
}
