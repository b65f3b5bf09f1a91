package import EventModels

/// The commands that a replica waits for on one link: how many, and how long. Ids are not used again, not even by the
/// links that follow it, so that a late answer is nobody's.
package struct OpenCommands: Sendable {
    package static let countMax = 1000
    package static let answerWithin = Duration.seconds(5)
    /// Of `fetch gateway`: people look at the answers of all gateways together, and one that hangs is what they want to see.
    package static let reportWithin = Duration.seconds(2)

    private let answerWithin: Duration
    private var deadlines: [UInt64: Duration] = [:]
    private var lastID: UInt64 = 0

    package init(answerWithin: Duration = Self.answerWithin) { self.answerWithin = answerWithin }

    package var count: Int { deadlines.count }

    /// When the next one ends; nil: none is open.
    package var deadline: Duration? { deadlines.values.min() }

    /// The command to send; nil where too many are open. What is to be done has a deadline of its own, and a second for the
    /// answer's way.
    package mutating func open(_ request: LinkCommand.Request, now: Duration) -> LinkCommand? {
        let answerWithin =
            switch request {
            case .order(let order): .milliseconds(order.deadline) + .seconds(2)
            case .fetchGateway: min(answerWithin, Self.reportWithin)
            case .fetchMember, .fetchMembers, .fetchGuild, .unknown, .invalid: answerWithin
            }
        guard deadlines.count < Self.countMax else { return nil }
        lastID += 1
        deadlines[lastID] = now + answerWithin
        return LinkCommand(id: lastID, request)
    }

    /// Whether it was waited for.
    package mutating func answered(_ id: UInt64) -> Bool { deadlines.removeValue(forKey: id) != nil }

    /// Those whose time is over, oldest first; they are open no more.
    package mutating func expire(now: Duration) -> [UInt64] {
        let over = deadlines.filter { $0.value <= now }.keys.sorted()
        for id in over { deadlines[id] = nil }
        return over
    }

    /// The link has ended, and all of them with it; oldest first.
    package mutating func abandon() -> [UInt64] {
        defer { deadlines = [:] }
        return deadlines.keys.sorted()
    }

    /// Which links to ask about a shard, by the shards that each one's gateway has: those where this replica is the
    /// publisher first.
    package static func order(_ links: [[LinkShard]], for shard: ShardName) -> [Int] {
        func naming(publishing: Bool) -> [Int] {
            links.indices.filter { index in
                links[index].contains { $0.shard == shard && $0.publisher == publishing }
            }
        }
        return naming(publishing: true) + naming(publishing: false)
    }
}
