import Base
import DiscordProtocol
import EventModels
import Gateway
import JSON
import LinkProtocol
import Testing

/// Interactions: their event, their token, and the deferral that nobody may miss.
@Suite struct DeferralTests {
    /// Made at the fixture's wall time, `late` milliseconds before it comes.
    static func id(_ number: UInt64, late: Int64 = 0, wall: Int64 = 1_800_000_000_000) -> UInt64 {
        (UInt64(wall - late) - Snowflake.epochUnixMilliseconds) << 22 + number
    }

    static func command(id number: UInt64, late: Int64 = 0, type: Int = 2) -> String {
        #"""
        {"id":"\#(id(number, late: late))","application_id":"77","token":"secret-token","type":\#(type),"guild_id":"800",
         "channel_id":"1","member":\#(FoldFixture.member(12, "bob")),"locale":"de",
         "data":{"id":"4","name":"rank", "type":1}}
        """#
    }

    private static func deferred(_ world: CommandFixture) -> [UInt64] {
        world.fixture.actions.compactMap { action in
            guard case .deferInteraction(let interaction) = action else { return nil }
            return interaction.id.rawValue & 0xFFFF
        }
    }

    @Test func `the event says what is asked, and holds no token`() throws {
        var world = try CommandFixture.live()
        try world.fixture.dispatch("INTERACTION_CREATE", Self.command(id: 5))
        let event = try #require(world.fixture.events.last)
        #expect(event.kind == .interactionReceived && event.text("userId") == #""12""#)
        #expect(event.text("data") == #"{"id":"4","name":"rank","type":1}"# && event.text("type") == "2")
        #expect(!String(decoding: event.envelope, as: UTF8.self).contains("secret"))
        #expect(!"\(world.fixture.machine.folded.interactions)".contains("secret"))
        let outside = Self.command(id: 6).replacing(#""guild_id":"800","#, with: "")
        try world.fixture.dispatch("INTERACTION_CREATE", outside)
        #expect(world.fixture.events.last?.guild == Snowflake(0))
        #expect(world.fixture.machine.folded.interactions.count == 2)
    }

    @Test(arguments: [(0, 2_000), (900, 1_100), (2_500, 0), (60_000, 0), (-4_000, 2_000)] as [(Int64, Int)])
    func `nobody answers: it is deferred two seconds after it was made`(late: Int64, due: Int) throws {
        var world = try CommandFixture.live()
        try world.fixture.dispatch("INTERACTION_CREATE", Self.command(id: 5, late: late))
        if due > 0 {
            world.tick(.milliseconds(due - 1))
            #expect(Self.deferred(world).isEmpty)
        }
        world.tick(.milliseconds(1))
        #expect(Self.deferred(world) == [5])
        world.tick(.seconds(5))
        #expect(Self.deferred(world) == [5], "once")
    }

    @Test func `neither a slow disk nor an epoch that is not chosen holds a deferral up`() throws {
        var world = CommandFixture()
        world.fixture.wall = 1_800_000_000_000
        try world.fixture.connect()
        #expect(world.fixture.machine.folded.isEpochOpen)
        world.fixture.isDiskQuick = false
        try world.fixture.dispatch("INTERACTION_CREATE", Self.command(id: 5))
        world.tick(.seconds(2))
        #expect(Self.deferred(world) == [5])
    }

    @Test func `a deferral that failed is tried again while there is time`() throws {
        var world = try CommandFixture.live()
        try world.fixture.dispatch("INTERACTION_CREATE", Self.command(id: 5))
        world.tick(.seconds(2))
        for wanted in 2...6 {
            let interaction = try #require(world.fixture.machine.folded.interactions.inOrder.first)
            world.fixture.run { $0.deferred(interaction, .failed, at: $1) }
            world.tick(.milliseconds(200))
            #expect(Self.deferred(world).count == min(wanted, 5))
        }
    }

    @Test func `after a restart what is younger than three seconds is deferred at once`() throws {
        for (age, count) in [(0, 1), (2_900, 1), (3_100, 0)] as [(Int64, Int)] {
            var world = try CommandFixture.live()
            try world.fixture.dispatch("INTERACTION_CREATE", Self.command(id: 5))
            world.fixture.wall += age
            var next = world.restarted()
            next.tick(.zero)
            #expect(Self.deferred(next).count == count, "\(age)")
        }
    }

    @Test func `a gateway that goes down defers what is open, and not twice`() throws {
        var world = try CommandFixture.live()
        try world.fixture.dispatch("INTERACTION_CREATE", Self.command(id: 5))
        try world.fixture.dispatch("INTERACTION_CREATE", Self.command(id: 6))
        world.ask(Self.answer(6))
        world.work()
        world.fixture.run { $0.stop(at: $1) }
        #expect(Self.deferred(world) == [5] && !world.fixture.machine.interactions.isSettled)
        let open = try #require(world.fixture.machine.folded.interactions.inOrder.first)
        world.fixture.run { $0.deferred(open, .failed, at: $1) }
        #expect(!world.fixture.machine.interactions.isSettled, "it is tried again")
        world.fixture.now += .milliseconds(200)
        world.fixture.run { $0.deferInteractions($1) }
        world.fixture.run { $0.deferred(open, .done, at: $1) }
        #expect(Self.deferred(world) == [5, 5] && world.fixture.machine.interactions.isSettled)
    }

    // MARK: Answers

    private static func answer(_ id: UInt64, key: String = "a") -> LinkOrder {
        let response = #"{"type":4,"data":{"content":"x"}}"#
        return LinkOrder(.answer(Snowflake(Self.id(id)), response: Array(response.utf8)), key: key)
    }

    @Test func `an answer in time is the first response, and there is no deferral`() throws {
        var world = try CommandFixture.live()
        try world.fixture.dispatch("INTERACTION_CREATE", Self.command(id: 5))
        world.ask(Self.answer(5))
        #expect(
            world.jobs.first?.isResponded == false
                && world.jobs.first?.interaction?.token.exposed == "secret-token"
        )
        world.work()
        world.tick(.seconds(4))
        #expect(Self.deferred(world).isEmpty && world.outcomes == ["{}"])
    }

    @Test func `an answer after our deferral comes behind it`() throws {
        var world = try CommandFixture.live()
        try world.fixture.dispatch("INTERACTION_CREATE", Self.command(id: 5))
        world.tick(.seconds(2))
        let interaction = try #require(world.fixture.machine.folded.interactions.inOrder.first)
        world.fixture.run { $0.deferred(interaction, .done, at: $1) }
        world.ask(Self.answer(5))
        #expect(world.jobs.map(\.isResponded) == [true])
        world.tick(.seconds(15 * 60))
        world.ask(Self.answer(5, key: "late"), id: 2)
        #expect(world.jobs.count == 1 && world.outcomes.last == "unknown_interaction")
    }

    private static let perhaps = LinkResult.Outcome.failed(
        LinkFailure(.unknownOutcome, "", discordCode: 40060)
    )

    @Test func `a response that Discord has is ours where nobody else can have given one`() throws {
        for others in [0, 1, 2] {
            var world = try CommandFixture.live()
            try world.fixture.dispatch("INTERACTION_CREATE", Self.command(id: 5, type: 3))
            world.ask(Self.answer(5))
            if others == 1 { world.ask(Self.answer(5, key: "b"), id: 2) }
            if others == 2 { world.tick(.seconds(2)) }
            world.fixture.run { $0.executed("a", Self.perhaps, at: $1) }
            #expect(world.outcomes == [others == 0 ? #"{"as":"callback"}"# : "unknown_outcome"])
            world.tick(.seconds(3))
            #expect(Self.deferred(world).count == (others == 2 ? 1 : 0), "Discord has a response")
        }
    }

    @Test func `after a crash an answer that would be a message of its own is not given again`() throws {
        for (type, count) in [(3, 0), (2, 1)] {
            var world = try CommandFixture.live()
            try world.fixture.dispatch("INTERACTION_CREATE", Self.command(id: 5, type: type))
            world.ask(Self.answer(5))
            var next = world.restarted()
            #expect(next.jobs.count == count)
            next.ask(Self.answer(5), id: 2)
            #expect(next.outcomes == (count == 0 ? ["unknown_outcome"] : []) && next.jobs.count == count)
        }
    }

    @Test func `what Discord does not know any more is not answered`() throws {
        var world = try CommandFixture.live()
        try world.fixture.dispatch("INTERACTION_CREATE", Self.command(id: 5))
        world.tick(.seconds(2))
        let interaction = try #require(world.fixture.machine.folded.interactions.inOrder.first)
        world.fixture.run { $0.deferred(interaction, .gone, at: $1) }
        world.ask(Self.answer(5))
        #expect(world.jobs.isEmpty && world.outcomes == ["unknown_interaction"])
    }

    @Test func `tokens are kept for 15 minutes, and of ten thousand at most`() throws {
        var table = InteractionTable()
        for number in 0..<(InteractionTable.countMax + 10) {
            table.take(try #require(try Self.interaction(UInt64(number), received: 0)))
        }
        #expect(table.count == InteractionTable.countMax && table[Snowflake(Self.id(9))] == nil)
        table.take(try #require(try Self.interaction(99_999, received: InteractionTable.ageMax + 1)))
        #expect(table.count == 1)
    }

    static func interaction(_ number: UInt64, type: Int = 2, received: Int64 = 1) throws -> Interaction? {
        Interaction(try JSONDocument(parsing: command(id: number, type: type)).root, received: received)
    }
}
