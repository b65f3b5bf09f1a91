import Base
import JSON
import Simulator
import Testing

/// Many guilds, many shards, and what happens how often.
@Suite struct ScaleTests {
    @Test func `an agenda gives who is due first, and of equals the lowest`() {
        var agenda = Agenda()
        for (number, at) in [(0, 5), (1, 3), (2, 9), (3, 3), (4, 1), (5, 3)] {
            agenda.add(number, at: .seconds(at))
        }
        var order: [Int] = []
        while let number = agenda.take(dueBy: .seconds(5)) {
            order.append(number)
            if number == 4, order.count == 1 { agenda.add(4, at: .seconds(4)) }
        }
        #expect(order == [4, 1, 3, 5, 4, 0] && agenda.nextAt == .seconds(9))
    }

    @Test func `every guild lives at its own pace, in the order of time`() {
        var bench = CoreBench(guilds: 30)
        let client = bench.identified(intents: 53_608_447)
        let communities = bench.core.world.guilds.map {
            CommunityMachine(guild: $0, seed: 1, mix: .usual, eventsPerSecond: 1, start: .zero)
        }
        bench.core.setLife(communities: communities, churns: [])
        var guilds: Set<Snowflake> = []
        var count = 0
        for second in 1...20 {
            bench.wait(1)
            bench.core.advance(now: bench.now)
            #expect(bench.core.nextEventAt ?? .zero > .seconds(second), "nothing that is due is left")
            for payload in bench.heard() {
                count += 1
                if let guild = payload["d"]?["guild_id"]?.snowflake { guilds.insert(guild) }
            }
            bench.say(client, #"{"op":1,"d":null}"#)
        }
        #expect(guilds.count == 30 && 450...750 ~= count)
    }

    @Test func `gives the shares that were asked for`() throws {
        let mix = try #require(CommunityMix("presence=70,message=20,voice=5,other=5"))
        var random = SeededRandom(seed: 5)
        var counts: [CommunityMix.Act: Int] = [:]
        for _ in 0..<20_000 { counts[mix.draw(&random), default: 0] += 1 }
        func share(_ act: CommunityMix.Act) -> Int { counts[act, default: 0] / 200 }
        #expect(
            [share(.presence), share(.message), share(.voice)].elementsEqual([70, 20, 5]) {
                abs($0 - $1) <= 1
            }
        )
        #expect(CommunityMix.Act.allCases.allSatisfy { (counts[$0, default: 0] > 0) == ($0 != .rarity) })
        #expect(CommunityMix("usual") == .usual && CommunityMix("voice=1") != nil)
        for wrong in [
            "", "presence", "presence=0", "presence=1,presence=1", "sleep=3", "voice=-1", "voice=1,",
        ] {
            #expect(CommunityMix(wrong) == nil, "\(wrong)")
        }
    }

    /// By bucket `shard_id % max_concurrency`, once in 5 s. Discord, "Rate Limiting" of sharding.
    @Test func `lets shards identify by bucket`() {
        var bench = CoreBench(guilds: 8) {
            $0.shards = 4
            $0.maxConcurrency = 2
        }
        func identify(_ bench: inout CoreBench, _ shard: Int, of count: Int = 4) -> String? {
            bench.say(bench.open(), CoreBench.identify(more: #","shard":[\#(shard),\#(count)]"#))
            return bench.heard().dropFirst().first.map { $0["t"]?.string ?? "op \($0["op"]?.int ?? 0)" }
        }
        #expect((0..<4).map { identify(&bench, $0) } == ["READY", "READY", "op 9", "op 9"])
        bench.wait(5)
        #expect((2..<4).map { identify(&bench, $0) } == ["READY", "READY"])
        bench.wait(5)
        #expect(identify(&bench, 7, of: 8) == "READY", "another number of shards side by side")
        #expect(bench.core.sessions.map(\.shardCount) == [4, 4, 4, 4, 8])
    }

    @Test func `asks for more shards where there are more than 2500 guilds for each`() {
        for (guilds, count, refused) in [(3, 1, true), (4, 2, false), (5, 2, true), (2, 1, false)] {
            var bench = CoreBench(guilds: guilds, members: 3) { $0.guildsPerShardMax = 2 }
            bench.say(bench.open(), CoreBench.identify(more: #","shard":[0,\#(count)]"#))
            #expect((bench.closes() == [.shardingRequired]) == refused, "\(guilds) on \(count)")
        }
    }

    @Test func `tells a guild's dispatches to its shard, others and entitlements to shard 0`() throws {
        var bench = CoreBench(guilds: 8)
        for (shard, count) in [(0, 2), (1, 2), (0, 3), (1, 3), (2, 3)] {
            bench.wait(5)
            bench.say(
                bench.open(),
                CoreBench.identify(intents: 53_608_447, more: #","shard":[\#(shard),\#(count)]"#)
            )
        }
        for guild in bench.core.world.guilds.map(\.id) {
            let typing = #"{"guild_id":"\#(guild)","user_id":"1","channel_id":"2"}"#
            let told = try bench.happen("TYPING_START", typing).map(\.shard)
            #expect(told == [guild.shard(of: 2), guild.shard(of: 3)])
            for name in ["ENTITLEMENT_CREATE", "SUBSCRIPTION_UPDATE"] {
                #expect(try bench.happen(name, #"{"id":"5","guild_id":"\#(guild)"}"#).map(\.shard) == [0, 0])
            }
        }
        #expect(
            try bench.happen("USER_UPDATE", #"{"id":"5"}"#).map(\.shard) == [
                0, 0,
            ]
        )
    }

    @Test func `a shard's presence is told in its guilds alone`() {
        var bench = CoreBench(guilds: 8)
        let client = bench.open()
        bench.say(client, CoreBench.identify(more: #","shard":[1,2]"#))
        _ = bench.takeAll()
        bench.say(client, #"{"op":3,"d":{"since":null,"activities":[],"status":"idle","afk":false}}"#)
        let own = bench.core.world.guilds.map(\.id).filter { $0.shard(of: 2) == 1 }
        #expect(bench.heard().map { $0["d"]?["guild_id"]?.snowflake } == own)
        let others = bench.core.world.guilds.filter { $0.id.shard(of: 2) == 0 }
        #expect(others.allSatisfy { $0.status(of: $0.botID) == "online" })
    }
}
