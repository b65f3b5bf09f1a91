import Base
import EventLoop
import EventModels
import TestSupport
import Testing
import Web

@Suite struct StreamOverSocketTests {
    @Test func `a fresh stream opens with a snapshot and goes on with what follows it`() async throws {
        let replica = try await Replica()
        try await replica.begin()
        let viewer = replica.get("/api/stream?guild=1")
        try await eventually("the snapshot") { viewer.events.count == 1 }
        try await replica.say(2)
        try await replica.say(3)
        try await eventually("two messages") { viewer.events.count == 3 }
        #expect(viewer.events == ["snapshot 5-1", "message.created 5-2", "message.created 5-3"])
        #expect(viewer.text.hasPrefix("HTTP/1.1 200 "))
        for header in ["text/event-stream", "no-cache, no-transform", "X-Accel-Buffering: no"] {
            #expect(viewer.text.contains(header))
        }
        #expect(viewer.record.closed.isEmpty)
    }

    @Test(arguments: StreamFormat.allCases)
    func `a stream goes on behind its last event id, the header before the query`(format: StreamFormat)
        async throws
    {
        let replica = try await Replica()
        try await replica.begin()
        for number: UInt64 in 2...5 { try await replica.say(number) }
        try await eventually("the hub to have all") { await replica.hub.position(of: .only)?.number == 5 }
        let table: [(query: String, header: String, first: String, count: Int)] = [
            ("", "Last-Event-ID: 5-3\r\n", "message.created 5-4", 2),
            ("?lastEventId=5-4", "", "message.created 5-5", 1),
            ("?lastEventId=5-2", "Last-Event-ID: 5-4\r\n", "message.created 5-5", 1),
            ("", "Last-Event-ID: nonsense\r\n", "reset 5-5", 1),
            ("", "Last-Event-ID: 5-0\r\n", "reset 5-5", 1),
            ("", "Last-Event-ID: 5-9\r\n", "reset 5-5", 1),
            ("", "Last-Event-ID: 4-3\r\n", "reset 5-5", 1),
            ("?guild=1", "", "snapshot 5-5", 1),
        ]
        for (query, header, first, count) in table {
            let viewer = replica.watch(format, query, header)
            try await eventually("\(first) for \(query) \(header)") { viewer.events.count >= count }
            #expect(viewer.events.first == first)
            #expect(viewer.events.count == count)
        }
        // At the end of the log there is nothing to say, and what follows comes next.
        let viewer = replica.watch(format, "", "Last-Event-ID: 5-5\r\n")
        try await eventually("the head") { !viewer.record.received.isEmpty }
        try await replica.say(6)
        try await eventually("the next event") { viewer.events == ["message.created 5-6"] }
    }

    @Test(arguments: StreamFormat.allCases)
    func `a second replica on the same bus serves the first one's cursors`(format: StreamFormat) async throws
    {
        let first = try await Replica()
        try await first.begin()
        for number: UInt64 in 2...4 { try await first.say(number) }
        let second = try await Replica(bus: first.bus)
        await second.follow()
        let viewer = second.watch(format, "", "Last-Event-ID: 5-2\r\n")
        try await eventually("the rest") { viewer.events == ["message.created 5-3", "message.created 5-4"] }
    }

    @Test(arguments: StreamFormat.allCases)
    func `a cursor that is ahead of this replica waits for the log instead of being reset`(
        format: StreamFormat
    )
        async throws
    {
        let replica = try await Replica()
        try await replica.begin()
        // The log is ahead of the hub for as long as the hub's loop is held.
        let held = Locked(true)
        replica.loops[0].execute { while held.withLock({ $0 }) {} }
        let viewer = replica.watch(format, "", "Last-Event-ID: 5-2\r\n")
        held.withLock { $0 = false }
        try await replica.say(2)
        try await replica.say(3)
        try await eventually("what follows") { viewer.events.last == "message.created 5-3" }
        #expect(viewer.events.filter { $0 == "message.created 5-3" }.count == 1)
    }

    @Test(arguments: StreamFormat.allCases)
    func `what is not there yet is answered with 200 or 101, a time to come again, and the end`(
        format: StreamFormat
    ) async throws {
        let replica = try await Replica()
        try await replica.begin()
        for query in ["?guild=99", "?guild=1&guild=99"] {
            let viewer = replica.watch(format, query)
            try await eventually("the end") { !viewer.record.closed.isEmpty }
            #expect(viewer.text.hasPrefix(format.head))
            #expect(viewer.saysRetry)
            #expect(viewer.events.isEmpty)
        }
    }

    @Test(arguments: StreamFormat.allCases)
    func `a query that means nothing is refused`(format: StreamFormat) async throws {
        let open = try await Replica()
        let nonsense = open.watch(format, "?guild=abc")
        try await eventually("an answer") { nonsense.text.contains("\r\n\r\n") }
        #expect(nonsense.text.hasPrefix("HTTP/1.1 400 "))
    }

    @Test(arguments: StreamFormat.allCases)
    func `filters by kind and channel keep the others' events away, not the cursor`(format: StreamFormat)
        async throws
    {
        let replica = try await Replica()
        try await replica.begin()
        let voice = replica.watch(format, "?events=voice.*")
        let other = replica.watch(format, "?channels=21&events=voice.*,message.*")
        try await eventually("both snapshots") { voice.events.count == 1 && other.events.count == 1 }
        try await replica.say(2)
        try await replica.publish([Guild.event(3, .voiceJoined, "{\(Guild.user),\"channelId\":\"21\"}")])
        try await eventually("the join") { voice.events.count == 2 && other.events.count == 2 }
        #expect(voice.events.last == "voice.joined 5-3")
        #expect(other.events.last == "voice.joined 5-3")
    }
}
