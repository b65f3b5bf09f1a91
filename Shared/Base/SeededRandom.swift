/// xoshiro256** seeded by SplitMix64: the same numbers for the same seed on every run and machine.
///
/// For simulation, tests and jitter; never for secrets. Algorithm: Blackman and Vigna, "Scrambled linear
/// pseudorandom number generators".
package struct SeededRandom: RandomNumberGenerator, Sendable, Equatable {
    private var a: UInt64, b: UInt64, c: UInt64, d: UInt64

    package init(seed: UInt64) {
        var state = seed
        func split(_ state: inout UInt64) -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        a = split(&state)
        b = split(&state)
        c = split(&state)
        d = split(&state)
    }

    package mutating func next() -> UInt64 {
        let result = Self.rotate(b &* 5, 7) &* 9
        let t = b << 17
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= t
        d = Self.rotate(d, 45)
        return result
    }

    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        (value << count) | (value >> (64 - count))
    }
}
