internal import Base

/// Trouble on demand.
package struct Fault: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// The connection breaks off.
        case drop
        /// "Reconnect"; who has not gone after `ms` (5000) is sent away with 4000.
        case op7
        /// "Invalid session": the session ends, or with `resumable` is only let go.
        case op9
        /// Heartbeats get no answer for `ms` (for good).
        case muteAcks = "mute-acks"
        /// Nothing is sent for `ms` (2000); it follows afterwards, in order.
        case delay
        /// Connections break off; new ones and REST get 503 for `ms` (5000). Sessions live on.
        case down
    }

    package let kind: Kind
    /// Nil: every shard.
    package let shard: Int?
    package let milliseconds: Int?
    package let resumable: Bool

    package init(kind: Kind, shard: Int? = nil, milliseconds: Int? = nil, resumable: Bool = false) {
        self.kind = kind
        self.shard = shard
        self.milliseconds = milliseconds
        self.resumable = resumable
    }
}

extension GatewayCore {
    /// The answer: how many connections it touched.
    package mutating func inflict(_ fault: Fault, now: Instant) -> Int {
        func wait(_ standard: Int) -> Duration { .milliseconds(fault.milliseconds ?? standard) }
        if fault.kind == .down { isDownUntil = now.monotonic + wait(5000) }
        let struck = sessions.filter { fault.shard == nil || fault.kind == .down || $0.shard == fault.shard }
        var touched = 0
        for session in struck {
            guard let client = session.client else { continue }
            touched += 1
            switch fault.kind {
            case .drop, .down:
                outputs.append(.cut(client))
            case .op7:
                clients[client]?.closesAt = now.monotonic + wait(5000)
                outputs.append(.send(client, OpPayload.reconnect))
            case .op9:
                if fault.resumable { detachSession(session.id, now) } else { endSession(session.id) }
                clients[client]?.becomeGreeting()
                outputs.append(.send(client, OpPayload.invalidSession(resumable: fault.resumable)))
            case .muteAcks:
                clients[client]?.acksMutedUntil = now.monotonic + wait(.max / 2_000_000)
            case .delay:
                outputs.append(.hold(client, until: now.monotonic + wait(2000)))
            }
        }
        return touched
    }
}
