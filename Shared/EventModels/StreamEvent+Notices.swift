internal import Base
internal import JSON

extension StreamEvent {
    /// `log.gap` in front of `next`, under the id before it: events behind `after` (nil: from the start) are missing.
    package init(gapBefore next: StreamEvent, after: EventID?) {
        precondition(next.id.number > 0, "in front of number 0 there is no id left")
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("after", after?.description)
        writer.member("before", next.id.description)
        writer.endObject()
        self.init(
            id: EventID(epoch: next.id.epoch, number: next.id.number - 1),
            kind: .logGap,
            guild: .init(0),
            ts: next.ts,
            payload: writer.takeBytes()
        )
    }

    /// `event.quarantined` in the place of an event that cannot be carried: its id, guild and time, not what it says.
    package init(quarantining event: StreamEvent, reason: String) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("kind", event.name)
        writer.member("reason", reason)
        writer.endObject()
        self.init(
            id: event.id,
            kind: .eventQuarantined,
            guild: event.guild,
            ts: event.ts,
            payload: writer.takeBytes()
        )
    }
}
