/// Viewers with equal keys see the same bytes: one ring serves them all.
package struct GroupKey: Sendable, Hashable {
    package let filter: StreamFilter
    package let sight: SightID
    package let format: StreamFormat

    package init(filter: StreamFilter, sight: SightID, format: StreamFormat) {
        self.filter = filter
        self.sight = sight
        self.format = format
    }

    /// The same wishes with another sight.
    package func seeing(_ sight: SightID) -> GroupKey {
        GroupKey(filter: filter, sight: sight, format: format)
    }
}
