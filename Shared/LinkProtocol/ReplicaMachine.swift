package import EventModels

/// A web replica's side of one link: says hello, puts frames on the bus one append at a time, and acknowledges what the
/// bus confirmed. Messages and outcomes in, actions out.
package struct ReplicaMachine: Sendable {
    package enum Action: Sendable, Equatable {
        case send(LinkMessage)
        /// Append it to the bus, then call `appended`. One at a time for each shard.
        case append(EventFrame)
        /// The append failed: call `retry` after a pause.
        case retryLater(ShardName)
        /// The shards that the gateway has, and which of them this replica publishes.
        case shardsChanged([LinkShard])
        /// The gateway has answered a command.
        case answered(LinkResult)
        case close(LinkCloseCode, reason: String)
    }

    /// What the bus did with a frame.
    package enum Outcome: Sendable, Equatable {
        case appended(top: EventID)
        /// The log's top is another than the frame's `prev`; nothing was changed.
        case refused(top: EventID?)
        /// An error, whatever it was: neither an acknowledgement nor a duplicate.
        case failed
    }

    private struct Lane: Sendable {
        var queue: [EventFrame] = []
        var queuedBytes = 0
        var appending: EventFrame?
        /// After a refusal: only a frame with exactly this `prev` goes on.
        var awaiting: EventID??
        /// What was acknowledged last, or told as the log's end, if nothing has come since that may change it.
        var settled: EventID?
    }

    /// Bytes that may wait for the bus; the gateway keeps about 1 MiB in flight.
    package static let queuedBytesMax = 96 << 20
    /// Frames that wait are joined up to this many events and bytes in one append.
    package static let eventsPerAppendMax = 256
    package static let bytesPerAppendMax = 256 << 10

    private enum Leaving: Equatable {
        case no
        /// No frame is taken any more; what is being appended is waited for.
        case draining(reason: String)
        case gone
    }

    private var lanes: [ShardName: Lane] = [:]
    private var leaving = Leaving.no
    /// Shards whose last append failed.
    private var failing: Set<ShardName> = []
    private var busAnswers = true
    private var toldUp = true
    package private(set) var gateway: String?
    package private(set) var shards: [LinkShard] = []
    package private(set) var unknownMessages = 0

    package init() {}

    /// The link is open.
    package func opened(bus: String, tops: [ShardName: EventID?], name: String) -> [Action] {
        [.send(.hello(LinkHello(bus: bus, tops: tops, name: name)))]
    }

    package mutating func received(_ message: LinkMessage) -> [Action] {
        switch message {
        case .ready(let gateway, let shards):
            self.gateway = gateway
            begin(shards)
            return [.shardsChanged(shards)]
        case .event(let frame):
            return take(frame)
        case .result(let result):
            return [.answered(result)]
        case .goodbye:
            return []
        case .unknown:
            unknownMessages += 1
            return []
        case .hello, .ack, .status, .command:
            return [.close(.malformed, reason: "\(message.type) is the replica's to say")]
        }
    }

    /// A shard that this replica publishes from now on comes from where the gateway goes on, whatever was waited for when it
    /// published it before.
    private mutating func begin(_ shards: [LinkShard]) {
        for shard in shards where shard.publisher && !publishes(shard.shard) {
            lanes[shard.shard]?.awaiting = nil
            // Whoever published meanwhile has moved the end.
            lanes[shard.shard]?.settled = nil
            lanes[shard.shard]?.queue = []
            lanes[shard.shard]?.queuedBytes = 0
        }
        self.shards = shards
    }

    private func publishes(_ shard: ShardName) -> Bool {
        shards.contains { $0.shard == shard && $0.publisher }
    }

    private mutating func take(_ frame: EventFrame) -> [Action] {
        guard leaving == .no else { return [] }
        var lane = lanes[frame.shard] ?? Lane()
        if let awaited = lane.awaiting {
            guard frame.prev == awaited else { return [] }
            lane.awaiting = nil
        }
        let bytes = frame.bytes
        guard lane.queue.isEmpty || lane.queuedBytes + bytes <= Self.queuedBytesMax else {
            return [.close(.overflow, reason: "more than \(Self.queuedBytesMax) bytes wait for the bus")]
        }
        lane.queue.append(frame)
        lane.queuedBytes += bytes
        lane.settled = nil
        defer { lanes[frame.shard] = lane }
        return Self.appendNext(&lane)
    }

    /// Joins what waits as far as it is one chain, and sends it off.
    private static func appendNext(_ lane: inout Lane) -> [Action] {
        guard lane.appending == nil, let first = lane.queue.first else { return [] }
        var events = first.events
        var bytes = first.bytes
        var count = 1
        while count < lane.queue.count {
            let next = lane.queue[count]
            let nextBytes = next.bytes
            guard next.prev == events.last?.id, events.count + next.events.count <= eventsPerAppendMax,
                bytes + nextBytes <= bytesPerAppendMax
            else { break }
            events += next.events
            bytes += nextBytes
            count += 1
        }
        lane.queue.removeFirst(count)
        lane.queuedBytes -= bytes
        let frame = EventFrame(shard: first.shard, prev: first.prev, events: events)
        lane.appending = frame
        return [.append(frame)]
    }

    package mutating func appended(_ shard: ShardName, _ outcome: Outcome) -> [Action] {
        guard leaving != .gone, var lane = lanes[shard], let frame = lane.appending else { return [] }
        if outcome == .failed { failing.insert(shard) } else { failing.remove(shard) }
        if leaving != .no { lane.queue = [] }
        let actions = Self.settle(&lane, frame, outcome, retries: leaving == .no)
        if case .send(.ack(_, let id, resend: false))? = actions.last { lane.settled = id }
        lanes[shard] = lane
        return actions + statusIfChanged(reason: "an append failed") + leaveIfIdle()
    }

    private static func settle(
        _ lane: inout Lane,
        _ frame: EventFrame,
        _ outcome: Outcome,
        retries: Bool
    ) -> [Action] {
        let shard = frame.shard
        switch outcome {
        case .failed where retries:
            return [.retryLater(shard)]
        case .failed:
            lane.appending = nil
            return []
        case .appended(let top):
            lane.appending = nil
            return [.send(.ack(shard: shard, id: max(top, frame.last), resend: false))]
                + appendNext(&lane)
        case .refused(let top?) where top >= frame.last:
            // The bus has it already: a repeat, not a hole.
            lane.appending = nil
            return [.send(.ack(shard: shard, id: top, resend: false))] + appendNext(&lane)
        case .refused(let top):
            lane.appending = nil
            lane.awaiting = .some(top)
            let follows = lane.queue.drop { $0.prev != top }
            if !follows.isEmpty { lane.awaiting = nil }
            lane.queue = Array(follows)
            lane.queuedBytes = lane.queue.reduce(0) { $0 + $1.bytes }
            guard lane.queue.isEmpty else {
                let ack = top.map { [Action.send(.ack(shard: shard, id: $0, resend: false))] } ?? []
                return ack + appendNext(&lane)
            }
            return [.send(.ack(shard: shard, id: top, resend: true))]
        }
    }

    package var isAppending: Bool { lanes.values.contains { $0.appending != nil } }

    /// The pause after a failure is over: the same frame again.
    package func retry(_ shard: ShardName) -> [Action] {
        lanes[shard]?.appending.map { [.append($0)] } ?? []
    }

    // MARK: The bus

    /// What a shard's log ends with if nobody but this replica has touched it; nil while that is not known.
    package func settledTop(of shard: ShardName) -> EventID? {
        publishes(shard) ? lanes[shard]?.settled : nil
    }

    /// A look at the log, begun when `settledTop` was `settled`, found it ending at `top`: a Redis that came back older
    /// would otherwise show it with the next event only. Who has published nothing yet tells the end once: the gateway may
    /// hold for confirmed what Redis lost under the publisher before.
    package mutating func topLooked(_ shard: ShardName, settled: EventID?, top: EventID?) -> [Action] {
        guard leaving == .no, publishes(shard), lanes[shard]?.settled == settled, top != settled else {
            return []
        }
        var lane = lanes[shard] ?? Lane()
        guard lane.appending == nil, lane.queue.isEmpty else { return [] }
        lane.settled = top
        lane.awaiting = .some(top)
        lanes[shard] = lane
        return [.send(.ack(shard: shard, id: top, resend: true))]
    }

    /// The bus was asked something and answered, or did not for this reason.
    package mutating func busLooked(failure: String?) -> [Action] {
        busAnswers = failure == nil
        return statusIfChanged(reason: failure ?? "")
    }

    private mutating func statusIfChanged(reason: String) -> [Action] {
        let isUp = busAnswers && failing.isEmpty
        guard isUp != toldUp, leaving != .gone else { return [] }
        toldUp = isUp
        return [.send(.status(isBusUp: isUp, reason: isUp ? "" : reason))]
    }

    // MARK: Leaving

    /// The replica is being stopped: it takes no more frames, and says goodbye once what it is appending has an
    /// outcome, acknowledged if it is in the bus. A failed append is not tried again.
    package mutating func drain(reason: String) -> [Action] {
        guard leaving == .no else { return [] }
        leaving = .draining(reason: reason)
        return leaveIfIdle()
    }

    private mutating func leaveIfIdle() -> [Action] {
        isAppending ? [] : leave()
    }

    /// The outcome was waited for long enough: the bus hangs. Without its goodbye the replica would be taken for dead, and
    /// what it was appending for the cause.
    package mutating func leave() -> [Action] {
        guard case .draining(let reason) = leaving else { return [] }
        leaving = .gone
        return [.send(.goodbye(reason: reason)), .close(.goingAway, reason: reason)]
    }
}
