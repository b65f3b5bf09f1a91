/// Viewers with equal keys see the same bytes: one ring serves them all.
package struct GroupKey: Sendable, Hashable {
    package let filter: StreamFilter
    package let sight: SightID

    package init(filter: StreamFilter, sight: SightID) {
        self.filter = filter
        self.sight = sight
    }
}
