/// Discord's 64-bit id: 42 bits of milliseconds since 2015, worker, process, increment.
///
/// A decimal string on every wire. See reference "1.1 Snowflakes" of Discord's API documentation.
package struct Snowflake: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UInt64

    /// 2015-01-01T00:00:00Z in Unix milliseconds.
    package static let epochUnixMilliseconds: UInt64 = 1_420_070_400_000

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// Decimal digits only; no sign, no blanks, at most 20 digits, not past 2^64 - 1.
    package init?(_ text: some StringProtocol) {
        guard let value = UInt64(decimal: text.utf8) else { return nil }
        rawValue = value
    }

    package var description: String { String(rawValue) }

    /// When the thing with this id was made, in Unix milliseconds.
    package var unixMilliseconds: UInt64 { (rawValue >> 22) + Self.epochUnixMilliseconds }

    /// The shard that Discord sends this guild's events to, of `shardCount`.
    package func shard(of shardCount: Int) -> Int { Int((rawValue >> 22) % UInt64(shardCount)) }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension Snowflake {
    /// Drawn for each process, as a `Hasher`'s is: nobody outside knows which ids share a place.
    private static let secret: UInt64 = {
        var hasher = Hasher()
        hasher.combine(0)
        return UInt64(truncatingIfNeeded: hasher.finalize())
    }()

    /// What a table of ids asks for. A `Hasher` would do 200 instructions' work for eight bytes, and ids are looked for a dozen times
    /// in each dispatch. Two rounds of folding and multiplying: each bit of the id reaches every bit of the answer.
    package func _rawHashValue(seed: Int) -> Int {
        let factor: UInt64 = 0xD6E8_FEB8_6659_FD93
        var mixed = rawValue ^ Self.secret ^ UInt64(bitPattern: Int64(seed))
        mixed = (mixed ^ mixed >> 32) &* factor
        mixed = (mixed ^ mixed >> 32) &* factor
        return Int(truncatingIfNeeded: mixed ^ mixed >> 32)
    }
}

extension UInt64 {
    /// Reads decimal digits and nothing else: no sign, no blanks, 1 to 20 digits, refuses overflow.
    package init?(decimal digits: some Sequence<UInt8>) {
        guard let value = Self.value(of: digits) else { return nil }
        self = value
    }

    /// The same of what stands in a text, which other modules ask for several times an event: no generic code is run for it.
    package init?(decimal digits: ArraySlice<UInt8>) {
        guard let value = Self.value(of: digits) else { return nil }
        self = value
    }

    @inline(__always)
    private static func value(of digits: some Sequence<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        var count = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39, count < 20 else { return nil }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(digit - 0x30))
            guard !overflow, !carry else { return nil }
            value = sum
            count += 1
        }
        return count > 0 ? value : nil
    }
}
