import Base
import Compression
import JSON
import Simulator
import TestSupport
import Testing

@Suite struct GatewaySocketTests {
    private let identify = CoreBench.identify(token: "simulator-token")

    @Test func `identifies, hears of a dispatch, is cut off and resumes`() async throws {
        try await SimulatorFixture.run { fixture in
            let first = GatewayClient()
            try await fixture.connect(first)
            try await eventually("HELLO") { first.names == ["op 10"] }
            first.say(identify)
            try await eventually("GUILD_CREATE") { first.names == ["op 10", "READY", "GUILD_CREATE"] }
            let session = try #require(first.payloads[1]["d"]?["session_id"]?.string)
            let guilds = try await fixture.control("GET", "/control/guilds")
            let guild = try #require(guilds.json?.array?.first?["id"]?.string)
            let typing = #"{"t":"TYPING_START","d":{"guild_id":"\#(guild)","channel_id":"1","user_id":"2"}}"#
            let told = try await fixture.control("POST", "/control/dispatch", body: typing)
            #expect(
                told.json?.array?.first?["s"]?.int == 3
                    && told.json?.array?.first?["session"]?.string == session
            )
            try await eventually("the dispatch") { first.names.last == "TYPING_START" }
            let fault = try await fixture.control(
                "POST",
                "/control/fault",
                body: #"{"kind":"drop","shard":0}"#
            )
            #expect(fault.json?["connections"]?.int == 1)
            try await eventually("the cut") { first.closed == [nil] }
            _ = try await fixture.control("POST", "/control/dispatch", body: typing)
            let second = GatewayClient()
            try await fixture.connect(second)
            second.say(#"{"op":6,"d":{"token":"simulator-token","session_id":"\#(session)","seq":3}}"#)
            try await eventually("RESUMED") { second.names == ["op 10", "TYPING_START", "RESUMED"] }
            #expect(second.payloads.last?["s"]?.int == 5)
            let sessions = try #require(try await fixture.control("GET", "/control/sessions").json)
            #expect(sessions["identifies"]?.int == 1 && sessions["resumes"]?.int == 1)
            let log = try await fixture.control("GET", "/control/log").lines
            #expect(
                log.map { $0["s"]?.int } == [1, 2, 3, 4, 5] && log.map { $0["n"]?.int } == [1, 2, 3, 4, 5]
            )
            #expect(log[3]["t"]?.string == "TYPING_START" && log[3]["guild"]?.string == guild)
            #expect(try await fixture.control("GET", "/control/log?after=3&limit=1").lines.count == 1)
        }
    }

    @Test func `compresses with one context per connection`() async throws {
        try await SimulatorFixture.run { fixture in
            let client = GatewayClient()
            try await fixture.connect(client, query: "v=10&encoding=json&compress=zlib-stream")
            client.say(identify)
            try await eventually("GUILD_CREATE") { client.chunks.count == 3 }
            var inflater = try ZlibInflater()
            var names: [String?] = []
            for chunk in client.chunks {
                let message = try #require(try inflater.inflate(chunk, limit: 16 << 20))
                names.append(try JSONDocument(parsing: message).root["t"]?.string)
            }
            #expect(names == [nil, "READY", "GUILD_CREATE"])
            #expect(try await compressions(fixture) == ["zlib-stream"])
        }
    }

    @Test func `closes with the code of the mistake`() async throws {
        try await SimulatorFixture.run { fixture in
            let client = GatewayClient()
            try await fixture.connect(client)
            client.say(CoreBench.identify(token: "wrong"))
            try await eventually("the close") { client.closed == [4004] }
        }
    }

    @Test func `is down for a while, with sessions that live on`() async throws {
        try await SimulatorFixture.run { fixture in
            let client = GatewayClient()
            try await fixture.connect(client)
            client.say(identify)
            try await eventually("GUILD_CREATE") { client.names.last == "GUILD_CREATE" }
            _ = try await fixture.control("POST", "/control/fault", body: #"{"kind":"down","ms":600000}"#)
            try await eventually("the cut") { client.closed == [nil] }
            #expect(try await fixture.send("GET", "/api/v10/gateway/bot").status == 503)
            await #expect(throws: (any Error).self) { try await fixture.connect(GatewayClient()) }
            _ = try await fixture.control("POST", "/control/fault", body: #"{"kind":"down","ms":0}"#)
            #expect(try await fixture.send("GET", "/api/v10/gateway/bot").status == 200)
            #expect(
                try await fixture.control("GET", "/control/sessions").json?["sessions"]?.array?.count == 1
            )
        }
    }

    @Test func `lives at the given rate`() async throws {
        try await SimulatorFixture.run({ $0.rate = 200 }) { fixture in
            let client = GatewayClient()
            try await fixture.connect(client)
            client.say(identify)
            try await eventually("a hundred dispatches") { client.names.count > 100 }
            let numbers = client.payloads.compactMap { $0["s"]?.int }
            #expect(numbers == Array(1...numbers.count))
        }
    }

    /// READY and GUILD_CREATE as zlib texts of their own, small payloads as they are.
    @Test func `compresses payloads one by one where IDENTIFY asks for it`() async throws {
        try await SimulatorFixture.run { fixture in
            let client = GatewayClient()
            try await fixture.connect(client)
            client.say(CoreBench.identify(token: "simulator-token", more: #","compress":true"#))
            try await eventually("GUILD_CREATE") {
                client.chunks.count >= 1 && client.names.contains("op 10")
            }
            client.say(#"{"op":1,"d":null}"#)
            try await eventually("the acknowledgement") { client.names.last == "op 11" }
            let blob = try #require(client.chunks.last)
            #expect(blob.first == 0x78 && blob.dropLast(4).suffix(5) == [1, 0, 0, 0xFF, 0xFF])
            var inflater = try ZlibInflater()
            let text = try #require(try inflater.inflate(Array(blob.dropLast(9)), limit: 16 << 20))
            #expect(try JSONDocument(parsing: text).root["t"]?.string == "GUILD_CREATE")
            var (low, high): (UInt32, UInt32) = (1, 0)
            for byte in text {
                (low, high) = ((low + UInt32(byte)) % 65_521, (high + low + UInt32(byte)) % 65_521)
            }
            let sum = blob.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            #expect(sum == high << 16 | low)
            #expect(try await compressions(fixture) == ["payload"])
        }
    }

    /// Of the sessions, as the control API tells them.
    private func compressions(_ fixture: SimulatorFixture) async throws -> [String?] {
        let sessions = try await fixture.control("GET", "/control/sessions").json?["sessions"]?.array
        return try #require(sessions).map { $0["compress"]?.string }
    }
}
