package import HTTPWire

/// What a server grants its clients before it stops being polite. Each limit states its consequence.
package struct HTTPServerLimits: Sendable {
    /// Lines, heads and bodies; see there.
    package var wire = HTTPLimits.standard
    /// Connections at once, those given away (`.detach`, `.upgrade`) not counted. One more takes the place of
    /// one that has been waited for longest, if that is for `patience`; where there is none, it is answered with
    /// 503 and `Retry-After: 1`, and closed.
    package var connectionsMax = 4_096
    /// How long a client may be waited for, be it for a request, the rest of one, or its reading, before its
    /// connection can be closed in favour of another.
    package var patience = Duration.seconds(1)
    /// From the first byte of a request, or from connecting, to the end of its head. Then 408 and close.
    package var headTimeout = Duration.seconds(10)
    /// From the end of the head to the end of the body. Then 408 and close.
    package var bodyTimeout = Duration.seconds(30)
    /// Between requests. Then close without a word.
    package var idleTimeout = Duration.seconds(75)
    /// For a handler to give its response. Then its task is cancelled, and 503 and close.
    package var handlerTimeout = Duration.seconds(60)
    /// In this time a client must take `writeBytesMin` of what waits for it, or all of it. Or it is cut off.
    package var writeTimeout = Duration.seconds(20)
    package var writeBytesMin = 16_384
    /// Response bytes that may wait: past it the rest of a body is held back, and so is the next pipelined request.
    package var queuedBytesMax = 65_536
    /// Request bytes held for later while one is handled; past it the connection is not read.
    package var unreadBytesMax = 65_536

    package init() {}

    package init(bodyBytesMax: Int) { wire = HTTPLimits(bodyBytesMax: bodyBytesMax) }

    package static let standard = HTTPServerLimits()
}
