import Base
import Simulator
import Testing

@Suite struct CloseCodeTests {
    private typealias Bench = CoreBench

    @Test func `answers each mistake with its close code`() {
        let identify = Bench.identify()
        let long = #"{"op":1,"d":null,"x":""# + String(repeating: "a", count: 4096) + "\"}"
        let table: [(GatewayClose, [String])] = [
            (.unknownOpcode, [#"{"op":5,"d":null}"#]), (.unknownOpcode, [identify, #"{"op":99,"d":{}}"#]),
            (.decodeError, ["{"]), (.decodeError, ["[]"]), (.decodeError, [long]),
            (.decodeError, [#"{"op":2,"d":null}"#]),
            (.decodeError, [#"{"op":1,"d":"x"}"#]), (.decodeError, [identify, #"{"op":8,"d":{}}"#]),
            (.decodeError, [identify, #"{"op":8,"d":{"guild_id":"1","limit":0}}"#]),
            (.decodeError, [identify, #"{"op":8,"d":{"guild_id":"1","query":""}}"#]),
            (.notAuthenticated, [#"{"op":3,"d":{}}"#]),
            (.notAuthenticated, [#"{"op":8,"d":{"guild_id":"1"}}"#]),
            (.authenticationFailed, [Bench.identify(token: "wrong")]),
            (.authenticationFailed, [#"{"op":6,"d":{"token":"wrong","session_id":"x","seq":1}}"#]),
            (.alreadyAuthenticated, [identify, identify]),
            (.alreadyAuthenticated, [identify, Bench.resume("x", 1)]),
            (.rateLimited, [String](repeating: #"{"op":1,"d":null}"#, count: 121)),
            (.invalidShard, [Bench.identify(more: #","shard":[1,1]"#)]),
            (.invalidShard, [Bench.identify(more: #","shard":[0]"#)]),
            (.shardingRequired, [Bench.identify(more: #","shard":[0,1]"#)]),
            (.invalidIntents, [Bench.identify(intents: 1 << 27)]),
            (.invalidIntents, [Bench.identify(intents: 1 << 40)]),
            (.disallowedIntents, [Bench.identify(intents: 256)]),
        ]
        for (close, texts) in table {
            var bench = CoreBench { rules in
                if close == .shardingRequired { rules.shards = 2 }
                if close == .disallowedIntents { rules.deniedIntents = .guildPresences }
            }
            let client = bench.open()
            for text in texts { bench.say(client, text) }
            #expect(bench.closes() == [close], "\(texts.last ?? "")")
        }
    }

    @Test func `refuses another version before HELLO`() {
        var bench = CoreBench()
        _ = bench.open(version: "6")
        #expect(bench.core.takeOutputs() == [.close(ClientID(1), .invalidVersion)])
    }

    @Test func `allows 120 sends in 60 s and goes on afterwards`() {
        var bench = CoreBench()
        let client = bench.open()
        for _ in 0..<120 { bench.say(client, #"{"op":1,"d":null}"#) }
        #expect(bench.closes().isEmpty)
        bench.wait(60)
        bench.say(client, #"{"op":1,"d":null}"#)
        #expect(bench.names() == ["op 11"])
    }

    @Test func `closes a connection whose heartbeat stays out`() {
        var bench = CoreBench { $0.heartbeatInterval = .seconds(10) }
        let client = bench.identified()
        bench.wait(14.9)
        bench.core.sweep(now: bench.now)
        #expect(bench.closes().isEmpty)
        bench.say(client, #"{"op":1,"d":2}"#)
        bench.wait(15.1)
        bench.core.sweep(now: bench.now)
        #expect(bench.closes() == [.sessionTimedOut])
        #expect(bench.core.sessions.count == 0)
    }

    @Test func `lets one bucket identify once in five seconds`() {
        var bench = CoreBench()
        _ = bench.identified()
        let second = bench.open()
        bench.say(second, CoreBench.identify())
        #expect(bench.names() == ["op 10", "op 9"])
        bench.wait(5)
        bench.say(second, CoreBench.identify())
        #expect(bench.names() == ["READY", "GUILD_CREATE"])
        #expect(bench.core.starts.used == 2)
    }
}
