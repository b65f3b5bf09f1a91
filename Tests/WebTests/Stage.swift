import Base
import EventLoop
import EventModels
import JSON
import Web

/// What the viewers of a stage were sent.
final class Audience: ViewerOutput {
    var sent: [CInt: [UInt8]] = [:]
    /// Those that take nothing now.
    var blocked: Set<CInt> = []

    func send(
        _ descriptor: CInt,
        _ storage: borrowing [UInt8],
        _ first: Range<Int>,
        _ second: Range<Int>
    ) -> SocketIO.Sent {
        guard !blocked.contains(descriptor) else { return .bytes(0) }
        sent[descriptor, default: []] += storage[first]
        sent[descriptor, default: []] += storage[second]
        return .bytes(first.count + second.count)
    }
}

/// A replica's hub and one loop of viewers, without anything between them: events in, what viewers get out.
struct Stage: ~Copyable {
    /// Of who comes, unless another is said.
    let format: StreamFormat
    private var formats: [CInt: StreamFormat] = [:]
    var machine = HubMachine()
    let audience = Audience()
    var groups: StreamGroups<Audience, CInt>
    /// What the gateway would answer; users that are not here are no members.
    var members: [Snowflake: MemberFacts] = [:]
    /// The gateway does not answer.
    var isAlone = false
    var lastViewer: CInt = 2
    private(set) var sentAway: [CInt] = []

    init(
        _ state: GuildState = Guild.state(),
        at number: UInt64 = 10,
        ringBytesMax: Int = 1 << 20,
        format: StreamFormat = .serverSent
    ) {
        self.format = format
        groups = StreamGroups(output: audience, ringBytesMax: ringBytesMax)
        var view = ShardView(shard: .only)
        view.load(state, at: EventID(epoch: 5, number: number))
        view.begin(after: EventID(epoch: 5, number: number))
        _ = machine.begin(view)
        _ = machine.caughtUp(with: .only)
    }

    /// Another shard's log is read, with one guild in it.
    @discardableResult
    mutating func begin(_ shard: ShardName, _ state: GuildState?, at id: EventID) -> [HubMachine.Claim] {
        var view = ShardView(shard: shard)
        if let state { view.load(state, at: id) }
        view.begin(after: id)
        defer { _ = machine.caughtUp(with: shard) }
        return machine.begin(view)
    }

    /// A viewer comes; it is in when this returns, unless it is sent away or has to wait.
    mutating func come(
        _ subject: Subject = .everyone,
        _ filter: StreamFilter = StreamFilter(),
        behind lastEventID: String? = nil,
        session: String? = nil,
        expires: Int64? = nil,
        format: StreamFormat? = nil
    ) -> CInt {
        lastViewer += 1
        let query = StreamQuery(filter: filter, lastEventID: lastEventID, wantsSnapshot: false)
        let ticket = Ticket(subject: subject, session: session, expires: expires)
        let format = format ?? self.format
        formats[lastViewer] = format
        let arrival = StreamArrival(handle: lastViewer, query: query, ticket: ticket, format: format)
        carryOut(groups.arrive(arrival))
        settle()
        return lastViewer
    }

    mutating func leave(_ viewer: CInt) {
        groups.table.remove(viewer)
        settle()
    }

    /// Events of the log, in one batch.
    mutating func take(_ events: [StreamEvent], of shard: ShardName = .only) {
        let step = machine.take(events, of: shard)
        carryOut(groups.take(step.batch))
        if step.forgot { carryOut(groups.startOver { _ in Array("retry".utf8) }) }
        for wanted in step.wanted { ask(wanted) }
        groups.table.flush()
        settle()
    }

    mutating func take(_ number: UInt64, _ kind: EventKind, _ payload: String, ts: Int64 = 1) {
        take([Guild.event(number, kind, payload, ts: ts)])
    }

    private mutating func carryOut(_ decisions: [StreamDecision<CInt>]) {
        for decision in decisions {
            switch decision {
            case .ask(let key): open(key)
            case .admit(let arrival, let key, let cursor, let missed):
                groups.admit(arrival, as: arrival.handle, to: key, head: missed, after: cursor)
            case .sendAway(let arrival): sentAway.append(arrival.handle)
            }
        }
    }

    private mutating func open(_ key: OpeningKey) {
        switch machine.open(key, recentBytesMax: 1 << 20) {
        case .opening(let opening): carryOut(groups.opened(key, opening, ringBytesMax: 1 << 20))
        case .unavailable: carryOut(groups.unavailable(key))
        case .wanted(let wanted):
            for one in wanted where !machine.book.isAsked(one) { ask(one) }
            guard !isAlone else { return carryOut(groups.unavailable(key)) }
            open(key)
        }
    }

    private mutating func ask(_ wanted: SightBook.Wanted) {
        machine.asked(wanted)
        let position = machine.views[.only]?.position ?? EventID(epoch: 0, number: 0)
        let answer = isAlone ? nil : MemberAnswer(facts: members[wanted.user], at: position)
        groups.take(machine.answered(wanted, answer))
    }

    /// Until nobody waits for a snapshot.
    mutating func settle() {
        while true {
            let keys = groups.takeEffects().snapshots
            guard !keys.isEmpty else { return }
            for key in keys { snapshot(key) }
        }
    }

    private mutating func snapshot(_ key: GroupKey) {
        guard let shards = machine.shards(of: key.filter) else {
            return groups.table.dropWaiting(key, farewell: Array("retry".utf8))
        }
        guard let data = machine.encodeSnapshot(key, shards, ts: 0) else { return }
        let snapshot = StreamSnapshot(cursor: machine.cursor(of: shards), data: data, format: key.format)
        groups.table.snapshotArrived(key, fresh: snapshot.fresh, reset: snapshot.reset)
    }

    // MARK: What came

    /// Names and numbers of the events that a viewer got, and forgets them: `snapshot 10`, `message.created 11`.
    func got(_ viewer: CInt) -> [String] {
        let bytes = audience.sent[viewer] ?? []
        audience.sent[viewer] = []
        let got = formats[viewer] == .webSocket ? FeedTranscript(bytes).events : Said.events(in: bytes)
        return got.filter { $0.id.hasPrefix("5-") }.map { "\($0.name) \($0.id.dropFirst(2))" }
    }

    func text(_ viewer: CInt) -> String {
        String(decoding: audience.sent[viewer] ?? [], as: UTF8.self)
    }
}
