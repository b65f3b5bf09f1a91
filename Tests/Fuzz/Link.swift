import Base
import EventModels
import LinkProtocol

/// LinkMessage into LinkHub and ReplicaMachine, over a bus that refuses at times: nothing traps, nothing is lost untold.
///
/// Each line begins with a letter: `0`…`3` that link says the rest (`-`: it closes), `+` a dispatch comes, `t…` a second
/// each, `d`/`u` the next message reaches replica or gateway, `r` the replica is told the rest, `A` the bus answers,
/// `F` it fails, `y` the replica tries again, `W` the bus is emptied, `O…` forgets its last.
func fuzzLink(bytes: [UInt8]) throws {
    var run = LinkRun()
    for line in lines(bytes) { try run.take(line) }
}

private struct LinkRun {
    var now = Duration.zero
    var hub = LinkHub(gateway: "g")
    var replica = ReplicaMachine()
    /// What the gateway calls the links that are open, by the digit they have here; a number never comes twice.
    var links: [UInt8: LinkID] = [:]
    var linksOpened: UInt64 = 0
    /// Of an earlier session, so that even the first frame has something before it.
    var last: EventID? = EventID(epoch: 4, number: 9)
    var sequence: UInt64 = 0
    /// Everything that the gateway appended.
    var made: [EventID] = []
    /// Nobody said anything but the machines: then nothing may be missing from the log.
    var isHonest = true
    /// Between the gateway and link 0, which is the replica's.
    var down: [LinkMessage] = []
    var up: [LinkMessage] = []
    var appending: EventFrame?
    var log: [EventID] = []

    init() {
        var limits = PublisherLimits()
        limits.inFlightBytesMax = 300
        limits.tailBytesMax = 500
        limits.unackedBytesMax = 2000
        _ = hub.addShard(PublisherMachine(shard: .only, limits: limits), epoch: 5)
    }

    mutating func take(_ line: ArraySlice<UInt8>) throws {
        guard let first = line.first else { return }
        let rest = Array(line.dropFirst())
        switch Character(Unicode.Scalar(first)) {
        case "0", "1", "2", "3": try say(rest, on: first - 0x30)
        case "+": try act(hub.append(nextFrame(rest.count % 3 + 1), now: now))
        case "t":
            for _ in line.prefix(40) {
                now += .seconds(1)
                try act(hub.tick(now: now))
            }
        case "d": if !down.isEmpty { try act(replica.received(down.removeFirst())) }
        case "u":
            guard !up.isEmpty, let link = links[0] else { return }
            try act(hub.received(up.removeFirst(), from: link, now: now))
        case "h":
            guard links[0] == nil else { return }
            _ = open(0)
            try act(replica.opened(bus: "b", tops: [.only: log.last], name: "r"))
        case "r":
            isHonest = false
            if let message = try decoded(rest) { try act(replica.received(message)) }
        case "A": try answer()
        case "F": try act(replica.appended(.only, .failed))
        case "y": try act(replica.retry(.only))
        case "W": log = []
        case "O": log.removeLast(min(log.count, 1 + rest.count))
        default: _ = try decoded(Array(line))
        }
    }

    private mutating func open(_ digit: UInt8) -> LinkID {
        if let link = links[digit] { return link }
        linksOpened += 1
        let link = LinkID(linksOpened)
        links[digit] = link
        hub.opened(link, now: now)
        return link
    }

    private mutating func say(_ rest: [UInt8], on digit: UInt8) throws {
        if rest == [0x2D] { return try close(digit) }
        isHonest = false
        let link = open(digit)
        if let message = try decoded(rest) {
            try act(hub.received(message, from: link, now: now))
        } else {
            try act(hub.receivedGarbage(from: link, now: now))
        }
    }

    /// The connection ends with what was under way on it; what the bus was told may still arrive there.
    private mutating func close(_ digit: UInt8) throws {
        guard let link = links.removeValue(forKey: digit) else { return }
        if digit == 0 {
            replica = ReplicaMachine()
            (down, up) = ([], [])
            if let frame = appending, frame.events.count > 1 { _ = try put(frame) }
            appending = nil
        }
        try act(hub.closed(link, now: now))
    }

    private func decoded(_ bytes: [UInt8]) throws -> LinkMessage? {
        let message: LinkMessage
        do { message = try LinkMessage(decoding: bytes) } catch { return nil }
        try checkRoundTrip(message)
        return message
    }

    private func checkRoundTrip(_ message: LinkMessage) throws {
        let again = try LinkMessage(decoding: message.encoded(ts: 1))
        try hold(again == message, "\(message)\nread again: \(again)")
    }

    private mutating func nextFrame(_ count: Int) -> EventFrame {
        defer { sequence += 1 }
        let events = (0..<count).map { ordinal in
            StreamEvent(
                id: EventID(epoch: 5, sequence: sequence, ordinal: UInt64(ordinal)),
                kind: .memberLeft,
                guild: Snowflake(1),
                ts: 1,
                payload: Array("{}".utf8)
            )
        }
        let frame = EventFrame(shard: .only, prev: last, events: events)
        last = frame.last
        made += events.map(\.id)
        return frame
    }

    private static func answer(_ command: LinkCommand) -> LinkResult {
        guard case .fetchMember(let user, let guild, _) = command.request else {
            return LinkResult(id: command.id, .failed(LinkFailure(.unknownCommand, "unknown")))
        }
        let facts = MemberFacts(roles: [user, guild], timedOutUntil: Int64(bitPattern: command.id))
        let answer = MemberAnswer(
            facts: user < guild ? nil : facts,
            at: EventID(epoch: 5, number: command.id)
        )
        return LinkResult(id: command.id, .member(answer))
    }

    private mutating func act(_ actions: [LinkHub.Action]) throws {
        for action in actions {
            switch action {
            case .send(let link, let message):
                try checkRoundTrip(message)
                if link == links[0] { down.append(message) }
                if case .event(let frame) = message {
                    try hold(frame.prev.map { $0 < frame.first } ?? true, "a frame goes back: \(frame)")
                }
            case .close(let link, _, let reason):
                try hold(reason.utf8.count <= 123, "a long reason")
                if let digit = links.first(where: { $0.value == link })?.key { try close(digit) }
            case .answer(let link, let command):
                let result = LinkMessage.result(Self.answer(command))
                try checkRoundTrip(result)
                if link == links[0] { down.append(result) }
            case .resync: try act(hub.append(nextFrame(1), now: now))
            case .quarantined(let frame): try hold(false, "no process died, but \(frame) is quarantined")
            case .superseded(_, let top): try hold(top.epoch > 5, "superseded by the past: \(top)")
            }
        }
    }

    private mutating func act(_ actions: [ReplicaMachine.Action]) throws {
        for action in actions {
            switch action {
            case .send(let message):
                try checkRoundTrip(message)
                up.append(message)
            case .append(let frame): appending = frame
            case .retryLater, .shardsChanged, .answered: break
            case .close: try close(0)
            }
        }
    }

    private mutating func answer() throws {
        guard let frame = appending else { return }
        appending = nil
        let outcome: ReplicaMachine.Outcome =
            try put(frame) ? .appended(top: frame.last) : .refused(top: log.last)
        try act(replica.appended(frame.shard, outcome))
    }

    /// The bus takes a frame that follows on from its end, or any while it is empty.
    private mutating func put(_ frame: EventFrame) throws -> Bool {
        guard frame.prev == log.last || log.isEmpty else { return false }
        if let top = log.last {
            try hold(top < frame.first, "the log goes back from \(top) to \(frame.first)")
            let missing = made.filter { top < $0 && $0 < frame.first }
            let isTold = frame.events[0].kind == .logGap
            try hold(!isHonest || isTold || missing.isEmpty, "\(missing) are missing, untold")
        }
        log += frame.events.map(\.id)
        let others = frame.events.map(\.id).filter {
            !made.contains($0) && $0.ordinal != EventID.ordinalOfGap
        }
        try hold(!isHonest || others.isEmpty, "\(others) come out of nothing")
        return true
    }
}
