import EventLoop
import EventModels
package import HTTPServer
import Telemetry

extension ViewerLoop {
    /// Takes over a connection whose request was allowed. On the loop.
    package nonisolated func admit(_ connection: DetachedConnection, _ query: StreamQuery, _ ticket: Ticket) {
        assumeIsolated { $0.arrive(connection, query) }
    }

    private func arrive(_ connection: DetachedConnection, _ query: StreamQuery) {
        let isFull = table.counts.viewers + arrivalsCount + ahead.count >= Self.viewersMax
        let isCrowded = !table.hasGroup(query.group) && feeds.count + arrivals.count >= Self.groupsMax
        guard !draining, !isFull, !isCrowded else {
            metrics.refused.increment()
            return sendAway(connection)
        }
        metrics.opened.increment()
        let arrival = Arrival(
            connection: connection,
            lastEventID: query.lastEventID,
            wantsSnapshot: query.wantsSnapshot
        )
        if table.hasGroup(query.group) {
            enter(arrival, query.group)
            return apply(table.takeEffects())
        }
        let isFirst = arrivals[query.group] == nil
        arrivals[query.group, default: []].append(arrival)
        arrivalsCount += 1
        let room = roomForRing
        if isFirst { askHub { $0.open(query.group, recentBytesMax: room, for: $1) } }
    }

    func takeArrivals(_ key: GroupKey) -> [Arrival] {
        let waiting = arrivals.removeValue(forKey: key) ?? []
        arrivalsCount -= waiting.count
        return waiting
    }

    /// Everybody who is not in the table yet.
    func takeWaiting(_ key: GroupKey) -> [Arrival] {
        var waiting = takeArrivals(key) + ahead.takeAll(key)
        for replay in replays.keys where replay.group == key {
            waiting += takeReplayed(replay)
        }
        return waiting
    }

    private func takeReplayed(_ key: ReplayKey) -> [Arrival] {
        let waiting = replays.removeValue(forKey: key) ?? []
        arrivalsCount -= waiting.count
        return waiting
    }

    nonisolated func askHub(_ question: @escaping @Sendable (isolated Hub, ViewerLoop) -> Void) {
        let hub = self.hub
        hub.loop.execute { hub.assumeIsolated { question($0, self) } }
    }

    /// Decides how a viewer of an open group begins. What it causes is left in the table's effects.
    func enter(_ arrival: Arrival, _ key: GroupKey) {
        guard let feed = feeds[key], let scanned = table.scanned(key) else {
            return sendAway(arrival.connection)
        }
        guard let text = arrival.lastEventID else { return admit(arrival, key, after: nil) }
        guard let cursor = StreamCursor(text), cursor.ids.count == feed.shards.count else {
            return admit(arrival, key, after: nil)
        }
        if StreamCursor.isBehind(scanned, cursor) {
            ahead.wait(arrival, for: key, at: cursor)
            return lookSoon()
        }
        guard feed.shards.count > 1, !table.holds(cursor, in: key) else {
            return admit(arrival, key, after: cursor)
        }
        let replay = ReplayKey(group: key, cursor: cursor)
        let isFirst = replays[replay] == nil
        guard !isFirst || replays.count < Self.replaysMax else { return admit(arrival, key, after: nil) }
        replays[replay, default: []].append(arrival)
        arrivalsCount += 1
        if isFirst { askHub { $0.replay(key, after: cursor, for: $1) } }
    }

    func replayed(_ key: GroupKey, _ cursor: StreamCursor, _ replay: StreamReplay?) {
        for arrival in takeReplayed(ReplayKey(group: key, cursor: cursor)) {
            guard table.hasGroup(key) else {
                sendAway(arrival.connection)
                continue
            }
            if replay != nil { metrics.replays.increment() }
            admit(arrival, key, after: replay?.upTo, behind: replay?.blocks ?? [])
        }
    }

    /// `missed` goes before what follows `cursor`.
    private func admit(
        _ arrival: Arrival,
        _ key: GroupKey,
        after cursor: StreamCursor?,
        behind missed: [UInt8] = []
    ) {
        let connection = arrival.connection
        guard register(connection.descriptor) else { return SocketIO.close(connection.descriptor) }
        let isResume = arrival.lastEventID != nil
        if isResume { metrics.resumed.increment() }
        table.admit(
            connection.descriptor,
            to: key,
            head: connection.head + missed,
            after: cursor,
            isResume: isResume,
            wantsSnapshot: arrival.wantsSnapshot
        )
    }

    // MARK: Cursors ahead of this replica

    private func lookSoon() {
        guard !lookScheduled else { return }
        lookScheduled = true
        loop.schedule(after: Self.lookInterval) { [weak self] in self?.assumeIsolated { $0.look() } }
    }

    /// One look for all who wait, however many they are.
    private func look() {
        let shards = Set(ahead.keys.flatMap { feeds[$0]?.shards ?? [] })
        ahead.lookBegins()
        Task { [hub] in
            let tops = await hub.tops(of: shards)
            self.looked(tops)
        }
    }

    private func looked(_ tops: [ShardName: EventID]) {
        for key in ahead.keys {
            let shards = feeds[key]?.shards ?? []
            let ids = shards.compactMap { tops[$0] }
            let verdict = ahead.looked(key, ids.count == shards.count ? StreamCursor(ids: ids) : nil)
            for arrival in verdict.reset { admit(arrival, key, after: nil) }
            for arrival in verdict.sentAway { sendAway(arrival.connection) }
        }
        apply(table.takeEffects())
        lookScheduled = false
        if ahead.count > 0 { lookSoon() }
    }

    // MARK: Sent away

    /// Answers 200, says when to come again, and ends: any other answer would end an EventSource for good.
    func sendAway(_ connection: DetachedConnection) {
        let bytes = connection.head + farewell(of: table.counts.viewers, isEarly: true)
        _ = SocketIO.send(connection.descriptor, bytes, 0..<bytes.count)
        SocketIO.close(connection.descriptor)
    }

    /// `retry:`, spread over this many viewers; whoever was not let in comes no sooner than in 1 s. Asks the table
    /// nothing, since it is called from within it.
    func farewell(of viewers: Int, isEarly: Bool = false) -> [UInt8] {
        let wait = RetrySpread.milliseconds(viewers: viewers, random: RandomSource.unit())
        return StreamBlock.retry(milliseconds: isEarly ? wait + 500 : wait)
    }
}
