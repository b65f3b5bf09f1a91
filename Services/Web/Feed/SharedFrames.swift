import EventModels

/// A batch's events as the feed's frames, for all groups of a loop: each is made when the first of them wants it. Where
/// nobody follows the feed none is, which is why they are not the event's own, as its SSE block is.
package struct SharedFrames {
    private var frames: [EventID: [UInt8]] = [:]

    package init() {}

    /// Of an event whose id is the cursor behind it.
    mutating func frame(of event: DeliverableEvent) -> [UInt8] {
        if let frame = frames[event.id] { return frame }
        let id = event.id.description
        let frame = FeedMessage.message(.event, id: id, name: event.name, data: event.envelope)
        frames[event.id] = frame
        return frame
    }
}
