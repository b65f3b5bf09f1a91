import Base
import EventModels
import JSON
import LinkProtocol
import Simulator
import TestSupport
import Testing

/// Commands all the way: a caller on a link, a real gateway, and a Discord stand-in that does what it is asked.
@Suite struct CommandTests {
    private static func message(_ text: String) -> [UInt8] { Array(#"{"content":"\#(text)"}"#.utf8) }

    private static func answer(_ caller: Caller, _ order: LinkOrder) async throws -> LinkResult.Outcome {
        let id = await caller.ask(.order(order))
        try await eventually("an answer") { await caller.results[id] != nil }
        return try #require(await caller.results[id])
    }

    private static func member(_ name: String, of outcome: LinkResult.Outcome) throws -> String? {
        guard case .value(let value) = outcome else { return nil }
        return try JSONDocument(parsing: value).root[key: name]?.string
    }

    /// What came over the log of messages that said this.
    private static func heard(_ world: LinkedWorld, _ text: String) -> [StreamEvent] {
        world.heard.events.filter { $0.kind == .messageCreated && $0.payload?["content"]?.string == text }
    }

    @Test func `a message is sent once for its key, by two gateways in turn`() async throws {
        let ids = Locked<[String]>([])
        try await LinkedWorld.run(churn: 0, gateways: 2) { world, turn in
            let guild = try #require(world.given.guilds.first)
            let channel = try #require(guild.textChannels.first)
            let caller = Caller(loop: world.loop)
            try await caller.link(port: world.port)
            try await eventually("a session") {
                guard await !caller.shards.isEmpty else { return false }
                return turn > 0 || world.heard.events.contains { $0.kind == .guildSynced }
            }
            #expect(await caller.shards == [LinkShard(shard: .only, publisher: false)])
            let order = LinkOrder(
                .sendMessage(channel: channel, message: Self.message("once")),
                guild: guild.id,
                key: "test:1"
            )
            for _ in 0..<2 {
                let outcome = try await Self.answer(caller, order)
                let id = try #require(try Self.member("messageId", of: outcome), "\(outcome)")
                ids.withLock { $0.append(id) }
            }
            var other = order
            other.deed = .sendMessage(channel: channel, message: Self.message("other"))
            guard case .failed(let failure) = try await Self.answer(caller, other) else {
                Issue.record("the key was another message's")
                return
            }
            #expect(failure.code == .conflict)
            try await eventually("the message") { Self.heard(world, "once").count == 1 }
            var last = order
            last.key = "test:last:\(turn)"
            last.deed = .sendMessage(channel: channel, message: Self.message("last"))
            _ = try await Self.answer(caller, last)
            try await eventually("the last message") { !Self.heard(world, "last").isEmpty }
            // The next gateway has it in its tail, for a bus that is new.
            #expect(Self.heard(world, "once").count == 1)
            await caller.unlink()
        }
        #expect(ids.withLock { $0.count == 4 && Set($0).count == 1 })
    }

    @Test func `an emitted event is in the log under the id that its caller is told`() async throws {
        try await LinkedWorld.run(churn: 0) { world in
            let guild = try #require(world.given.guilds.first)
            let caller = Caller(loop: world.loop)
            try await caller.link(port: world.port)
            try await eventually("the guild") { world.heard.events.contains { $0.kind == .guildSynced } }
            let payload = Array(#"{"name":"members","count":100}"#.utf8)
            let order = LinkOrder(
                .emit(event: "milestone.reached", payload: payload),
                guild: guild.id,
                key: "m"
            )
            let told = try #require(try Self.member("eventId", of: try await Self.answer(caller, order)))
            #expect(try Self.member("eventId", of: try await Self.answer(caller, order)) == told)
            try await eventually("the event") {
                world.heard.events.contains { $0.kind == .milestoneReached && "\($0.id)" == told }
            }
            #expect(world.heard.events.count { $0.kind == .milestoneReached } == 1)
            let whole = await caller.ask(.fetchGuild(guild.id, shard: nil))
            try await eventually("the guild's state") { await caller.results[whole] != nil }
            guard case .value(let value)? = await caller.results[whole] else {
                Issue.record("no guild")
                return
            }
            let root = try JSONDocument(parsing: value).root
            #expect(root["guild"].flatMap { GuildState($0) }?.name == guild.name)
        }
    }
}
