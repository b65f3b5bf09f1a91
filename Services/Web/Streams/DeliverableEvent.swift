package import Base
package import EventModels

/// An event as the hub hands it to the viewers' loops: in the shard's order, with who may be shown it.
package struct DeliverableEvent: Sendable {
    package let id: EventID
    package let guild: Snowflake
    package let name: String
    package let showing: Showing
    /// What a stream of its shard alone gets, encoded once for all groups on all loops; empty where nobody is shown it.
    package let block: [UInt8]
    /// Where in `block` the envelope is.
    private let data: Range<Int>
    /// Of a move, for those who see only one of its channels.
    package let move: MoveViews?
    /// When the gateway made it, in Unix milliseconds.
    package let ts: Int64
    /// No replay is made of it; a group's ring may hold it for who comes back.
    private let isOfTheMoment: Bool

    package init(_ event: StreamEvent) {
        id = event.id
        guild = event.guild
        name = event.name
        showing = Showing(event)
        let isShown = showing != .nobody
        let envelope = event.envelope
        block = isShown ? StreamBlock.event(id: id.description, name: name, data: envelope[...]) : []
        data = isShown ? StreamBlock.data(of: envelope.count, in: block) : 0..<0
        if case .move = showing { move = MoveViews(event) } else { move = nil }
        ts = event.ts
        isOfTheMoment = event.kind?.isOfTheMoment ?? false
    }

    /// The same, for others to see.
    package init(_ event: DeliverableEvent, showing: Showing) {
        id = event.id
        guild = event.guild
        name = event.name
        self.showing = showing
        block = event.block
        data = event.data
        move = event.move
        ts = event.ts
        isOfTheMoment = event.isOfTheMoment
    }

    package var envelope: ArraySlice<UInt8> { block[data] }

    /// What viewers with a sight get of it: its name, the channels it speaks of, its envelope.
    package struct View: Sendable {
        package let name: String
        package let channels: [Snowflake]
        package let envelope: ArraySlice<UInt8>
        /// The event as it is: its `block` says the same.
        package let isWhole: Bool

        fileprivate init(_ event: DeliverableEvent, _ channels: [Snowflake]) {
            name = event.name
            self.channels = channels
            envelope = event.envelope
            isWhole = true
        }

        /// A part of a move.
        fileprivate init(_ kind: EventKind, _ channel: Snowflake, _ envelope: [UInt8]) {
            name = kind.rawValue
            channels = [channel]
            self.envelope = envelope[...]
            isWhole = false
        }
    }

    /// What is shown to who had `before` and has `after`. What is `replayed` happened while they were not there: what
    /// was written asks for `history` too.
    package func view(before: Sight, after: Sight, isReplay: Bool = false) -> View? {
        if isReplay, isOfTheMoment { return nil }
        switch showing {
        case .nobody:
            return nil
        case .members:
            guard before.isMember, after.isMember else { return nil }
            return View(self, [])
        case .entitled(let rights):
            let isShown = before.rights.isSuperset(of: rights) && after.rights.isSuperset(of: rights)
            return isShown ? View(self, []) : nil
        case .channel(let channel, var bits, let side):
            if isReplay, bits.contains(.text) { bits.insert(.history) }
            let isShown =
                (side == .after || before.has(bits, in: channel))
                && (side == .before || after.has(bits, in: channel))
            return isShown ? View(self, [channel]) : nil
        case .move(let from, let to):
            let seen = { (channel: Snowflake) in
                before.has(.view, in: channel) && after.has(.view, in: channel)
            }
            switch (seen(from), seen(to)) {
            case (true, true): return View(self, [from, to])
            case (false, false): return nil
            case (false, true):
                return move.map { View(.voiceJoined, to, $0.joined) }
            case (true, false):
                return move.map { View(.voiceLeft, from, $0.left) }
            }
        }
    }

    package var bytes: Int { block.count + (move.map { $0.joined.count + $0.left.count } ?? 0) + 96 }
}

/// Events of one shard, one after the other without a hole, and who sees something else behind them.
package struct DeliverableBatch: Sendable {
    package let shard: ShardName
    package let events: [DeliverableEvent]
    /// By the event's index.
    package let moves: [Int: [SightMove]]

    package init(shard: ShardName, events: [DeliverableEvent], moves: [Int: [SightMove]] = [:]) {
        self.shard = shard
        self.events = events
        self.moves = moves
    }

    package var bytes: Int { events.reduce(0) { $0 + $1.bytes } }
}
