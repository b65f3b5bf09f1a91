internal import Base
package import EventModels

/// A link, as the gateway numbers them; never used twice in a process.
package struct LinkID: Hashable, Comparable, Sendable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// Bounds of what a shard holds for its links.
package struct PublisherLimits: Sendable, Equatable {
    /// Bytes not acknowledged; past it `isFull`, and the shard lets go of Discord in a resumable way.
    package var unackedBytesMax = 32 << 20
    /// Bytes acknowledged and kept, for a bus that comes back older than it was.
    package var tailBytesMax = 16 << 20
    /// How long the acknowledged tail is kept.
    package var tailAgeMax = Duration.seconds(600)
    /// Bytes sent to the publisher and not acknowledged; one frame is always allowed.
    package var inFlightBytesMax = 1 << 20
    /// Bytes of a frame that several dispatches share; one dispatch is never cut.
    package var sentBytesMax = 32 << 10
    /// A publisher that owes acknowledgements for this long gives way to a standby, where there is one.
    package var stallAfter = Duration.seconds(10)
    /// A publisher whose bus is away gives way to a link whose bus has answered for this long meanwhile. Long enough
    /// for all to notice the same where it is Redis that goes.
    package var giveWayAfter = Duration.seconds(2)
    /// How long a process that is taken for dead has to link again before its death counts against a frame.
    package var quarantineAfter = Duration.seconds(15)

    package init() {}
}

/// One shard's side of the link in the gateway: frames that wait for the bus, and the one link that publishes them.
///
/// `position` is the id that the publisher's bus will end with when all that was sent has arrived. A frame whose `prev`
/// is at or below it, and whose first event is above it, follows on; a frame above it whose `prev` is above it too means
/// that something is no longer held, and a `log.gap` goes before it. See specs/link.md.
package struct PublisherMachine: Sendable {
    package enum Action: Sendable, Equatable {
        case send(LinkID, EventFrame)
        /// The publisher is another, or none; tell the links.
        case publisherChanged
        /// What the bus lacks is no longer held: append a frame with the guilds' whole states.
        case resync
        /// This frame ended two replicas in turn; `event.quarantined` stands in its place now.
        case quarantined(EventFrame)
    }

    private struct Held: Sendable {
        var held: HeldFrame
        /// When it was made; of the tail, when it was acknowledged.
        var at: Duration

        init(_ held: HeldFrame, at: Duration) {
            self.held = held
            self.at = at
        }

        var last: EventID { held.last }
        var bytes: Int { held.bytes }
    }

    /// Acknowledged frames are put into one block when so many bytes of them have gathered.
    private static let packedTogether = 128 << 10

    package let shard: ShardName
    package let limits: PublisherLimits
    package private(set) var publisher: LinkID?
    /// Links that could publish, in the order they came; the publisher is among them.
    private var links: [LinkID] = []
    private var tops: [LinkID: EventID?] = [:]
    private var names: [LinkID: String] = [:]
    /// What each link says of its bus, and since when.
    private var buses: [LinkID: (isUp: Bool, since: Duration)] = [:]
    private var suspicion = Suspicion()
    private var newestLink = LinkID(0)

    private var held: [Held] = []
    /// Of `held`: the first that is not acknowledged, and the next to send.
    private var unacked = 0
    private var next = 0
    /// Of `held`: up to here the acknowledged ones are packed, and the bytes of those behind it.
    private var packed = 0
    private var looseBytes = 0
    private var position: EventID?
    /// What the bus confirmed last.
    package private(set) var confirmed: EventID?
    private var isConfirmedKnown = false
    package private(set) var unackedBytes = 0
    private var tailBytes = 0
    private var inFlightBytes = 0
    private var owedSince: Duration?
    /// The guilds' states were asked for on account of a gap that is still to be sent.
    private var isResyncAsked = false

    package init(shard: ShardName, limits: PublisherLimits = PublisherLimits()) {
        self.shard = shard
        self.limits = limits
    }

    /// Takes what a process before this one held, oldest first, and the last id ever made. Frames up to `acknowledged` are
    /// the tail; how old it is, is not known, so that its age begins anew.
    package mutating func restore(
        _ frames: [EventFrame],
        last: EventID?,
        acknowledged: EventID? = nil,
        now: Duration
    ) {
        precondition(held.isEmpty && links.isEmpty, "a checkpoint is restored before anything else happens")
        held = frames.map { Held(HeldFrame($0), at: now) }
        // Where the two differ frames are missing, which nobody must overlook.
        self.last = [frames.last?.last, last].compactMap { $0 }.max()
        unacked = acknowledged.map { id in held.firstIndex { $0.last > id } ?? held.count } ?? 0
        countBytes()
    }

    package var isFull: Bool { unackedBytes > limits.unackedBytesMax }
    /// Room enough to listen to Discord again.
    package var hasRoom: Bool { unackedBytes <= limits.unackedBytesMax / 2 }
    package var tailBytesHeld: Int { tailBytes }
    /// Frames that are not acknowledged, and since when the oldest of them waits.
    package var waiting: (count: Int, since: Duration?) {
        (held.count - unacked, unacked < held.count ? held[unacked].at : nil)
    }

    /// What is not acknowledged, oldest first.
    package var unackedFrames: [EventFrame] { held[unacked...].map { $0.held.frame(of: shard) } }
    /// That, and the acknowledged tail before it.
    package var heldFrames: HeldFrames { HeldFrames(shard: shard, entries: held.map(\.held)) }
    /// The last id ever appended here.
    package private(set) var last: EventID?

    /// Takes a dispatch's frame; always admitted, whatever its size.
    package mutating func append(_ frame: EventFrame, now: Duration) -> [Action] {
        append([frame], now: now)
    }

    /// The same of several dispatches that were journaled together; they go out together too, `PublisherLimits.sentBytesMax` at a time.
    package mutating func append(_ frames: [EventFrame], now: Duration) -> [Action] {
        for frame in frames {
            let entry = HeldFrame(frame)
            unackedBytes += entry.bytes
            last = entry.last
            held.append(Held(entry, at: now))
        }
        return sendNext(now: now)
    }

    /// A link said hello on the accepted bus.
    package mutating func linkJoined(
        _ link: LinkID,
        top: EventID?,
        name: String = "",
        now: Duration
    ) -> [Action] {
        links.append(link)
        tops[link] = .some(top)
        names[link] = name.isEmpty ? "link \(link.number)" : name
        buses[link] = (true, now)
        newestLink = max(newestLink, link)
        suspicion.lives(names[link] ?? "")
        guard publisher == nil else { return sendNext(now: now) }
        publisher = link
        suspicion.judge(from: now)
        return [.publisherChanged] + goOn(from: top, now: now)
    }

    /// `died`: its end was no orderly one, so that what it was appending may have ended it.
    package mutating func linkLeft(_ link: LinkID, died: Bool = false, now: Duration) -> [Action] {
        let wasAway = isAway(link)
        buses[link] = nil
        let name = names.removeValue(forKey: link) ?? ""
        links.removeAll { $0 == link }
        tops[link] = nil
        guard publisher == link else { return [] }
        if died, !wasAway, inFlightBytes > 0, unacked < next {
            let (oldest, newest) = (held[unacked].last, held[next - 1].last)
            suspicion.died(link, name, at: oldest, through: newest, newestLink: newestLink, now: now)
        }
        return replacePublisher(now: now)
    }

    /// A link said whether its bus answers.
    package mutating func busChanged(_ link: LinkID, isUp: Bool, now: Duration) {
        guard let bus = buses[link], bus.isUp != isUp else { return }
        buses[link] = (isUp, now)
        // What it owes it could not pay before.
        if link == publisher, owedSince != nil { owedSince = now }
    }

    private func isAway(_ link: LinkID) -> Bool { buses[link].map { !$0.isUp } ?? false }

    /// `resend`: the bus ends at `id`, which is not where the sent frame goes on.
    package mutating func acked(_ link: LinkID, id: EventID?, resend: Bool, now: Duration) -> [Action] {
        guard links.contains(link) else { return [] }
        if resend {
            return link == publisher ? goOn(from: id, now: now) : []
        } else if let id {
            confirm(id, now: now)
            if link == publisher {
                inFlightBytes = 0
                for index in min(unacked, next)..<next { inFlightBytes += held[index].bytes }
                owedSince = inFlightBytes > 0 ? now : nil
            }
        }
        trimTail(now: now)
        return sendNext(now: now)
    }

    /// Once a second: a publisher that is stalled or has no bus gives way, the tail ages.
    package mutating func tick(now: Duration) -> [Action] {
        trimTail(now: now)
        if publisher != nil, suspicion.isProven(now: now, after: limits.quarantineAfter) {
            return quarantine(now: now)
        }
        guard let publisher, let bus = buses[publisher] else { return [] }
        if !bus.isUp {
            let isBetter = buses.values.contains {
                $0.isUp && now - max($0.since, bus.since) >= limits.giveWayAfter
            }
            return isBetter ? giveWay(now: now) : []
        }
        guard let since = owedSince, now - since >= limits.stallAfter else { return [] }
        return giveWay(now: now)
    }

    /// The publisher goes to the end of the line, if another link's bus answers.
    private mutating func giveWay(now: Duration) -> [Action] {
        guard let publisher, links.contains(where: { $0 != publisher && !isAway($0) }) else {
            return []
        }
        links.removeAll { $0 == publisher }
        links.append(publisher)
        return replacePublisher(now: now)
    }

    private mutating func replacePublisher(now: Duration) -> [Action] {
        publisher = links.first { !isAway($0) } ?? links.first
        owedSince = nil
        inFlightBytes = 0
        guard let publisher else { return [.publisherChanged] }
        return [.publisherChanged]
            + goOn(from: isConfirmedKnown ? confirmed : tops[publisher] ?? nil, now: now)
    }

    private mutating func goOn(from top: EventID?, now: Duration) -> [Action] {
        rewind(to: top)
        let before = next < held.count ? held[next].held.prev : last
        let isHole = before.map { before in top.map { $0 < before } ?? true } ?? false
        isResyncAsked = isHole
        return sendNext(now: now) + (isHole ? [.resync] : [])
    }

    /// The bus ends at `top`: everything behind it that is held goes out again.
    private mutating func rewind(to top: EventID?) {
        position = top
        confirmed = top
        isConfirmedKnown = true
        inFlightBytes = 0
        owedSince = nil
        if let top { suspicion.confirmed(top) }
        unacked = top.map { top in held.firstIndex { $0.last > top } ?? held.count } ?? 0
        next = unacked
        countBytes()
    }

    private mutating func confirm(_ id: EventID, now: Duration) {
        if confirmed.map({ $0 < id }) ?? true { confirmed = id }
        isConfirmedKnown = true
        if position.map({ $0 < id }) ?? true { position = id }
        suspicion.confirmed(id)
        while unacked < held.count, held[unacked].last <= id {
            unackedBytes -= held[unacked].bytes
            tailBytes += held[unacked].bytes
            held[unacked].at = now
            looseBytes += held[unacked].bytes
            unacked += 1
        }
        next = max(next, unacked)
        if looseBytes >= Self.packedTogether { packTail() }
    }

    /// The newest of the tail stay as they are until there are enough for a block.
    private mutating func packTail() {
        var start = packed
        while start < unacked, looseBytes >= Self.packedTogether {
            var (end, bytes) = (start, 0)
            while end < unacked, bytes < Self.packedTogether {
                bytes += held[end].bytes
                end += 1
            }
            var entries = held[start..<end].map(\.held)[...]
            HeldFrame.pack(&entries)
            for index in start..<end { held[index].held = entries[index - start] }
            looseBytes -= bytes
            start = end
        }
        packed = start
    }

    private mutating func countBytes() {
        tailBytes = held[..<unacked].reduce(0) { $0 + $1.bytes }
        unackedBytes = held[unacked...].reduce(0) { $0 + $1.bytes }
        packed = min(packed, unacked)
        looseBytes = held[packed..<unacked].reduce(0) { $0 + $1.bytes }
    }

    private mutating func trimTail(now: Duration) {
        var (drop, bytes) = (0, tailBytes)
        while drop < unacked, bytes > limits.tailBytesMax || now - held[drop].at > limits.tailAgeMax {
            bytes -= held[drop].bytes
            drop += 1
        }
        // Removing from the front moves the rest: done in portions, of frames or, where few are large, of bytes.
        let isPortion = drop * 8 >= held.count || (tailBytes - bytes) * 8 >= limits.tailBytesMax
        guard drop > 0, isPortion else { return }
        tailBytes = bytes
        looseBytes -= held[min(packed, drop)..<drop].reduce(0) { $0 + $1.bytes }
        held.removeFirst(drop)
        unacked -= drop
        next -= drop
        packed = max(0, packed - drop)
    }

    /// Sends what follows, as far as the bound on bytes in flight allows: dispatches that wait together in one frame.
    private mutating func sendNext(now: Duration) -> [Action] {
        guard let publisher, !suspicion.holdsBack else { return [] }
        var actions: [Action] = []
        var isResyncNews = false
        var (prev, events, bytes) = (position, [StreamEvent](), 0)
        func close() {
            if !events.isEmpty {
                actions.append(.send(publisher, EventFrame(shard: shard, prev: prev, events: events)))
            }
            (prev, events, bytes) = (position, [], 0)
        }
        while next < held.count, inFlightBytes == 0 || mayAddToFlight {
            let (last, size) = (held[next].last, held[next].bytes)
            next += 1
            if let position, last <= position { continue }
            let frame = held[next - 1].held.frame(of: shard)
            let gap = gap(before: frame)
            let isTooMuch = bytes > 0 && bytes + size > limits.sentBytesMax
            if gap != nil || isTooMuch || suspicion.isAlone(last) { close() }
            if let gap {
                actions.append(.send(publisher, gap))
                position = gap.last
                close()
                if !isResyncAsked { isResyncNews = true }
                isResyncAsked = false
            }
            if let position, frame.first <= position {
                events += frame.events.drop { $0.id <= position }
            } else {
                events += frame.events
            }
            bytes += size
            position = last
            inFlightBytes += size
            if owedSince == nil { owedSince = now }
        }
        close()
        return isResyncNews ? actions + [.resync] : actions
    }

    /// A frame under suspicion is in flight by itself.
    private var mayAddToFlight: Bool {
        inFlightBytes < limits.inFlightBytesMax && !suspicion.isAlone(held[unacked].last)
    }

    /// The replicas' deaths are this frame's doing: what it says is left out, its ids stay.
    private mutating func quarantine(now: Duration) -> [Action] {
        guard unacked < held.count, suspicion.frame == held[unacked].last else {
            suspicion.acquit()
            return sendNext(now: now)
        }
        let frame = held[unacked].held.frame(of: shard)
        let events = frame.events.map { StreamEvent(quarantining: $0, reason: Suspicion.reason) }
        held[unacked] = Held(
            HeldFrame(EventFrame(shard: shard, prev: frame.prev, events: events)),
            at: held[unacked].at
        )
        countBytes()
        suspicion.acquit()
        // The states that replicas hold now lack the event. A state that was itself at fault is not sent again.
        let wasState = frame.events.contains { $0.kind == .guildSynced }
        return [.quarantined(frame)] + sendNext(now: now) + (wasState ? [] : [.resync])
    }

    private func gap(before frame: EventFrame) -> EventFrame? {
        // Before number 0 no id is left for it.
        guard let prev = frame.prev, position.map({ $0 < prev }) ?? true, frame.first.number > 0 else {
            return nil
        }
        let event = StreamEvent(gapBefore: frame.events[0], after: position)
        return EventFrame(shard: shard, prev: position, events: [event])
    }
}
