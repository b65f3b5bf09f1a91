import WebSocketWire

/// What the feed says, as whole frames: one text message each, unmasked (RFC 6455 section 5). specs/events.md has their form.
package enum FeedMessage {
    package enum Kind: String, Sendable {
        case event, snapshot, reset
    }

    /// `data` is an envelope, carried as it is. Ids and names are of our own making and need no escapes.
    package static func message(_ kind: Kind, id: String, name: String, data: ArraySlice<UInt8>) -> [UInt8] {
        let before = "{\"type\":\"\(kind.rawValue)\",\"id\":\"\(id)\",\"event\":\"\(name)\",\"data\":"
        let count = before.utf8.count + data.count + 1
        var frame: [UInt8] = []
        frame.reserveCapacity(count + WebSocketFrameWriter.headerBytesMax)
        WebSocketFrameWriter.appendHeader(.text, payloadCount: count, to: &frame)
        frame += before.utf8
        frame += data
        frame.append(UInt8(ascii: "}"))
        return frame
    }

    /// Up to where the log was looked at, with nothing to show: who comes back may say this id.
    package static func position(id: String) -> [UInt8] { text("{\"type\":\"position\",\"id\":\"\(id)\"}") }

    /// When to come again; a close frame follows.
    package static func retry(milliseconds: Int) -> [UInt8] {
        text("{\"type\":\"retry\",\"milliseconds\":\(milliseconds)}")
    }

    private static func text(_ text: String) -> [UInt8] {
        WebSocketFrameWriter.frame(.text, Array(text.utf8), mask: nil)
    }

    /// Nothing may follow it.
    package static func close(_ code: UInt16, _ reason: String) -> [UInt8] {
        WebSocketFrameWriter.frame(
            .close,
            WebSocketFrameWriter.closePayload(code: code, reason: reason),
            mask: nil
        )
    }

    /// The answer to the client's close frame: the code that it gave, if it gave one.
    package static func closed(by payload: [UInt8]) -> [UInt8] {
        WebSocketFrameWriter.frame(.close, payload.prefix(2), mask: nil)
    }

    /// The answer to a ping.
    package static func pong(_ payload: [UInt8]) -> [UInt8] {
        WebSocketFrameWriter.frame(.pong, payload, mask: nil)
    }
}
