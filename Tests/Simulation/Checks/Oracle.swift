import Base
import EventModels
import JSON

/// Says what must hold, and fails the world where it does not.
final class Oracle {
    private unowned let world: World
    private let discord: DiscordNode
    private(set) var chains: [ShardName: Chain] = [:]
    /// Sessions by the epochs that their events carry.
    private var sessionOfEpoch: [UInt64: String] = [:]
    /// Where each message's creation stands in the chain, and its session's number for it.
    private var createdAt: [UInt64: EventID] = [:]
    private var numberOfMessage: [UInt64: [(session: String, number: Int)]] = [:]
    private var numbered: [String: Int] = [:]
    /// Sessions of which the gateway may have forgotten what it said that it had.
    var excused: Set<String> = []
    /// Two gateways were alive at a time, both with a session: one message may be told by each.
    var hadTwoGateways = false
    /// A state directory was lost.
    private(set) var mayLackEpoch = false
    var quarantined: Set<EventID> = []
    /// From this id on the log alone tells every guild.
    private(set) var completeFrom: [ShardName: EventID] = [:]
    private var syncedSince: [ShardName: Set<Snowflake>] = [:]
    private(set) var appended = 0
    private(set) var delivered = 0
    /// Redis has come back without what it had confirmed.
    private(set) var redisWentBack = false
    /// Everybody who may look.
    let lookers: [Looker]

    init(_ world: World, discord: DiscordNode) {
        self.world = world
        self.discord = discord
        lookers = [.everyone] + discord.guilds.flatMap { $0.cast.map { Looker.user($0) } }
    }

    func countDelivery() { delivered += 1 }

    // MARK: The log

    /// Redis has appended a frame behind `before`.
    func appended(_ frame: EventFrame, behind before: EventID?) {
        if frame.prev != before {
            world.fail("appended \(frame.first) behind \(name(before)), made to follow \(name(frame.prev))")
        }
        var chain = chains.removeValue(forKey: frame.shard) ?? Chain(shard: frame.shard, lookers: lookers)
        var last = before
        for event in frame.events {
            if let last, event.id <= last {
                world.fail("the log does not ascend: \(event.id) behind \(last)")
            }
            last = event.id
            world.note("log", "\(event.id) \(event.name)")
            take(event, into: &chain)
        }
        chains[frame.shard] = chain
    }

    private func name(_ id: EventID?) -> String { id?.description ?? "nothing" }

    private func take(_ event: StreamEvent, into chain: inout Chain) {
        appended += 1
        noteCompleteness(event, chain.shard)
        if event.kind == .logGap, !redisWentBack, !mayLackEpoch, !hadTwoGateways {
            return world.fail("a gap at \(event.id), where nothing that was confirmed was lost")
        }
        if let known = chain[event.id] { return compare(event, with: known.event) }
        if let top = chain.top, event.id < top {
            // What Redis lost may be announced; an event that nobody had ever appended may not come late.
            guard event.kind == .logGap else {
                return world.fail(
                    "\(event.id) \(event.name) comes behind \(top), which was appended before it"
                )
            }
            return
        }
        if chain.gaps.isEmpty, !hadTwoGateways,
            let fault = VoiceTimes(state: chain.entries.last?.states[event.guild]).fault(event)
        {
            return world.fail("\(event.id) \(event.name) \(fault)")
        }
        chain.append(
            event,
            // A gateway that takes over compares with what it knows itself, not with what the other one told.
            isFresh: hadTwoGateways || discord.freshEpochs.contains(event.id.epoch),
            members: discord.members(of: event.guild.rawValue, behind: event.id)
        )
        noteChanges(chain)
        if event.kind == .messageCreated { created(event) }
    }

    private func noteChanges(_ chain: Chain) {
        guard world.trace.isOn, let entry = chain.entries.last, !entry.changes.isEmpty else { return }
        for (guild, lookers) in entry.changes.sorted(by: { $0.key < $1.key }) {
            for looker in chain.lookers where lookers.contains(looker) {
                world.note("truth", "\(looker) sees guild \(guild) anew behind \(entry.event.id)")
            }
        }
    }

    private func compare(_ event: StreamEvent, with known: StreamEvent) {
        guard event.envelope != known.envelope, event.kind != .logGap, known.kind != .logGap else { return }
        if quarantined.contains(event.id) { return }
        world.fail("\(event.id) names two events: \(text(known.envelope)) and \(text(event.envelope))")
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix(300), as: UTF8.self) }

    private func noteCompleteness(_ event: StreamEvent, _ shard: ShardName) {
        guard completeFrom[shard] == nil, event.kind == .guildSynced else { return }
        syncedSince[shard, default: []].insert(event.guild)
        if syncedSince[shard]?.count == discord.guilds.count { completeFrom[shard] = event.id }
    }

    /// Redis came back with less than it had.
    func logWentBack(_ shard: ShardName, isEmpty: Bool) {
        redisWentBack = true
        if isEmpty || mayLackEpoch { forgetCompleteness(of: shard) }
    }

    /// The gateway's state directory is gone.
    func stateWasLost(of shard: ShardName) {
        mayLackEpoch = true
        // With what Redis forgot too, nobody has it any more.
        if redisWentBack { forgetCompleteness(of: shard) }
    }

    private func forgetCompleteness(of shard: ShardName) {
        completeFrom[shard] = nil
        syncedSince[shard] = nil
    }

    // MARK: Each dispatch once

    private func noteNumbers() {
        for session in discord.sessions {
            for number in (numbered[session.id] ?? 0)..<session.sent.count {
                guard let message = session.sent[number].message else { continue }
                numberOfMessage[message, default: []].append((session.id, number + 1))
            }
            numbered[session.id] = session.sent.count
        }
    }

    private func created(_ event: StreamEvent) {
        noteNumbers()
        guard let message = event.payload?["messageId"]?.snowflake?.rawValue else {
            return world.fail("\(event.id) has no message")
        }
        if let before = createdAt[message], !hadTwoGateways {
            world.fail("message \(message) was told twice: \(before) and \(event.id)")
        }
        createdAt[message] = event.id
        let sources = numberOfMessage[message] ?? []
        if let known = sessionOfEpoch[event.id.epoch] {
            guard let source = sources.first(where: { $0.session == known }) else {
                return world.fail(
                    "epoch \(event.id.epoch) is of \(known), which did not tell message \(message)"
                )
            }
            if source.number != Int(event.id.sequence) {
                world.fail(
                    "message \(message) is number \(source.number) of \(known), not \(event.id.sequence)"
                )
            }
        } else {
            let fitting = sources.filter { $0.number == Int(event.id.sequence) }
            if fitting.isEmpty { world.fail("\(event.id) is no number of message \(message)") }
            // Two sessions may have told it under one number.
            if fitting.count == 1 { sessionOfEpoch[event.id.epoch] = fitting[0].session }
        }
    }

    /// At the end: whatever a session that was resumed has told is in the chain. `current` is the gateway's session.
    func checkNothingLost(current: String?) {
        noteNumbers()
        for session in discord.sessions where !excused.contains(session.id) {
            // Of two gateways only the one that has the shard promises anything.
            if hadTwoGateways, session.id != current { continue }
            let limit = session.id == current ? session.sent.count : session.claimed
            for number in 0..<min(limit, session.sent.count) {
                guard let message = session.sent[number].message, createdAt[message] == nil else { continue }
                if quarantined.contains(where: { $0.sequence == UInt64(number + 1) }) { continue }
                return world.fail("message \(message), number \(number + 1) of \(session.id), is in no log")
            }
        }
    }
}
