package import EventLoop

/// A connection that left its server to be kept as a bare descriptor, by the thousand (streams of events).
package final class DetachedConnection: Sendable {
    /// The descriptor, still registered for reading on the loop; nobody hears of it before `EventLoop.adopt`.
    package let registration: Registration
    /// Non-blocking; owned by the receiver now, which closes it, and deregisters it first where it was adopted.
    package var descriptor: CInt { registration.descriptor }
    /// The encoded response head, to be sent before anything else.
    package let head: [UInt8]
    /// What the client sent behind its request; one that wants no other protocol sends nothing.
    package let unread: [UInt8]
    package let loop: EventLoop
    package let remoteAddress: String

    init(
        registration: Registration,
        head: [UInt8],
        unread: [UInt8],
        loop: EventLoop,
        remoteAddress: String
    ) {
        self.registration = registration
        self.head = head
        self.unread = unread
        self.loop = loop
        self.remoteAddress = remoteAddress
    }
}

/// A connection that speaks another protocol now. The response head is on its way.
package struct UpgradedConnection: Sendable {
    package let stream: any ByteStream
    /// The first bytes of the other protocol, if some came with the request.
    package let unread: [UInt8]
    package var loop: EventLoop { stream.loop }
    package var remoteAddress: String { stream.remoteAddress }
}
