internal import Base
internal import CLinux
internal import Glibc

/// The kernel's random numbers, good for keys and for jitter alike.
package enum RandomSource {
    package static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { buffer -> Int in
                guard let start = buffer.baseAddress else { return 0 }
                return getrandom(start + filled, count - filled, 0)
            }
            if got > 0 {
                filled += got
                continue
            }
            precondition(errno == EINTR, "getrandom: the kernel gives no random numbers")
        }
        return bytes
    }

    package static func uint64() -> UInt64 { bytes(8).reduce(0) { $0 << 8 | UInt64($1) } }

    /// A number in 0..<1. Taken from a supply, since some callers want one for each message and a system call costs as much as
    /// reading it does.
    package static func unit() -> Double {
        let number = supply.withLock { supply in
            if supply.isEmpty { supply = refill() }
            return supply.removeLast()
        }
        return Double(number >> 11) * 0x1p-53
    }

    private static let supply = Locked<[UInt64]>([])
    private static let supplyCount = 64

    private static func refill() -> [UInt64] {
        let bytes = bytes(supplyCount * 8)
        return stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    /// `count` random bytes as lower-case hexadecimal.
    package static func hex(_ count: Int) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes(count).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self
        )
    }
}
