/// What a connection takes and how long it waits. Each limit states its consequence.
package struct WebSocketLimits: Sendable, Equatable {
    /// A bigger message from the peer ends the connection with close code 1009.
    package var messageBytesMax = 16 << 20
    /// Bytes that may wait for the peer. A message that would go past it is not sent and the connection is
    /// cut: the delegate hears of a close without a code.
    package var queuedBytesMax = 32 << 20
    /// After this time without a byte from the peer it is pinged.
    package var pingInterval = Duration.seconds(20)
    /// A peer that sends nothing for this long after a ping is cut off.
    package var pongTimeout = Duration.seconds(10)
    /// A peer that does not answer our close frame, or does not end TCP after it, is cut off.
    package var closeTimeout = Duration.seconds(5)

    package init() {}

    package static let standard = WebSocketLimits()
}
