package import EventModels

/// A stream that is about to open; `handle` is its connection.
package struct StreamArrival<Handle> {
    package let handle: Handle
    package let query: StreamQuery
    package let ticket: Ticket
    package let format: StreamFormat

    package init(handle: Handle, query: StreamQuery, ticket: Ticket, format: StreamFormat) {
        self.handle = handle
        self.query = query
        self.ticket = ticket
        self.format = format
    }

    package var cursor: StreamCursor? { query.lastEventID.flatMap { StreamCursor($0) } }
    package var key: OpeningKey {
        OpeningKey(filter: query.filter, subject: ticket.subject, cursor: cursor, format: format)
    }
}

/// What the shell does about a stream that is about to open.
package enum StreamDecision<Handle> {
    /// Ask the hub.
    case ask(OpeningKey)
    /// Admit it to the table, with `missed` before what follows `after`; nil: with a snapshot first.
    case admit(StreamArrival<Handle>, to: GroupKey, after: StreamCursor?, missed: [UInt8])
    case sendAway(StreamArrival<Handle>)
}

/// Where a shard's log ends.
package struct LogEnd: Sendable, Equatable {
    package let top: EventID
    /// A gateway of the shard is linked: what the log lost is sent again.
    package let hasGateway: Bool

    package init(top: EventID, hasGateway: Bool) {
        self.top = top
        self.hasGateway = hasGateway
    }
}

/// All streams of one loop: who waits to be let in, which group each is in, and how they follow what the hub tells.
/// Pure but for what `Output` sends; the shell around it is `ViewerLoop`.
package struct StreamGroups<Output: ViewerOutput, Handle>: ~Copyable {
    package var table: ViewerTable<GroupKey, StreamCursor, Output>
    package private(set) var feeds: [GroupKey: GroupFeed] = [:]
    /// The feeds' keys in the order they were opened.
    private var keys: [GroupKey] = []
    private var waiting: [OpeningKey: [StreamArrival<Handle>]] = [:]
    package private(set) var waitingCount = 0
    package var ahead: AheadQueue<GroupKey, StreamCursor, StreamArrival<Handle>>
    /// By descriptor.
    private var tickets: [CInt: Ticket] = [:]
    private var lastOpening = 0
    private var allowance = OpeningAllowance()
    /// Streams that were sent away for want of it, ever.
    package private(set) var overAllowance = 0
    private let isBehind: (StreamCursor, StreamCursor) -> Bool
    /// What the ring of a group may grow to that viewers move to.
    private let ringBytesMax: Int

    package init(
        output: Output,
        ringBytesMax: Int = 4 << 20,
        isBehind: @escaping (StreamCursor, StreamCursor) -> Bool = StreamCursor.isBehind
    ) {
        self.isBehind = isBehind
        self.ringBytesMax = ringBytesMax
        table = ViewerTable(output: output, isBehind: isBehind)
        ahead = AheadQueue(isBehind: isBehind)
    }

    /// Called with each tick of the viewers' loop.
    package mutating func tick() { allowance.tick() }

    package var count: Int { table.counts.viewers + waitingCount + ahead.count }
    package func isOpen(_ filter: StreamFilter, _ format: StreamFormat) -> Bool {
        keys.contains { $0.filter == filter && $0.format == format }
    }

    // MARK: Arriving

    package mutating func arrive(_ arrival: StreamArrival<Handle>, _ key: OpeningKey? = nil)
        -> [StreamDecision<Handle>]
    {
        let key = key ?? arrival.key
        let isFirst = waiting[key] == nil
        waiting[key, default: []].append(arrival)
        waitingCount += 1
        return isFirst ? [.ask(key)] : []
    }

    private mutating func takeWaiting(_ key: OpeningKey) -> [StreamArrival<Handle>] {
        let all = waiting.removeValue(forKey: key) ?? []
        waitingCount -= all.count
        return all
    }

    /// Everybody who is not in the table yet.
    package mutating func takeAllWaiting() -> [StreamArrival<Handle>] {
        let all = waiting.values.flatMap { $0 } + ahead.keys.flatMap { ahead.takeAll($0) }
        waiting = [:]
        waitingCount = 0
        return all
    }

    /// There is no saying how they open.
    package mutating func unavailable(_ key: OpeningKey) -> [StreamDecision<Handle>] {
        takeWaiting(key).map { .sendAway($0) }
    }

    package mutating func opened(_ key: OpeningKey, _ opening: Opening, ringBytesMax: Int)
        -> [StreamDecision<Handle>]
    {
        lastOpening = max(lastOpening, opening.number)
        let group = GroupKey(filter: key.filter, sight: opening.sight, format: key.format)
        if !table.hasGroup(group) {
            guard allowance.take(key.subject) else {
                overAllowance += waiting[key]?.count ?? 0
                return unavailable(key)
            }
            let (feed, ring) = GroupFeed.open(
                key.filter,
                opening.sights,
                opening.seed,
                key.format,
                ringBytesMax: ringBytesMax
            )
            open(group, feed, ring)
        }
        var decisions: [StreamDecision<Handle>] = []
        for arrival in takeWaiting(key) { decisions += enter(arrival, key, group, opening.past) }
        return decisions
    }

    private mutating func open(_ key: GroupKey, _ feed: GroupFeed, _ ring: EventRing<StreamCursor>?) {
        feeds[key] = feed
        keys.append(key)
        table.openGroup(key, after: feed.cursor, ring: ring)
    }

    private mutating func enter(
        _ arrival: StreamArrival<Handle>,
        _ key: OpeningKey,
        _ group: GroupKey,
        _ past: Opening.Past
    ) -> [StreamDecision<Handle>] {
        guard let scanned = table.scanned(group) else { return [.sendAway(arrival)] }
        guard let cursor = key.cursor, cursor.ids.count == scanned.ids.count else {
            return [.admit(arrival, to: group, after: nil, missed: [])]
        }
        if isBehind(scanned, cursor) {
            ahead.wait(arrival, for: group, at: cursor)
            return []
        }
        switch past {
        case .ring where table.holds(cursor, in: group):
            return [.admit(arrival, to: group, after: cursor, missed: [])]
        case .ring:
            return arrive(arrival, key.withReplay)
        case .replay(let replay):
            return [.admit(arrival, to: group, after: replay.upTo, missed: replay.blocks)]
        case .none, .reset:
            return [.admit(arrival, to: group, after: nil, missed: [])]
        }
    }

    /// The shell has a connection for it.
    package mutating func admit(
        _ arrival: StreamArrival<Handle>,
        as descriptor: CInt,
        to key: GroupKey,
        head: [UInt8],
        after cursor: StreamCursor?
    ) {
        tickets[descriptor] = arrival.ticket
        table.admit(
            descriptor,
            to: key,
            head: head,
            after: cursor,
            isResume: arrival.query.lastEventID != nil,
            wantsSnapshot: arrival.query.wantsSnapshot
        )
    }

    /// Looks at the logs' ends: who waits for what is not there starts over.
    package mutating func looked(_ ends: [ShardName: LogEnd]) -> [StreamDecision<Handle>] {
        var decisions: [StreamDecision<Handle>] = []
        // Their group closed, being empty, while they waited: they ask for it again.
        for key in ahead.keys where feeds[key] == nil {
            for one in ahead.takeAll(key) { decisions += arrive(one) }
        }
        for key in keys {
            let shards = feeds[key]?.shards ?? []
            let found = shards.compactMap { ends[$0] }
            let verdict = ahead.looked(
                key,
                found.count == shards.count ? StreamCursor(ids: found.map(\.top)) : nil,
                mayBeMended: found.allSatisfy(\.hasGateway)
            )
            decisions += verdict.reset.map { .admit($0, to: key, after: nil, missed: []) }
            decisions += verdict.sentAway.map { .sendAway($0) }
        }
        return decisions
    }

    package var shardsAhead: Set<ShardName> { Set(ahead.keys.flatMap { feeds[$0]?.shards ?? [] }) }

    // MARK: What the hub tells

    package mutating func take(_ batch: DeliverableBatch) -> [StreamDecision<Handle>] {
        var first = 0
        for index in batch.moves.keys.sorted() {
            append(batch, first..<index)
            moveAround(batch.events[index], batch.moves[index] ?? [], of: batch.shard)
            first = index + 1
        }
        append(batch, first..<batch.events.count)
        var decisions: [StreamDecision<Handle>] = []
        for key in ahead.keys {
            guard let cursor = feeds[key]?.cursor else {
                // Its viewers see something else now; who waits asks again.
                for arrival in ahead.takeAll(key) { decisions += arrive(arrival) }
                continue
            }
            for arrival in ahead.reached(key, cursor) { decisions += arrive(arrival) }
        }
        return decisions
    }

    /// Events that change nobody's sight.
    private mutating func append(_ batch: DeliverableBatch, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        var frames = SharedFrames()
        for key in keys {
            guard var feed = feeds[key], let index = feed.shards.firstIndex(of: batch.shard) else { continue }
            for event in batch.events[range] {
                if let block = feed.take(event, ofShardAt: index, sharing: &frames) {
                    table.append(block, to: key, cursor: feed.cursor)
                }
            }
            table.advance(key, to: feed.cursor)
            feeds[key] = feed
        }
    }

    // MARK: Changes of sight

    /// Viewers see something else without an event of their own: the hub learnt who they are.
    package mutating func take(_ moves: [SightMove]) { moveAround(nil, moves, of: nil) }

    /// On its way from one group to another, with the feed of the group it goes to, should that not be open.
    private struct Mover {
        let descriptor: CInt
        let to: GroupKey
        let feed: GroupFeed
        let resets: Bool
    }

    /// Behind the event, viewers go to where others see what they see now.
    ///
    /// They take with them what they have not got yet, the event as far as it is for them, and then either go on at the end
    /// of the other ring or start over. A group that goes as a whole just gets another name.
    private mutating func moveAround(_ event: DeliverableEvent?, _ moves: [SightMove], of shard: ShardName?) {
        var movers: [Mover] = []
        for key in keys { take(event, of: shard, key, moves.filter { $0.from == key.sight }, &movers) }
        for key in keys {
            guard let move = moves.last(where: { $0.from == key.sight && $0.subjects == nil }) else {
                continue
            }
            moveWhole(key, move, &movers)
        }
        for mover in movers {
            if !table.hasGroup(mover.to) {
                open(
                    mover.to,
                    mover.feed,
                    EventRing(startingAfter: mover.feed.cursor, bytesMax: ringBytesMax)
                )
            }
            table.attach(mover.descriptor, to: mover.to, resets: mover.resets)
        }
        let left = Set(moves.map(\.from)).subtracting(moves.map(\.to))
        for key in keys where left.contains(key.sight) && table.viewers(of: key).isEmpty { close(key) }
    }

    /// The event, if there is one, for those who leave the group and those who stay in it.
    private mutating func take(
        _ event: DeliverableEvent?,
        of shard: ShardName?,
        _ key: GroupKey,
        _ moves: [SightMove],
        _ movers: inout [Mover]
    ) {
        guard var feed = feeds[key] else { return }
        var shown: DeliverableEvent?
        if let event, let shard, let index = feed.shards.firstIndex(of: shard) {
            feed.move(past: event.id, ofShardAt: index)
            shown = event
        }
        for move in moves {
            guard let subjects = move.subjects else { continue }
            let last = shown.flatMap { feed.block(of: $0, becoming: move.sights) } ?? []
            let to = key.seeing(move.to)
            for descriptor in table.viewers(of: key) {
                guard let subject = tickets[descriptor]?.subject, subjects.contains(subject) else { continue }
                leave(descriptor, last, to, feed.becoming(move.sights), move.resets, &movers)
            }
        }
        let whole = moves.last { $0.subjects == nil }
        if let shown, let block = feed.block(of: shown, becoming: whole?.sights) {
            table.append(block, to: key, cursor: feed.cursor)
        }
        table.advance(key, to: feed.cursor)
        feeds[key] = feed
    }

    private mutating func leave(
        _ descriptor: CInt,
        _ last: [UInt8],
        _ to: GroupKey,
        _ feed: GroupFeed,
        _ resets: Bool,
        _ movers: inout [Mover]
    ) {
        // The other group may not beat for as long as this one has been silent: who gets nothing else, gets one here.
        let isSilent = last.isEmpty && !resets
        table.settle(descriptor, last: isSilent ? feed.format.beat(id: feed.cursor.text) : last)
        guard table.detach(descriptor) else { return }
        movers.append(Mover(descriptor: descriptor, to: to, feed: feed, resets: resets))
    }

    /// All who are still there.
    private mutating func moveWhole(_ key: GroupKey, _ move: SightMove, _ movers: inout [Mover]) {
        guard let feed = feeds[key]?.becoming(move.sights) else { return }
        let to = key.seeing(move.to)
        if to != key, table.hasGroup(to) {
            for descriptor in table.viewers(of: key) { leave(descriptor, [], to, feed, move.resets, &movers) }
            return close(key)
        }
        if to != key {
            table.rename(key, to: to)
            feeds[key] = nil
            if let index = keys.firstIndex(of: key) { keys[index] = to }
        }
        feeds[to] = feed
        if move.resets { table.resetGroup(to) }
    }

    private mutating func close(_ key: GroupKey) {
        feeds[key] = nil
        keys.removeAll { $0 == key }
        table.closeIfEmpty(key)
    }

    // MARK: The rest

    /// The shard is loaded anew: who sees what is not known until then. Everybody is sent away.
    package mutating func startOver(farewell: (StreamFormat) -> [UInt8]) -> [StreamDecision<Handle>] {
        for key in keys { table.retireGroup(key, farewell: farewell(key.format)) }
        return takeAllWaiting().map { .sendAway($0) }
    }

    /// Ends the streams of these sessions, and of those that have expired. Returns those of them that wait to be let in.
    package mutating func end(sessions: Set<String>, expiredAt now: Int64) -> [StreamArrival<Handle>] {
        let isOver = { (ticket: Ticket) in
            ticket.session.map { sessions.contains($0) } ?? false || ticket.expires.map { $0 <= now } ?? false
        }
        for (descriptor, ticket) in tickets where isOver(ticket) {
            table.end(descriptor, table.key(of: descriptor)?.format.ended ?? [])
        }
        var ended: [StreamArrival<Handle>] = []
        for (key, arrivals) in waiting {
            let left = arrivals.filter { !isOver($0.ticket) }
            guard left.count < arrivals.count else { continue }
            ended += arrivals.filter { isOver($0.ticket) }
            waitingCount -= arrivals.count - left.count
            waiting[key] = left
        }
        return ended + ahead.take { isOver($0.ticket) }
    }

    /// Who streams or is about to, and the last opening that was heard of: the hub forgets the others.
    package var inUse: (followers: Set<Follower>, upTo: Int) {
        var followers: Set<Follower> = []
        for (descriptor, ticket) in tickets {
            guard let key = table.key(of: descriptor) else { continue }
            followers.insert(Follower(subject: ticket.subject, guilds: key.filter.guilds))
        }
        return (followers, lastOpening)
    }

    package mutating func takeEffects() -> ViewerTable<GroupKey, StreamCursor, Output>.Effects {
        let effects = table.takeEffects()
        for descriptor in effects.close { tickets[descriptor] = nil }
        for key in effects.closedGroups where !table.hasGroup(key) && feeds[key] != nil {
            feeds[key] = nil
            keys.removeAll { $0 == key }
        }
        return effects
    }
}
