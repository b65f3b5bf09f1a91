/// What the hub tells the viewers' loops; each loop gets it in the order it was posted.
package enum HubMessage: Sendable {
    case batch(DeliverableBatch)
    /// Viewers see something else, without an event.
    case moves([SightMove])
    case opened(OpeningKey, Opening)
    /// There is no saying now how such a stream opens.
    case unavailable(OpeningKey)
    case snapshot(GroupKey, StreamSnapshot)
    /// A guild that the group names is not known any more.
    case noSnapshot(GroupKey)
    /// A shard is loaded anew, or the loop was handed more than it took: what its streams were sent does not go on.
    case startedOver
}
