internal import Base
internal import JSON

/// One connection's side of the protocol: what may be said when, how often, and how long silence may last.
package struct ClientMachine: Sendable {
    package enum Phase: Sendable, Equatable {
        /// HELLO was sent; IDENTIFY or RESUME is awaited.
        case greeting
        /// Speaks for this session.
        case live(session: String)
        case closed
    }

    package private(set) var phase = Phase.greeting
    private var lastHeartbeat: Duration
    private var sent: [Duration] = []
    /// Heartbeats get no answer until then.
    package var acksMutedUntil: Duration?
    /// Set by op 7: who has not gone by then is sent away.
    package var closesAt: Duration?

    package init(now: Duration) { lastHeartbeat = now }

    package mutating func becomeLive(session: String) { phase = .live(session: session) }
    package mutating func becomeGreeting() { phase = .greeting }
    package mutating func close() { phase = .closed }

    package var session: String? {
        if case .live(let session) = phase { session } else { nil }
    }

    package mutating func receive(
        _ payload: [UInt8],
        rules: GatewayRules,
        guilds: Int,
        now: Duration
    ) -> ClientRequest {
        guard payload.count <= rules.payloadBytesMax else { return .refuse(.decodeError) }
        sent.removeAll { $0 + rules.sendWindow <= now }
        sent.append(now)
        guard sent.count <= rules.sendsMax else { return .refuse(.rateLimited) }
        guard let root = try? JSONDocument(parsing: payload).root, let op = root["op"]?.int else {
            return .refuse(.decodeError)
        }
        let d = root["d"]
        if op == 1 {
            guard d.map({ $0.isNull || $0.int != nil }) ?? true else { return .refuse(.decodeError) }
            lastHeartbeat = now
            return .heartbeat
        }
        switch (op, phase) {
        case (2, .greeting), (6, .greeting):
            guard let d, d.kind == .object else { return .refuse(.decodeError) }
            return op == 2 ? RequestReader.identify(d, rules, guilds: guilds) : RequestReader.resume(d, rules)
        case (2, .live), (6, .live): return .refuse(.alreadyAuthenticated)
        case (3, .live), (4, .live):
            guard let fields = JSONFields(d) else { return .refuse(.decodeError) }
            return op == 3 ? .presence(fields) : .voice(fields)
        case (8, .live): return d.map { RequestReader.members($0) } ?? .refuse(.decodeError)
        case (31, .live): return d.map { RequestReader.sounds($0) } ?? .refuse(.decodeError)
        case (43, .live): return d.map { RequestReader.channelInfo($0) } ?? .refuse(.decodeError)
        case (3, .greeting), (4, .greeting), (8, .greeting), (31, .greeting), (43, .greeting):
            return .refuse(.notAuthenticated)
        case (_, .closed): return .ignored
        default: return .refuse(.unknownOpcode)
        }
    }

    /// A heartbeat is overdue by half an interval, or the time after op 7 is over.
    package func overdue(rules: GatewayRules, now: Duration) -> GatewayClose? {
        guard phase != .closed else { return nil }
        if let closesAt, closesAt <= now { return .unknownError }
        return lastHeartbeat + rules.heartbeatInterval * 1.5 <= now ? .sessionTimedOut : nil
    }

    package mutating func acknowledges(now: Duration) -> Bool {
        guard let muted = acksMutedUntil else { return true }
        if muted <= now { acksMutedUntil = nil }
        return muted <= now
    }
}
