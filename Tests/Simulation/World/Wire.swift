import Base

/// Two hosts that speak with each other; partitions are between them.
struct Route: Hashable {
    let from: String
    let to: String
}

/// One connection: each direction in order, delayed; it can be cut, and it can go silent without either end knowing.
final class Wire {
    enum End: Int {
        case client, server
        var other: End { self == .client ? .server : .client }
    }

    private unowned let world: World
    let route: Route
    private var arrivals: [Int64] = [0, 0]
    private var gone = [false, false]
    /// What is sent in this direction vanishes.
    private var silenced = [false, false]
    private var onClose: [((UInt16?) -> Void)?] = [nil, nil]

    init(_ world: World, _ route: Route) {
        self.world = world
        self.route = route
        world.add(self)
    }

    var isDead: Bool { gone[0] && gone[1] }
    func isOpen(at end: End) -> Bool { !gone[end.rawValue] }

    /// Called once, when this end learns that the connection is over; nil: without a close frame.
    func whenClosed(_ end: End, _ action: @escaping (UInt16?) -> Void) { onClose[end.rawValue] = action }

    private func arrival(from end: End) -> Int64 {
        var at = max(arrivals[end.rawValue] + 1, world.now + world.latency())
        if let until = world.stalledUntil(route) { at = max(at, until + world.latency()) }
        arrivals[end.rawValue] = at
        return at
    }

    func send(from end: End, _ deliver: @escaping () -> Void) {
        guard !gone[end.rawValue], !silenced[end.rawValue] else { return }
        let other = end.other.rawValue
        world.at(arrival(from: end)) { [self] in
            guard !gone[other] else { return }
            deliver()
        }
    }

    /// This end is done; the other learns behind what was sent before.
    func close(from end: End, code: UInt16? = nil) {
        guard !gone[end.rawValue] else { return }
        gone[end.rawValue] = true
        onClose[end.rawValue] = nil
        guard !silenced[end.rawValue] else { return }
        world.at(arrival(from: end)) { [self] in learn(end.other, code) }
    }

    /// Cuts it: each end learns in its own time; what is under way arrives or does not.
    func sever() {
        for end in [End.client, .server] {
            world.after(world.random.within(0...200_000)) { [self] in learn(end, nil) }
        }
    }

    /// Nothing passes any more and nobody is told; whoever pings gives up in 30 s.
    func silence(detectedAfter time: Int64 = 30_000_000) {
        silenced = [true, true]
        for end in [End.client, .server] {
            world.after(time + world.random.within(0...5_000_000)) { [self] in learn(end, nil) }
        }
    }

    private func learn(_ end: End, _ code: UInt16?) {
        guard !gone[end.rawValue] else { return }
        gone[end.rawValue] = true
        let action = onClose[end.rawValue]
        onClose[end.rawValue] = nil
        action?(code)
    }

    func forget() {
        gone = [true, true]
        onClose = [nil, nil]
    }
}

extension World {
    /// Opens a connection, if the server takes it and nothing is in the way: the client is told after the round trip.
    func connect(
        _ route: Route,
        isListening: @escaping () -> Bool,
        accepted: @escaping (Wire) -> Void,
        opened: @escaping (Wire?) -> Void
    ) {
        if let until = stalledUntil(route) {
            // It gives up in 5 s, or comes through when the way is free.
            return at(min(until, now + 5_000_000)) { [self] in
                guard stalledUntil(route) == nil else { return opened(nil) }
                connect(route, isListening: isListening, accepted: accepted, opened: opened)
            }
        }
        after(latency()) { [self] in
            guard isListening() else { return after(latency()) { opened(nil) } }
            let wire = Wire(self, route)
            accepted(wire)
            wire.send(from: .server) { opened(wire) }
            // A wire that dies before it was seen is a refusal.
            wire.whenClosed(.client) { _ in opened(nil) }
        }
    }
}
