import WebSocketWire

/// What a client of the feed got: frames as a strict client reads them.
struct FeedTranscript {
    /// `event`, `snapshot` and `reset` messages in order: names and ids.
    private(set) var events: [(name: String, id: String)] = []
    /// The texts of all messages, in order.
    private(set) var messages: [String] = []
    private(set) var pongs: [[UInt8]] = []
    /// The close frame's code and reason.
    private(set) var closed: (code: UInt16, reason: String)?
    /// What a client would have refused, or that a frame is incomplete.
    private(set) var fault: String?

    init(_ bytes: some Sequence<UInt8>) {
        var machine = WebSocketMachine(role: .client, messageBytesMax: 64 << 20)
        machine.received(Array(bytes))
        while let action = machine.nextAction() {
            switch action {
            case .deliver(.text(let text)): take(String(decoding: text, as: UTF8.self))
            case .deliver(.binary): fault = "a binary message"
            case .sendPong: fault = "a ping"
            case .pongReceived(let payload): pongs.append(payload)
            case .finish(_, let code, let reason): closed = (code, reason)
            case .fail(_, let error): fault = error.reason
            }
        }
    }

    private mutating func take(_ text: String) {
        messages.append(text)
        // Of ours the members stand in one order; `data` may be megabytes and is not read here.
        let parts = text.prefix(400).split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count > 11, parts[1] == "type", parts[5] == "id", parts[9] == "event" else { return }
        events.append((String(parts[11]), String(parts[7])))
    }
}

/// What an EventSource got.
enum Said {
    static func events(in bytes: [UInt8]) -> [(name: String, id: String)] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n\n").compactMap { block in
            let lines = block.split(separator: "\n")
            guard let name = lines.first(where: { $0.hasPrefix("event: ") })?.dropFirst(7),
                let id = lines.first(where: { $0.hasPrefix("id: ") })?.dropFirst(4)
            else { return nil }
            return (String(name), String(id))
        }
    }
}
