package import EventLoop

/// A connection that left its server to be kept as a bare descriptor, by the thousand (server-sent events).
package struct DetachedConnection: Sendable {
    /// Non-blocking; owned by the receiver now, which closes it.
    package let descriptor: CInt
    /// The encoded response head, to be sent before anything else.
    package let head: [UInt8]
    /// What the client sent behind its request; a well-behaved one sends nothing.
    package let unread: [UInt8]
    package let loop: EventLoop
    package let remoteAddress: String
}

/// A connection that speaks another protocol now. The response head is on its way.
package struct UpgradedConnection: Sendable {
    package let stream: any ByteStream
    /// The first bytes of the other protocol, if some came with the request.
    package let unread: [UInt8]
    package var loop: EventLoop { stream.loop }
    package var remoteAddress: String { stream.remoteAddress }
}
