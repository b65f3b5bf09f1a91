internal import CZlib

/// The CRC-32 of zlib, gzip and PNG (ISO 3309), for telling damage from data.
package enum CRC32 {
    /// Of the bytes from `start` to the end.
    package static func of(_ bytes: [UInt8], from start: Int = 0) -> UInt32 { of(bytes[start...]) }

    package static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBufferPointer { guildwire_crc32($0.baseAddress, $0.count) }
    }
}
