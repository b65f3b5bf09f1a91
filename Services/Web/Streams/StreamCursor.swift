package import EventModels

/// What a stream has seen: the last id of each shard in it, in the order of the shards' names.
///
/// On the wire the ids joined by `~`; opaque to clients.
package struct StreamCursor: Sendable, Hashable {
    package var ids: [EventID]

    package init(ids: [EventID]) { self.ids = ids }

    /// Nil for anything that is not one id or more, or too long to be a cursor of ours.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.textBytesMax else { return nil }
        var ids: [EventID] = []
        for part in text.split(separator: "~", omittingEmptySubsequences: false) {
            guard let id = EventID(part) else { return nil }
            ids.append(id)
        }
        self.ids = ids
    }

    /// A header of this length has some hundred shards in it.
    package static let textBytesMax = 8_000

    package var text: String { ids.map(\.description).joined(separator: "~") }

    /// Whether a viewer at `left` has not seen all that one at `right` has.
    package static func isBehind(_ left: StreamCursor, _ right: StreamCursor) -> Bool {
        zip(left.ids, right.ids).contains { $0 < $1 }
    }
}
