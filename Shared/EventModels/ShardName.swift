internal import Base

/// One of a bot's shards, `index/count`: the name of a log.
package struct ShardName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let index: Int
    package let count: Int

    /// Most shards that a name may speak of; Discord's largest bots have some thousands.
    package static let countMax = 65_536

    /// Nil unless 0 ≤ index < count ≤ `countMax`.
    package init?(index: Int, count: Int) {
        guard 0 <= index, index < count, count <= Self.countMax else { return nil }
        self.index = index
        self.count = count
    }

    /// `0/1`: two decimal numbers and a slash.
    package init?(_ text: some StringProtocol) {
        let parts = Array(text.utf8).split(separator: 0x2F, omittingEmptySubsequences: false)
        guard parts.count == 2, let index = UInt64(decimal: parts[0]), let count = UInt64(decimal: parts[1]),
            count <= Self.countMax
        else { return nil }
        self.init(index: Int(clamping: index), count: Int(clamping: count))
        guard description.utf8.elementsEqual(text.utf8) else { return nil }
    }

    /// The only shard of a small bot.
    package static let only = ShardName(unchecked: 0, 1)

    private init(unchecked index: Int, _ count: Int) {
        self.index = index
        self.count = count
    }

    package var description: String { "\(index)/\(count)" }

    package static func < (left: Self, right: Self) -> Bool {
        left.count != right.count ? left.count < right.count : left.index < right.index
    }
}
