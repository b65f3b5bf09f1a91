import EventModels
import JSON

/// A state survives its encoding, and what viewers are shown of it is JSON in one line.
func checkState(_ state: GuildState) throws(FuzzFailure) {
    let bytes = state.encoded()
    guard let again = GuildState(decoding: bytes) else {
        throw FuzzFailure(description: "a state cannot be read: \(text(bytes))")
    }
    try hold(again == state, "a state changes: \(text(bytes))\n\(text(again.encoded()))")
    try hold(again.encoded() == bytes, "equal states, other bytes: \(text(bytes))")
    try hold(state.messages.count <= GuildState.messagesMax, "\(state.messages.count) messages")
    var writer = JSONWriter()
    state.encodeEveryoneView(into: &writer)
    try checkJSON(writer.takeBytes())
    try checkJSON(state.encodeView(visibleChannels: Set(state.channels.keys)))
}

/// Text that goes to browsers in one `data:` line.
func checkJSON(_ bytes: [UInt8]) throws(FuzzFailure) {
    try hold(!bytes.contains { $0 < 0x20 }, "more than one line: \(text(bytes))")
    do throws(JSONError) { _ = try JSONDocument(parsing: bytes) } catch {
        throw FuzzFailure(description: "no JSON (\(error)): \(text(bytes))")
    }
}
