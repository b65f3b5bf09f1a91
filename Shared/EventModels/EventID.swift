internal import Base

/// The place of an event in its shard's order: `<epoch>-<number>`, two unsigned integers.
///
/// The epoch belongs to a Discord session (milliseconds at its start, or later), the number is `s·2^20 + k`: Discord's
/// number of the dispatch and the ordinal of the event within it. A dispatch that Discord sends again makes the same
/// ids. Compare as two integers, never as text; the epoch is not the event's time.
package struct EventID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let epoch: UInt64
    package let number: UInt64

    /// Bits of `number` that hold the ordinal.
    package static let ordinalBits: UInt64 = 20
    /// Ordinals from here on belong to events that workers ask for, not to the dispatch itself.
    package static let ordinalOfWorkers: UInt64 = 1 << 19
    /// The ordinal of the `log.gap` that may stand between a dispatch and the next one.
    package static let ordinalOfGap: UInt64 = 1 << 20 - 1

    package init(epoch: UInt64, number: UInt64) {
        self.epoch = epoch
        self.number = number
    }

    package init(epoch: UInt64, sequence: UInt64, ordinal: UInt64) {
        precondition(ordinal <= Self.ordinalOfGap, "an ordinal has 20 bits")
        self.init(epoch: epoch, number: sequence << Self.ordinalBits + ordinal)
    }

    /// Two decimal numbers without leading zeros, joined by one hyphen; nothing else.
    package init?(_ text: some StringProtocol) { self.init(bytes: text.utf8) }

    /// The same from ASCII bytes.
    package init?(bytes: some Collection<UInt8>) { self.init(bytes: Array(bytes)[...]) }

    /// The same of what stands in a text, without generic code.
    package init?(bytes: ArraySlice<UInt8>) {
        guard let hyphen = bytes.firstIndex(of: 0x2D) else { return nil }
        let (first, second) = (bytes[..<hyphen], bytes[(hyphen + 1)...])
        guard Self.isPlain(first), Self.isPlain(second), let epoch = UInt64(decimal: first),
            let number = UInt64(decimal: second)
        else { return nil }
        self.init(epoch: epoch, number: number)
    }

    private static func isPlain(_ digits: ArraySlice<UInt8>) -> Bool {
        digits.first != 0x30 || digits.count == 1
    }

    /// The dispatch that made the event, as Discord numbered it.
    package var sequence: UInt64 { number >> Self.ordinalBits }
    package var ordinal: UInt64 { number & (1 << Self.ordinalBits - 1) }

    package var description: String { "\(epoch)-\(number)" }

    package static func < (left: Self, right: Self) -> Bool {
        left.epoch != right.epoch ? left.epoch < right.epoch : left.number < right.number
    }
}
