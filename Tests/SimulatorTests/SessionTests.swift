import Base
import JSON
import Simulator
import Testing

@Suite struct SessionTests {
    @Test func `says READY, then every guild of the shard`() throws {
        var bench = CoreBench(guilds: 6)
        let client = bench.open()
        #expect(bench.heard().first?["d"]?["heartbeat_interval"]?.int == 41_250)
        bench.say(client, CoreBench.identify(more: #","shard":[0,2]"#))
        let heard = bench.heard()
        let own = bench.core.world.guilds.filter { $0.id.shard(of: 2) == 0 }
        #expect(heard.map { $0["t"]?.string } == ["READY"] + own.map { _ in "GUILD_CREATE" })
        #expect(heard.map { $0["s"]?.int } == Array(1...own.count + 1))
        #expect(heard.first?["d"]?["guilds"]?.array?.count == own.count)
        #expect(heard.last?["d"]?["id"]?.snowflake == own.last?.id)
        #expect(heard.last?["d"]?["member_count"]?.int == 40)
    }

    private func message(in bench: CoreBench) -> String {
        let guild = bench.core.world.guilds[0]
        return
            #"{"channel_id":"\#(guild.textChannels[0])","content":"hi","author":{"id":"\#(guild.members.ids[3])"}}"#
    }

    @Test func `replays what was missed, then says RESUMED`() throws {
        var bench = CoreBench()
        let first = bench.identified()
        let session = try #require(bench.core.sessions.first?.id)
        _ = try bench.happen("MESSAGE_CREATE", message(in: bench))
        #expect(bench.heard().map { $0["s"]?.int } == [3])
        bench.core.closed(first, code: nil, now: bench.now)
        for _ in 0..<3 { _ = try bench.happen("MESSAGE_CREATE", message(in: bench)) }
        #expect(bench.heard().isEmpty)
        bench.wait(179)
        bench.core.sweep(now: bench.now)
        let second = bench.open()
        _ = bench.heard()
        bench.say(second, CoreBench.resume(session, 3))
        let heard = bench.heard()
        #expect(heard.map { $0["s"]?.int } == [4, 5, 6, 7])
        #expect(
            heard.map { $0["t"]?.string } == [
                "MESSAGE_CREATE", "MESSAGE_CREATE", "MESSAGE_CREATE", "RESUMED",
            ]
        )
        #expect(bench.core.starts.used == 1)
    }

    @Test func `refuses to resume what is gone, and closes on a sequence never sent`() throws {
        var bench = CoreBench()
        let first = bench.identified()
        let session = try #require(bench.core.sessions.first?.id)
        bench.core.closed(first, code: 4000, now: bench.now)
        let second = bench.open()
        bench.say(second, CoreBench.resume(session, 99))
        #expect(bench.closes() == [.invalidSequence])
        bench.core.closed(second, code: 4007, now: bench.now)
        bench.wait(180)
        bench.core.sweep(now: bench.now)
        let third = bench.open()
        _ = bench.heard()
        bench.say(third, CoreBench.resume(session, 1))
        #expect(bench.heard().map { [$0["op"]?.int, $0["d"]?.bool == false ? 0 : 1] } == [[9, 0]])
    }

    @Test func `ends the session with a close of 1000 or 1001 and with no other`() {
        for (code, survives) in [
            (UInt16?(1000), false), (1001, false), (4000, true), (nil, true), (1006, true),
        ] {
            var bench = CoreBench()
            let client = bench.identified()
            bench.core.closed(client, code: code, now: bench.now)
            #expect(bench.core.sessions.isEmpty != survives)
        }
    }

    @Test func `inflicts op 7, op 9 and muted acknowledgements`() throws {
        var bench = CoreBench()
        let client = bench.identified()
        #expect(bench.core.inflict(Fault(kind: .op7, milliseconds: 1000), now: bench.now) == 1)
        #expect(bench.names() == ["op 7"])
        bench.wait(1)
        bench.core.sweep(now: bench.now)
        #expect(bench.closes() == [.unknownError])
        bench.core.closed(client, code: 4000, now: bench.now)
        let second = bench.open()
        bench.say(second, CoreBench.resume(try #require(bench.core.sessions.first?.id), 2))
        _ = bench.heard()
        _ = bench.core.inflict(Fault(kind: .muteAcks, milliseconds: 5000), now: bench.now)
        bench.say(second, #"{"op":1,"d":1}"#)
        #expect(bench.names().isEmpty)
        bench.wait(5)
        bench.say(second, #"{"op":1,"d":1}"#)
        #expect(bench.names() == ["op 11"])
        _ = bench.core.inflict(Fault(kind: .op9), now: bench.now)
        #expect(bench.names() == ["op 9"] && bench.core.sessions.isEmpty)
        bench.say(second, CoreBench.identify())
        #expect(bench.names() == ["READY", "GUILD_CREATE"])
    }

    @Test func `sends members in chunks and limits requests for everybody`() {
        var bench = CoreBench(members: 2300)
        let client = bench.identified()
        let guild = bench.core.world.guilds[0].id
        let all = #"{"op":8,"d":{"guild_id":"\#(guild)","query":"","limit":0,"presences":true,"nonce":"n"}}"#
        bench.say(client, all)
        let chunks = bench.heard()
        #expect(chunks.map { $0["d"]?["members"]?.array?.count } == [1000, 1000, 300])
        #expect(chunks.last?["d"]?["chunk_index"]?.int == 2 && chunks.last?["d"]?["nonce"]?.string == "n")
        bench.say(client, all)
        #expect(bench.heard().first?["d"]?["retry_after"]?.double == 30)
    }
}
