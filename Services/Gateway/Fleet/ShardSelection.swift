package import EventModels

/// `DISCORD_SHARDS`: which of the bot's shards this process runs.
package enum ShardSelection: Sendable, Equatable {
    /// All, as many as Discord recommends.
    case auto
    /// These of so many; the others are other processes'.
    case some([ShardName])

    /// Shards of one process: each has a socket, a folder and a fold of its own.
    package static let perProcessMax = 1024

    /// `auto`, `a/n` or `a-b/n` with 0 ≤ a ≤ b < n; nil for anything else.
    package init?(_ text: String) {
        if text == "auto" {
            self = .auto
            return
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let range = parts.first?.split(separator: "-", omittingEmptySubsequences: false) ?? []
        guard parts.count == 2, 1...2 ~= range.count, let first = Int(range[0]),
            let last = Int(range[range.count - 1]), let count = Int(parts[1]),
            first <= last, last - first < Self.perProcessMax,
            ShardName(index: first, count: count) != nil, ShardName(index: last, count: count) != nil
        else { return nil }
        self = .some((first...last).compactMap { ShardName(index: $0, count: count) })
    }

    /// How many shards `auto` means: what Discord recommends, but never fewer than before, since each change of the number
    /// ends every session. Without an answer of Discord the number of before; nil where there is none either.
    package static func count(recommended: Int?, before: Int?) -> Int? {
        guard let known = [recommended, before].compactMap({ $0 }).max() else { return nil }
        return min(max(1, known), perProcessMax)
    }

    package static func all(of count: Int) -> [ShardName] {
        (0..<count).compactMap { ShardName(index: $0, count: count) }
    }
}
