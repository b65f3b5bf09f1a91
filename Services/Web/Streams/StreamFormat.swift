import WebSocketWire

/// In what form a stream goes out. A group's ring holds each event in one form, so groups differ by it.
package enum StreamFormat: UInt8, Sendable, CaseIterable {
    /// Server-Sent Events: `StreamBlock`.
    case serverSent
    /// Text frames of a WebSocket: `FeedMessage`.
    case webSocket

    /// Why a stream ends that may be opened again.
    package enum Farewell: Sendable {
        /// There is no room, or no saying now how it opens.
        case later
        /// The replica goes down.
        case restart
    }

    package func event(id: String, name: String, data: ArraySlice<UInt8>) -> [UInt8] {
        switch self {
        case .serverSent: StreamBlock.event(id: id, name: name, data: data)
        case .webSocket: FeedMessage.message(.event, id: id, name: name, data: data)
        }
    }

    /// What a viewer begins with, or starts over with.
    package func snapshot(id: String, data: [UInt8], isReset: Bool) -> [UInt8] {
        let name = isReset ? "reset" : "snapshot"
        return switch self {
        case .serverSent: StreamBlock.event(id: id, name: name, data: data[...])
        case .webSocket:
            FeedMessage.message(isReset ? .reset : .snapshot, id: id, name: name, data: data[...])
        }
    }

    /// The position scanned, where nothing else has been said for as long as a beat.
    package func beat(id: String) -> [UInt8] {
        switch self {
        case .serverSent: StreamBlock.beat(id: id)
        case .webSocket: FeedMessage.position(id: id)
        }
    }

    /// The last that a viewer gets who is to come again in so many milliseconds.
    package func farewell(milliseconds: Int, _ why: Farewell = .later) -> [UInt8] {
        switch self {
        case .serverSent: StreamBlock.retry(milliseconds: milliseconds)
        case .webSocket: FeedMessage.retry(milliseconds: milliseconds) + Self.close(why)
        }
    }

    private static func close(_ why: Farewell) -> [UInt8] {
        switch why {
        case .later: FeedMessage.close(WebSocketCloseCode.tryAgainLater, "come again later")
        case .restart: FeedMessage.close(WebSocketCloseCode.serviceRestart, "the replica is going down")
        }
    }

    /// The last that a viewer gets whose session or key counts no more. An EventSource learns it when it comes again.
    package var ended: [UInt8] {
        switch self {
        case .serverSent: []
        case .webSocket:
            FeedMessage.close(WebSocketCloseCode.policyViolation, "the session or key has ended")
        }
    }
}
