import Base
import EventModels
import Gateway
import LinkProtocol
import Testing

/// Commands in a shard's machine: what is journaled when, who is answered what, and what a crash makes of it.
@Suite struct CommandMachineTests {
    typealias F = CommandFixture

    @Test func `the begin is on disk before the request leaves, the result before the answer`() throws {
        var world = try F.live()
        world.fixture.isDiskQuick = false
        world.ask(F.send())
        #expect(world.jobs.isEmpty, "the begin is not on disk")
        guard case .commandBegun("k", _, _)? = world.fixture.unflushed.last?.input else {
            Issue.record("\(world.fixture.unflushed)")
            return
        }
        world.fixture.flush()
        world.collect()
        #expect(world.jobs.map(\.key) == ["k"])
        world.work()
        #expect(world.discord.messages.count == 1 && world.replies.isEmpty, "the result is not on disk")
        world.fixture.flush()
        #expect(world.outcomes == [#"{"messageId":"1"}"#])
    }

    @Test func `the same key is joined while it is under way, and told again afterwards`() throws {
        var world = try F.live()
        world.ask(F.send(), id: 1)
        world.ask(F.send(), id: 2, link: LinkID(2))
        #expect(world.jobs.count == 1 && world.replies.isEmpty)
        world.ask(F.send("other"), id: 3)
        #expect(world.outcomes == ["conflict"])
        world.work()
        #expect(world.replies.map(\.id) == [3, 1, 2] && world.discord.messages.count == 1)
        world.ask(F.send(), id: 4)
        #expect(world.outcomes.last == #"{"messageId":"1"}"# && world.jobs.isEmpty)
        world.ask(F.send("other"), id: 5)
        #expect(world.outcomes.last == "conflict")
        world.ask(F.send(key: "k2"), id: 6)
        world.work()
        #expect(world.outcomes.last == #"{"messageId":"2"}"#)
    }

    @Test func `who has gone is not answered, and gets the result under the same key on the next link`()
        throws
    {
        var world = try F.live()
        world.ask(F.send(), id: 1)
        world.fixture.run { machine, _ in
            machine.linkLeft(F.link)
            return []
        }
        world.work()
        #expect(world.replies.isEmpty && world.discord.messages.count == 1)
        world.ask(F.send(), id: 1, link: LinkID(2))
        #expect(world.outcomes == [#"{"messageId":"1"}"#] && world.discord.messages.count == 1)
    }

    /// Killed at each point of the way: begun or not, flushed or not, sent or not, answered or not, ended or not.
    @Test(arguments: [0, 1, 2, 3, 4], [0, 30_000, 200_000] as [Int64])
    func `killed anywhere, a message is sent once or its outcome is unknown`(point: Int, pause: Int64) throws
    {
        var world = try F.live()
        world.fixture.isDiskQuick = false
        world.ask(F.send(deadline: 60_000))
        if point >= 1 {
            world.fixture.flush()
            world.collect()
        }
        if point == 2 { _ = world.discord.carryOut(try #require(world.jobs.first)) }
        if point >= 3 { world.work() }
        if point >= 4 { world.fixture.flush() }
        world.fixture.wall += pause
        if pause > NonceWindow.milliseconds { world.discord.forgetNonces() }
        var next = world.restarted()
        next.fixture.isDiskQuick = true
        next.fixture.flush()
        next.collect()
        next.work()
        #expect(next.discord.messages.count <= 1, "never twice")
        next.ask(F.send(deadline: 60_000), id: 9)
        next.work()
        let wasUnknown = (1...3).contains(point) && pause > 60_000
        #expect(
            next.outcomes.last == (wasUnknown ? "unknown_outcome" : #"{"messageId":"1"}"#),
            "\(next.outcomes)"
        )
        #expect(next.discord.messages.count == (wasUnknown && point == 1 ? 0 : 1))
    }

    @Test func `a begin of which the disk has nothing is a new command`() throws {
        var world = try F.live()
        world.fixture.isDiskQuick = false
        world.ask(F.send())
        var next = world.restarted(written: 0)
        #expect(next.jobs.isEmpty)
        next = world.restarted(written: 1)
        #expect(next.jobs.map(\.isAgain) == [true])
    }

    @Test func `what nobody knows is tried again on demand where that does no harm, and only there`() throws {
        var world = try F.live()
        let edit = LinkOrder(
            .editMessage(channel: Snowflake(1), id: Snowflake(5), message: Array(#"{"content":"x"}"#.utf8)),
            key: "e"
        )
        for (index, order) in [edit, F.send()].enumerated() {
            world.ask(order, id: UInt64(index))
            world.jobs.removeAll()
            world.fixture.run { $0.executed(order.key, .failed(LinkFailure(.unknownOutcome, "?")), at: $1) }
            #expect(world.outcomes.last == "unknown_outcome")
        }
        world.tick(.milliseconds(Int(NonceWindow.milliseconds)))
        world.ask(edit, id: 7)
        #expect(world.jobs.map(\.isAgain) == [true])
        world.work()
        #expect(world.outcomes.last == "{}")
        world.ask(F.send(), id: 8)
        #expect(world.jobs.isEmpty && world.outcomes.last == "unknown_outcome", "the nonce is too old")
    }

    @Test func `a second try that fails early does not deny the first`() throws {
        for code in LinkFailure.Code.allCases where code.isRetryable || code == .unknownInteraction {
            var world = try F.live()
            world.ask(F.send(deadline: 60_000))
            var next = world.restarted()
            #expect(next.jobs.map(\.isAgain) == [true])
            next.jobs.removeAll()
            next.fixture.run { $0.executed("k", .failed(LinkFailure(code, "")), at: $1) }
            next.ask(F.send(), id: 2)
            #expect(next.jobs.map(\.isAgain) == (code == .pendingMember ? [false] : [true]), "\(code)")
        }
    }

    @Test func `where nothing was done the key is free again; where Discord said no it is not`() throws {
        var world = try F.live()
        for (index, code) in LinkFailure.Code.allCases.enumerated() {
            let order = F.send(key: code.rawValue)
            world.ask(order, id: UInt64(index))
            world.jobs.removeAll()
            world.fixture.run { $0.executed(order.key, .failed(LinkFailure(code, "")), at: $1) }
            world.ask(order, id: UInt64(100 + index))
            let isNew = code.isRetryable || code == .unknownOutcome
            #expect(world.jobs.count == (isNew ? 1 : 0), "\(code)")
            world.jobs.removeAll()
        }
    }

    @Test func `an asker is told when its time is over, and the command goes on`() throws {
        var world = try F.live()
        world.ask(F.send(deadline: 5_000))
        world.tick(.seconds(5))
        #expect(world.replies.isEmpty, "the answer may be on its way")
        world.tick(.seconds(1))
        #expect(world.outcomes == ["unknown_outcome"])
        world.work()
        world.ask(F.send(), id: 2)
        #expect(world.outcomes.last == #"{"messageId":"1"}"#)
        world.fixture.isDiskQuick = false
        world.ask(F.send(key: "slow", deadline: 1_000), id: 3)
        world.tick(.seconds(3))
        #expect(world.outcomes.last == "expired")
        world.fixture.flush()
        world.collect()
        #expect(world.jobs.isEmpty, "nobody wants it any more")
    }

    @Test func `lists of commands for one scope are registered one after the other`() throws {
        var world = try F.live()
        func register(_ key: String, _ isGlobal: Bool, deadline: Int = 15_000) -> LinkOrder {
            LinkOrder(
                .registerCommands(isGlobal: isGlobal, commands: Array("[]".utf8)),
                guild: F.guild,
                key: key,
                deadline: deadline
            )
        }
        world.ask(register("a", false), id: 1)
        world.ask(register("b", false), id: 2)
        world.ask(register("late", false, deadline: 1_000), id: 3)
        world.ask(register("global", true), id: 4)
        #expect(world.jobs.map(\.key) == ["a", "global"], "the guild's wait for each other")
        world.tick(.milliseconds(2_000))
        #expect(world.outcomes == ["expired"])
        world.fixture.run { $0.executed("a", .value(Array("{}".utf8)), at: $1) }
        world.collect()
        #expect(world.jobs.map(\.key) == ["a", "global", "b"])
        // Killed: both that were on their way are tried again, in turn.
        world.ask(register("c", false), id: 5)
        var next = world.restarted()
        #expect(next.jobs.map(\.key) == ["b", "global"])
        next.work()
        #expect(next.discord.done.count == 3, "\(next.discord.done)")
        next.ask(register("c", false), id: 6)
        #expect(next.outcomes == ["{}"])
    }

    @Test func `a shard that stops takes no more, and gives up what waits`() throws {
        var world = try F.live()
        world.ask(F.send(), id: 1)
        world.fixture.run { $0.stop(at: $1) }
        world.ask(F.send(key: "late"), id: 2)
        #expect(world.outcomes == ["going_down"])
        world.fixture.run { machine, _ in machine.abandonCommands() }
        #expect(world.outcomes == ["going_down", "unknown_outcome"])
        let next = world.restarted()
        #expect(next.jobs.map(\.isAgain) == [true], "the next process finds it")
    }

    @Test func `what can be told at once is told at once`() throws {
        var world = try F.live()
        let body = Array(#"{"content":"x"}"#.utf8)
        func emit(_ event: String, _ guild: UInt64) -> LinkOrder {
            LinkOrder(.emit(event: event, payload: Array("{}".utf8)), guild: Snowflake(guild), key: event)
        }
        let orders: [(LinkOrder, String)] = [
            (
                LinkOrder(.sendMessage(channel: Snowflake(1), message: body), guild: Snowflake(9), key: "a"),
                "unknown_guild"
            ),
            (LinkOrder(.sendMessage(channel: Snowflake(1), message: Array("{}".utf8)), key: "b"), "invalid"),
            (
                LinkOrder(
                    .sendMessage(channel: Snowflake(1), message: Array(#"{"nonce":"x"}"#.utf8)),
                    key: "c"
                ), "invalid"
            ),
            (
                LinkOrder(
                    .addRole(user: Snowflake(99), role: Snowflake(20), reason: nil),
                    guild: F.guild,
                    key: "d"
                ),
                "not_member"
            ),
            (LinkOrder(.followUp(Snowflake(5), message: body), key: "e"), "unknown_interaction"),
            (emit("voice.joined", 800), "invalid"), (emit("guild.removed", 800), "invalid"),
            (emit("milestone.reached", 9), "unknown_guild"),
            (LinkOrder(.registerCommands(isGlobal: true, commands: Array("[1]".utf8)), key: "f"), "invalid"),
        ]
        for (index, (order, code)) in orders.enumerated() {
            world.ask(order, id: UInt64(index))
            #expect(world.outcomes.last == code, "\(order)")
        }
        #expect(world.jobs.isEmpty && world.fixture.machine.folded.commands == CommandLedger())
    }

    // MARK: Screening

    private static func member(pending: Bool, roles: String = "[]") -> String {
        let user = FoldFixture.user(12, "bob")
        return #"{"guild_id":"800","user":\#(user),"roles":\#(roles),"pending":\#(pending)}"#
    }

    private static func grant(deadline: Int) -> LinkOrder {
        LinkOrder(
            .addRole(user: Snowflake(12), role: Snowflake(20), reason: nil),
            guild: F.guild,
            key: "role",
            deadline: deadline
        )
    }

    @Test func `a role waits until the member has passed the screening, also across a restart`() throws {
        var world = try F.live()
        try world.fixture.dispatch("GUILD_MEMBER_UPDATE", Self.member(pending: true))
        world.ask(Self.grant(deadline: 60_000))
        #expect(world.jobs.isEmpty && world.replies.isEmpty)
        var next = world.restarted()
        #expect(next.jobs.isEmpty)
        try next.fixture.greet()
        for fixture in [world, next] {
            var fixture = fixture
            try fixture.fixture.dispatch("GUILD_MEMBER_UPDATE", Self.member(pending: false))
            fixture.collect()
            #expect(fixture.jobs.count == 1)
            fixture.work()
            #expect(fixture.discord.done == ["add role"])
        }
    }

    @Test func `a role is not given to who leaves or does not pass in time`() throws {
        var world = try F.live()
        try world.fixture.dispatch("GUILD_MEMBER_UPDATE", Self.member(pending: true))
        world.ask(Self.grant(deadline: 60_000))
        var late = world
        late.tick(.seconds(61))
        #expect(late.outcomes == ["pending_member"] && late.jobs.isEmpty)
        let left = #"{"guild_id":"800","user":\#(FoldFixture.user(12, "bob"))}"#
        try world.fixture.dispatch("GUILD_MEMBER_REMOVE", left)
        world.collect()
        #expect(world.outcomes == ["not_member"] && world.jobs.isEmpty)
    }

    @Test func `who waits for a screening waits as long as it asked for, and ends nobody else's wait`() throws
    {
        var world = try F.live()
        try world.fixture.dispatch("GUILD_MEMBER_UPDATE", Self.member(pending: true))
        world.ask(Self.grant(deadline: 60_000), id: 1)
        world.ask(Self.grant(deadline: 1_000), id: 2)
        world.tick(.seconds(2))
        #expect(world.outcomes == ["pending_member"] && world.replies.map(\.id) == [2])
        world.fixture.run { machine, _ in
            machine.linkLeft(F.link)
            return []
        }
        var deserted = world
        #expect(deserted.fixture.machine.deadline.map { $0 <= world.fixture.now + .seconds(58) } == true)
        deserted.tick(.seconds(58))
        #expect(deserted.fixture.machine.book.count == 0 && deserted.jobs.isEmpty)
        try world.fixture.dispatch("GUILD_MEMBER_UPDATE", Self.member(pending: false))
        world.collect()
        #expect(world.jobs.count == 1)
    }

    // MARK: Emit

    private static func milestone(_ key: String, _ payload: String = #"{"name":"100"}"#) -> LinkOrder {
        LinkOrder(.emit(event: "milestone.reached", payload: Array(payload.utf8)), guild: F.guild, key: key)
    }

    @Test func `an emitted event stands behind the last dispatch, once, in every process`() throws {
        var world = try F.live()
        world.ask(Self.milestone("m"), id: 1)
        world.ask(Self.milestone("m"), id: 2)
        world.fixture.run { $0.resync(at: $1) }
        world.ask(Self.milestone("n"), id: 3)
        let events = world.fixture.events.filter { $0.kind == .milestoneReached }
        #expect(events.map(\.id.ordinal) == [EventID.ordinalOfWorkers, EventID.ordinalOfWorkers + 2])
        #expect(events[0].id.sequence == world.fixture.sequence && events[0].text("name") == #""100""#)
        let told = events.map { #"{"eventId":"\#($0.id)"}"# }
        #expect(world.outcomes == [told[0], told[0], told[1]])
        var next = world.restarted()
        #expect(next.fixture.released == world.fixture.released && next.jobs.isEmpty)
        next.ask(Self.milestone("m"), id: 4)
        #expect(next.outcomes == [told[0]] && next.fixture.released == world.fixture.released)
        next.ask(Self.milestone("m", "{}"), id: 5)
        #expect(next.outcomes.last == "conflict")
        try next.fixture.greet()
        try next.fixture.dispatch("VOICE_STATE_UPDATE", FoldFixture.voice(12, channel: 2))
        #expect(next.fixture.events.map(\.id) == next.fixture.events.map(\.id).sorted())
    }
}
