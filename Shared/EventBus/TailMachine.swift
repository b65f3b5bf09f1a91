package import EventModels

/// What a tail hands on: events in order, each once.
package struct TailDelivery: Sendable, Equatable {
    /// Behind everything delivered before.
    package var events: [StreamEvent] = []
    /// Entries that are no events and were left out.
    package var unreadable = 0
    /// Set when events in front of these may be missing: the log no longer held what follows this id.
    package var gapAfter: EventID?
    /// Whether everything known to be in the log has now been delivered.
    package var isCaughtUp = false

    package init() {}
}

/// Follows one log by what is published and by what is in the log: decides what to read and what to hand on.
///
/// Published frames are the fast way: one whose `prev` is the position goes on at once. Anything else (another `prev`,
/// a new subscription, a top that is ahead) has the log read from the position, and the log is the truth. What is at or
/// behind the position is never handed on again.
package struct TailMachine: Sendable {
    package enum Step: Sendable, Equatable {
        case read(after: EventID?)
        case lookAtTop
        /// Nothing to do until a signal or the next tick.
        case rest
    }

    /// Frames that came ahead of the position and wait for a read to close the hole. Past the bounds they are
    /// dropped, and read later.
    private static let heldFramesMax = 1000
    private static let heldBytesMax = 8 << 20

    /// The last event handed on, or where the tail began.
    package private(set) var position: EventID?
    package private(set) var isCaughtUp = false
    private var wantsRead = true
    private var wantsLook = false
    /// After a failure nothing is tried until the next tick.
    private var isPaused = false
    private var held: [EventFrame] = []
    private var heldBytes = 0

    /// Begins behind `position`; nil: at the log's start, wherever that is.
    package init(after position: EventID?) { self.position = position }

    package func nextStep() -> Step {
        if isPaused { return .rest }
        if wantsRead { return .read(after: position) }
        return wantsLook ? .lookAtTop : .rest
    }

    /// Once a second: silence may mean that nothing was published, or that it was not heard.
    package mutating func tick() {
        isPaused = false
        wantsLook = true
    }

    package mutating func heard(_ signal: BusSignal) -> TailDelivery? {
        switch signal {
        case .listening:
            wantsRead = true
            isPaused = false
            return nil
        case .unreadable:
            wantsRead = true
            return nil
        case .lost: return nil
        case .frame(let frame): return published(frame)
        }
    }

    private mutating func published(_ frame: EventFrame) -> TailDelivery? {
        if let position, frame.last <= position { return nil }
        guard let events = following(frame) else {
            hold(frame)
            wantsRead = true
            return nil
        }
        return handOn(events)
    }

    /// The events of a frame behind the position, if nothing is missing in front of them.
    private func following(_ frame: EventFrame) -> [StreamEvent]? {
        guard let position, let prev = frame.prev, prev <= position else { return nil }
        return prev == position ? frame.events : frame.events.filter { position < $0.id }
    }

    private mutating func handOn(_ events: [StreamEvent]) -> TailDelivery? {
        guard let last = events.last else { return nil }
        position = last.id
        var delivery = TailDelivery()
        delivery.events = events
        delivery.isCaughtUp = isCaughtUp
        return delivery
    }

    private mutating func hold(_ frame: EventFrame) {
        heldBytes += frame.bytes
        guard held.count < Self.heldFramesMax, heldBytes <= Self.heldBytesMax else {
            held = []
            heldBytes = 0
            return
        }
        held.append(frame)
    }

    /// The answer to `.read`. Frames may have been handed on meanwhile; what they covered is left out.
    package mutating func pageRead(_ page: LogPage) -> TailDelivery {
        var delivery = TailDelivery()
        delivery.gapAfter = page.gap(after: position)?.after
        for entry in page.entries {
            if let position, entry.id <= position { continue }
            position = entry.id
            if let event = entry.event { delivery.events.append(event) } else { delivery.unreadable += 1 }
        }
        // A top without entries (all were removed) is never reached; the next tick looks again.
        wantsRead = isBehind(page.bounds.top) && !page.entries.isEmpty
        wantsLook = false
        closeHoles(&delivery)
        if !wantsRead { isCaughtUp = true }
        delivery.isCaughtUp = isCaughtUp && !wantsRead
        return delivery
    }

    private mutating func closeHoles(_ delivery: inout TailDelivery) {
        let frames = held
        held = []
        heldBytes = 0
        for frame in frames {
            if let position, frame.last <= position { continue }
            if let events = following(frame) {
                position = frame.last
                delivery.events += events
                // A read was wanted only up to where these events reach, or further: the next look tells.
                wantsLook = true
            } else {
                hold(frame)
                wantsRead = true
            }
        }
    }

    private func isBehind(_ top: EventID?) -> Bool {
        guard let top else { return false }
        return position.map { $0 < top } ?? true
    }

    /// The answer to `.lookAtTop`.
    package mutating func topSeen(_ bounds: LogBounds) {
        wantsLook = false
        if isBehind(bounds.top) { wantsRead = true }
    }

    /// The bus could not answer; it is asked again after the next tick.
    package mutating func stepFailed() { isPaused = true }
}
