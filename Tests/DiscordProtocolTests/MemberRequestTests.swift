import Base
import DiscordProtocol
import JSON
import Testing

/// Op 8 within Discord's limits: once a guild in 30 s, 120 payloads in 60 s, and not all guilds' chunks at once.
@Suite struct MemberRequestTests {
    private static let session = Session(id: "s1", resumeURL: "wss://r.example", sequence: 7)
    private static let first = Snowflake(1)

    /// A session that was resumed at 0; `asked` is what went out, with its time.
    private struct Talk {
        var machine = GatewayMachine(
            token: Secret("t"),
            intents: .product,
            shard: 0,
            count: 1,
            session: session
        )
        var now = Duration.zero
        var asked: [(guild: UInt64, at: Duration)] = []
        var missed: [Snowflake] = []

        init(live: Bool = true) throws {
            _ = machine.start(now: now)
            if live { try resume() }
        }

        mutating func resume() throws {
            take(machine.opened(now: now))
            try receive(#"{"op":10,"d":{"heartbeat_interval":40000}}"#)
            try receive(#"{"op":0,"s":null,"t":"RESUMED","d":{}}"#)
        }

        mutating func take(_ actions: [GatewayMachine.Action]) {
            for action in actions {
                switch action {
                case .send(.requestMembers(let guild, _, _)): asked.append((guild.rawValue, now))
                case .membersMissed(let guild): missed.append(guild)
                default: break
                }
            }
        }

        mutating func receive(_ text: String) throws {
            take(machine.received(try GatewayPayload(parsing: Array(text.utf8)), now: now, random: 0))
        }

        mutating func want(_ guild: Snowflake) {
            take(machine.requestMembers(of: guild, nonce: "n", presences: false, now: now))
        }

        mutating func came(_ guild: Snowflake, isAll: Bool = true) {
            take(machine.membersCame(of: guild, isAll: isAll, now: now))
        }

        /// Ticks at each of the machine's deadlines, acknowledges beats, until `time`.
        mutating func wait(until time: Duration) throws {
            while let due = machine.deadline, due <= time {
                now = max(now, due)
                take(machine.tick(now: now, random: 0))
                try receive(#"{"op":11}"#)
            }
            now = time
        }

        func count(_ guild: Snowflake) -> Int { asked.count { $0.guild == guild.rawValue } }
    }

    @Test func `they wait for a live session, and each guild is asked once`() throws {
        var talk = try Talk(live: false)
        for _ in 0..<3 { talk.want(Self.first) }
        #expect(talk.asked.isEmpty)
        try talk.resume()
        talk.want(Snowflake(2))
        #expect(talk.asked.map(\.guild) == [1, 2])
    }

    @Test func `of hundreds of guilds only some are open at a time, and never are too many payloads sent`()
        throws
    {
        var talk = try Talk()
        let guilds = (1...500 as ClosedRange<UInt64>).map { Snowflake($0) }
        for guild in guilds { talk.want(guild) }
        #expect(talk.asked.count == 16)
        var answered = 0
        while talk.asked.count < 500, talk.now < .seconds(600) {
            while answered < talk.asked.count {
                answered += 1
                talk.came(Snowflake(talk.asked[answered - 1].guild))
            }
            try talk.wait(until: talk.now + .seconds(1))
        }
        #expect(talk.asked.map(\.guild) == guilds.map(\.rawValue), "in their order, each once")
        for (index, ask) in talk.asked.enumerated() where index >= 110 {
            #expect(ask.at - talk.asked[index - 110].at >= .seconds(60), "\(index)")
        }
        #expect(talk.now < .seconds(300))
    }

    @Test func `a guild is asked again no sooner than after 30 s, and not where all have come`() throws {
        var talk = try Talk()
        talk.want(Self.first)
        talk.came(Self.first)
        talk.want(Self.first)
        try talk.wait(until: .seconds(30))
        #expect(talk.count(Self.first) == 1)
        try talk.wait(until: .seconds(32))
        #expect(talk.count(Self.first) == 2)
        talk.want(Self.first)
        talk.came(Self.first)
        try talk.wait(until: .seconds(100))
        #expect(talk.count(Self.first) == 2)
    }

    @Test func `what a cut took is asked for again behind the resume, within the limit`() throws {
        var talk = try Talk()
        talk.want(Self.first)
        talk.now = .seconds(5)
        talk.take(talk.machine.closed(code: nil, now: talk.now, random: 0))
        talk.now = try #require(talk.machine.deadline)
        talk.take(talk.machine.tick(now: talk.now, random: 0))
        try talk.resume()
        talk.want(Self.first)
        #expect(talk.count(Self.first) == 1)
        try talk.wait(until: .seconds(40))
        #expect(talk.count(Self.first) == 2)
    }

    @Test func `a refusal is heeded, and told so that it is asked for again`() throws {
        var talk = try Talk()
        talk.want(Self.first)
        try talk.receive(
            #"{"op":0,"s":8,"t":"RATE_LIMITED","d":{"opcode":8,"retry_after":45.5,"meta":{"guild_id":"1"}}}"#
        )
        #expect(talk.missed == [Self.first])
        talk.want(Self.first)
        try talk.wait(until: .seconds(45))
        #expect(talk.count(Self.first) == 1)
        try talk.wait(until: .seconds(46))
        #expect(talk.count(Self.first) == 2)
        try talk.receive(#"{"op":0,"s":9,"t":"RATE_LIMITED","d":{"opcode":3,"retry_after":1,"meta":{}}}"#)
        #expect(talk.missed.count == 1)
    }

    @Test func `an answer that does not come, or stops, is missed after a minute without a chunk`() throws {
        var talk = try Talk()
        talk.want(Self.first)
        try talk.wait(until: .seconds(50))
        talk.came(Self.first, isAll: false)
        try talk.wait(until: .seconds(109))
        #expect(talk.missed.isEmpty)
        try talk.wait(until: .seconds(111))
        #expect(talk.missed == [Self.first])
    }
}
