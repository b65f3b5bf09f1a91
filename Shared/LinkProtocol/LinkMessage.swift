internal import Base
package import EventModels
package import JSON

/// One text frame of the link, either direction: `{"type":…,"data":…,"ts":…}`. See specs/link.md.
package enum LinkMessage: Sendable, Equatable {
    /// Replica: who I am, which bus I write to and how far its logs reach.
    case hello(LinkHello)
    /// Gateway: which shards it has, and for which of them this replica is the publisher. Again at each change.
    case ready(gateway: String, shards: [LinkShard])
    /// Gateway, to a shard's publisher.
    case event(EventFrame)
    /// Replica: the bus holds everything up to `id`. With `resend`: an append was refused, the bus ends at `id`
    /// (nil: its log is empty), go on from there.
    case ack(shard: ShardName, id: EventID?, resend: Bool)
    /// Replica: whether its bus answers. Nothing said means that it does; said at each change.
    case status(isBusUp: Bool, reason: String)
    /// Either: I am about to close the link, for this reason. A replica has acknowledged what it was appending.
    case goodbye(reason: String)
    /// Replica or caller: answer this.
    case command(LinkCommand)
    /// Gateway: the answer.
    case result(LinkResult)
    /// A type of another version; ignored and counted.
    case unknown(type: String)

    /// The protocol's version, in `hello`.
    ///
    /// Raised only by what an older side would get wrong: unknown types and members are ignored.
    package static let version = 1
    /// `Sec-WebSocket-Protocol` of the link.
    package static let subprotocol = "guildwire.link.v1"
    /// Largest frame a side accepts, in bytes: a dispatch with a whole guild in it.
    package static let bytesMax = 64 << 20
}

package struct LinkHello: Sendable, Equatable {
    package enum Role: String, Sendable {
        /// Puts events on its bus, where it is asked to.
        case replica
        /// Gives commands only: it has no bus, and never is a publisher.
        case caller
    }

    package var version = LinkMessage.version
    package var role = Role.replica
    /// The random id that is kept in the bus; empty for a caller.
    package var bus: String
    /// Last id of each log that the bus has; nil for a log that is empty.
    package var tops: [ShardName: EventID?]
    /// The process' name: made anew at each start, kept when the same process links again.
    package var name: String

    package init(version: Int = LinkMessage.version, bus: String, tops: [ShardName: EventID?], name: String) {
        self.version = version
        self.bus = bus
        self.tops = tops
        self.name = name
    }

    /// A caller's.
    package init(caller name: String) {
        self.init(bus: "", tops: [:], name: name)
        role = .caller
    }

    /// The top of a log; nil where it is empty or not named.
    package func top(of shard: ShardName) -> EventID? { tops[shard] ?? nil }
}

package struct LinkShard: Sendable, Equatable {
    package let shard: ShardName
    package let publisher: Bool

    package init(shard: ShardName, publisher: Bool) {
        self.shard = shard
        self.publisher = publisher
    }
}

/// How a side of the link ends it when the other breaks the rules. Every code means: reconnect, with back-off.
package enum LinkCloseCode: UInt16, Sendable, CaseIterable {
    /// The process is being stopped; `goodbye` went before.
    case goingAway = 1001
    /// A frame that is no message.
    case malformed = 4400
    /// No `hello` within ten seconds, or something else before it, or a second one.
    case helloExpected = 4401
    /// Another bus than the one that the linked replicas name.
    case otherBus = 4403
    case version = 4406
    /// Nothing was acknowledged for too long while something was there to be.
    case stalled = 4408
    /// More was sent than was asked for.
    case overflow = 4413
}

/// A frame that is no message of the link.
package enum LinkMessageError: Error, Equatable {
    case notJSON(JSONError)
    case noType
    case missing(String)
    case event(EventFrameError)
}
