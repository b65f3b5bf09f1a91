import EventModels
import JSON

/// StreamEvent, EventFrame and GuildState: decode(encode(x)) is x, and states hold together under any events.
func fuzzEnvelope(bytes: [UInt8]) throws {
    for line in lines(bytes) {
        let line = Array(line)
        try checkEvent(line)
        if let state = GuildState(decoding: line) { try checkState(state) }
        guard let frame = frame(line) else { continue }
        try checkFrame(frame)
    }
    try checkStates(lines(bytes).flatMap { frame(Array($0))?.events ?? [] })
}

private func frame(_ bytes: [UInt8]) -> EventFrame? {
    do throws(EventFrameError) { return try EventFrame(decoding: bytes) } catch { return nil }
}

private func event(_ bytes: [UInt8]) -> StreamEvent? {
    do throws(EnvelopeError) { return try StreamEvent(parsing: bytes) } catch { return nil }
}

private func checkEvent(_ bytes: [UInt8]) throws(FuzzFailure) {
    guard let event = event(bytes) else { return }
    try hold(event.envelope == bytes, "the envelope is not carried unchanged")
    try hold(event.payloadBytes.first == 0x7B && event.payloadBytes.last == 0x7D, "a payload of no object")
    try hold(EventID(event.id.description) == event.id, "another id: \(event.id)")
    guard let kind = event.kind else { return }
    let again = StreamEvent(
        id: event.id,
        kind: kind,
        guild: event.guild,
        ts: event.ts,
        payload: Array(event.payloadBytes)
    )
    // The numbers of guild and time may have leading zeros.
    try hold(event.envelope.count > again.envelope.count || again == event, "made anew: \(text(bytes))")
}

private func checkFrame(_ frame: EventFrame) throws {
    try hold(EventFrame(decoding: frame.encoded()) == frame, "a frame changes: \(frame)")
    var before = frame.prev
    for event in frame.events {
        try hold(before.map { $0 < event.id } ?? true, "not ascending: \(frame)")
        before = event.id
        try hold(event.payload != nil, "a frame's payload is no JSON: \(text(event.envelope))")
        try hold(!event.envelope.contains { $0 < 0x20 }, "an envelope of more than one line")
    }
    try hold(frame.first <= frame.last && !frame.events.isEmpty, "ends before it begins")
}

private func checkStates(_ events: [StreamEvent]) throws(FuzzFailure) {
    var (states, again) = (GuildStates(), GuildStates())
    for event in events {
        states.apply(event)
        again.apply(event)
        if var alone = states[event.guild] { alone.apply(event) }
    }
    try hold(states == again, "the same events make two states")
    for id in states.ids {
        if let state = states[id] { try checkState(state) }
    }
}
