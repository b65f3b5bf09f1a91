import EventLoop
import EventModels
package import HTTPServer
import Telemetry

extension ViewerLoop {
    /// Takes over a connection whose request was allowed. On the loop.
    package nonisolated func admit(
        _ connection: DetachedConnection,
        _ query: StreamQuery,
        _ ticket: Ticket,
        _ format: StreamFormat
    ) {
        let arrival = StreamArrival(handle: connection, query: query, ticket: ticket, format: format)
        assumeIsolated { $0.arrive(arrival) }
    }

    private func arrive(_ arrival: StreamArrival<DetachedConnection>) {
        let isCrowded = room.isCrowded && !groups.isOpen(arrival.query.filter, arrival.format)
        guard !draining, !room.isFull, !isCrowded else {
            metrics.refused.increment()
            return sendAway(arrival.handle, arrival.format)
        }
        metrics.opened.increment()
        loop.adopt(arrival.handle.registration, handler: self)
        decide(groups.arrive(arrival))
        tellUse()
    }

    nonisolated func askHub(_ question: @escaping @Sendable (isolated Hub, ViewerLoop) -> Void) {
        let hub = self.hub
        hub.loop.execute { hub.assumeIsolated { question($0, self) } }
    }

    /// Carries out what the groups decided about streams that open. What it causes is left in the groups' effects.
    func decide(_ decisions: [StreamDecision<DetachedConnection>]) {
        for decision in decisions {
            switch decision {
            case .ask(let key):
                let room = roomForRing
                askHub { $0.open(key, recentBytesMax: room, for: $1) }
            case .admit(let arrival, let key, let cursor, let missed):
                admit(arrival, key, after: cursor, behind: missed)
            case .sendAway(let arrival):
                sendAway(arrival.handle, arrival.format)
            }
        }
        if groups.ahead.count > 0 { lookSoon() }
    }

    private func admit(
        _ arrival: StreamArrival<DetachedConnection>,
        _ key: GroupKey,
        after cursor: StreamCursor?,
        behind missed: [UInt8]
    ) {
        let descriptor = arrival.handle.descriptor
        guard groups.table.hasGroup(key) else { return sendAway(arrival.handle, arrival.format) }
        guard watch(arrival.handle) else { return SocketIO.close(descriptor) }
        if arrival.query.lastEventID != nil { metrics.resumed.increment() }
        if !missed.isEmpty { metrics.replays.increment() }
        if arrival.format == .webSocket {
            feed.hear(descriptor)
            metrics.feed.viewers.add(1)
        }
        groups.admit(arrival, as: descriptor, to: key, head: arrival.handle.head + missed, after: cursor)
        if arrival.format == .webSocket, !arrival.handle.unread.isEmpty {
            heard(arrival.handle.unread, from: descriptor)
        }
    }

    // MARK: Cursors ahead of this replica

    private func lookSoon() {
        guard !lookScheduled else { return }
        lookScheduled = true
        loop.schedule(after: lookInterval) { [weak self] in self?.assumeIsolated { $0.look() } }
    }

    /// One look for all who wait, however many they are.
    private func look() {
        let shards = groups.shardsAhead
        groups.ahead.lookBegins()
        Task { [hub] in
            let ends = await hub.ends(of: shards)
            self.looked(ends)
        }
    }

    private func looked(_ ends: [ShardName: LogEnd]) {
        lookScheduled = false
        decide(groups.looked(ends))
        apply()
    }

    // MARK: Sent away

    /// Answers 200 (101), says when to come again, and ends: any other answer would end an EventSource for good.
    func sendAway(_ connection: DetachedConnection, _ format: StreamFormat) {
        close(connection, format, last: farewell(of: groups.table.counts.viewers, format, isEarly: true))
    }

    /// `retry`, spread over this many viewers, and as many of each other loop; whoever was not let in comes no sooner than
    /// in 1 s. Asks the groups nothing, since it is called from within them.
    func farewell(of viewers: Int, _ format: StreamFormat, isEarly: Bool = false) -> [UInt8] {
        let wait = RetrySpread.milliseconds(viewers: viewers * room.loops, random: RandomSource.unit())
        return format.farewell(milliseconds: isEarly ? wait + 500 : wait, draining ? .restart : .later)
    }
}
