import Base
import EventBus
import EventLoop
import EventModels
import TestSupport
import Testing
import Web

/// Viewers who come back, over real sockets.
@Suite struct StreamResumeTests {
    private static let two = [0, 1].compactMap { ShardName(index: $0, count: 2) }

    @Test(arguments: StreamFormat.allCases)
    func `cursors that are held or too old cost the bus nothing, and those ahead share their looks`(
        format: StreamFormat
    )
        async throws
    {
        let replica = try await Replica()
        try await replica.begin()
        for number: UInt64 in 2...5 { try await replica.say(number) }
        try await eventually("the hub to have all") { await replica.hub.position(of: .only)?.number == 5 }
        let held = (0..<50).map { _ in replica.watch(format, "", "Last-Event-ID: 5-3\r\n") }
        let old = (0..<50).map { _ in replica.watch(format, "", "Last-Event-ID: 4-3\r\n") }
        try await eventually("an answer for each") {
            held.allSatisfy { $0.events.count == 2 } && old.allSatisfy { $0.events == ["reset 5-5"] }
        }
        #expect(replica.metric("guildwire_web_top_looks_total") == 0)
        let ahead = (0..<200).map { _ in replica.watch(format, "", "Last-Event-ID: 5-99\r\n") }
        try await eventually("a reset for each") { ahead.allSatisfy { $0.events == ["reset 5-5"] } }
        // One look each 10 ms for as long as somebody waits; were they not shared, it would be 20,000.
        #expect(replica.metric("guildwire_web_top_looks_total") < 300)
        #expect(replica.metric("guildwire_web_viewers_ahead") == 0)
    }

    @Test(arguments: StreamFormat.allCases)
    func `without a gateway nobody knows what the log has lost, and who has seen it comes again`(
        format: StreamFormat
    )
        async throws
    {
        let replica = try await Replica(members: PlainMembers(isLinked: false))
        try await replica.begin()
        let viewer = replica.watch(format, "", "Last-Event-ID: 5-99\r\n")
        try await eventually("to be sent away") { !viewer.record.closed.isEmpty }
        #expect(viewer.events.isEmpty && viewer.saysRetry)
        #expect(replica.metric("guildwire_web_top_looks_total") >= 100)
    }

    @Test(arguments: StreamFormat.allCases)
    func `a viewer of two shards goes on at a replica that heard them in another order`(format: StreamFormat)
        async throws
    {
        let first = try await Replica()
        let state = String(decoding: Guild.state().encoded(), as: UTF8.self)
        for shard in Self.two { try await first.publish([Guild.event(1, .guildSynced, state)], to: shard) }
        await first.follow(Self.two)
        let viewer = first.watch(format)
        try await eventually("the snapshot") { viewer.events == ["snapshot 5-1~5-1"] }
        func say(_ number: UInt64, in shard: Int) async throws {
            let payload = #"{"messageId":"\#(number)","channelId":"20"}"#
            try await first.publish([Guild.event(number, .messageCreated, payload)], to: Self.two[shard])
            try await eventually("it to be seen") {
                await first.hub.position(of: Self.two[shard])?.number == number
            }
        }
        for (number, shard) in [(2, 0), (2, 1), (3, 1), (3, 0)] { try await say(UInt64(number), in: shard) }
        try await eventually("four messages") { viewer.events.count == 5 }
        // As if another replica had heard shard 1 later: 5-3 of shard 0 is seen, 5-2 of shard 1 is not.
        let moved = first.watch(format, "", "Last-Event-ID: 5-3~5-1\r\n")
        try await eventually("what it missed") {
            moved.events == ["message.created 5-3~5-2", "message.created 5-3~5-3"]
        }
        try await say(4, in: 0)
        try await eventually("what follows") { moved.events.last == "message.created 5-4~5-3" }
        #expect(first.metric("guildwire_web_replays_total") == 1)
        let old = first.watch(format, "", "Last-Event-ID: 4-1~5-1\r\n")
        try await eventually("a reset") { old.events == ["reset 5-4~5-3"] }
    }

    @Test(arguments: StreamFormat.allCases)
    func `a snapshot asked for on the way comes between what was missed and what follows`(
        format: StreamFormat
    ) async throws {
        let replica = try await Replica()
        try await replica.begin()
        for number: UInt64 in 2...3 { try await replica.say(number) }
        try await eventually("the hub to have all") { await replica.hub.position(of: .only)?.number == 3 }
        let viewer = replica.watch(format, "?lastEventId=5-2&snapshot=1")
        try await eventually("the snapshot") { viewer.events == ["message.created 5-3", "snapshot 5-3"] }
        try await replica.say(4)
        try await eventually("what follows") { viewer.events.last == "message.created 5-4" }
        #expect(viewer.events.count == 3)
    }

    @Test(arguments: StreamFormat.allCases)
    func `a replica that goes down gives what it owes, a time to come again, and the end`(
        format: StreamFormat
    ) async throws {
        let replica = try await Replica()
        try await replica.begin()
        let viewer = replica.watch(format)
        try await eventually("the snapshot") { viewer.events.count == 1 }
        try await replica.say(2)
        try await eventually("the hub to have it") { await replica.hub.position(of: .only)?.number == 2 }
        await replica.viewerLoops[0].drain()
        try await eventually("the end") { !viewer.record.closed.isEmpty }
        #expect(viewer.events == ["snapshot 5-1", "message.created 5-2"])
        #expect(viewer.text.components(separatedBy: format.retry).count == 2)
        // Until the socket closes, who comes is told the same.
        let late = replica.watch(format, "", "Last-Event-ID: 5-1\r\n")
        try await eventually("the end") { !late.record.closed.isEmpty }
        #expect(late.text.hasPrefix(format.head))
        #expect(late.saysRetry && late.events.isEmpty)
        #expect(replica.metric("guildwire_web_viewers") == 0)
    }

    @Test(arguments: StreamFormat.allCases)
    func `a viewer who does not read gets a reset on the same connection, and then what follows`(
        format: StreamFormat
    )
        async throws
    {
        let replica = try await Replica(ringBytesMax: 1 << 20)
        try await replica.begin()
        let paused = Locked<(any ByteStream)?>(nil)
        let slow = ByteStreamRecorder { stream, _ in
            guard paused.withLock({ $0 == nil }) else { return }
            paused.withLock { $0 = stream }
            stream.pauseReading()
        }
        _ = replica.watch(format, into: slow)
        try await eventually("the pause") { paused.withLock { $0 != nil } }
        // More than the ring and the kernel's buffers hold.
        let padding = String(repeating: "x", count: 256 << 10)
        for number: UInt64 in 2...50 {
            let payload = #"{"messageId":"\#(number)","channelId":"20","content":"\#(padding)"}"#
            try await replica.publish([Guild.event(number, .messageCreated, payload)])
        }
        try await eventually("the hub to have all") { await replica.hub.position(of: .only)?.number == 50 }
        replica.loops[0].execute { paused.withLock { $0 }?.resumeReading() }
        try await eventually("the reset") { replica.metric("guildwire_web_resets_total") == 1 }
        try await replica.say(51)
        // Taking megabytes apart each few milliseconds would be the slowest part of the test.
        let end = Array("}}\(format == .serverSent ? "\n\n" : "}")".utf8)
        let id = format == .serverSent ? "id: 5-51\n" : #""id":"5-51","event""#
        try await eventually("what follows") {
            let last = slow.record.received.suffix(300)
            return last.suffix(end.count).elementsEqual(end)
                && String(decoding: last, as: UTF8.self).contains(id)
        }
        let events = slow.events
        #expect(events.contains("reset 5-50") && events.last == "message.created 5-51")
        #expect(slow.record.closed.isEmpty)
        #expect(replica.metric("guildwire_web_resets_total") == 1)
        let numbers = events.compactMap { $0.split(separator: "-").last.flatMap { Int($0) } }
        #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
    }

    @Test(arguments: StreamFormat.allCases)
    func `a guild that goes ends its own streams, is left out of the others, and comes back with a reset`(
        format: StreamFormat
    )
        async throws
    {
        let replica = try await Replica()
        try await replica.begin()
        let (own, all) = (replica.watch(format, "?guild=1"), replica.watch(format))
        try await eventually("the snapshots") { own.events.count == 1 && all.events.count == 1 }
        await replica.hub.busIs(BusLife(identity: "a", connections: 1))
        await replica.hub.saveSnapshots(of: [.only])
        // The bus comes back as it was before it was saved.
        try await replica.bus.removeSnapshot(of: Guild.id, shard: .only)
        await replica.hub.busIs(BusLife(identity: "a", connections: 2))
        await replica.hub.saveSnapshots(of: [.only])
        #expect(try await replica.bus.loadSnapshots(of: .only).map(\.isAnchor) == [true, false])
        try await replica.publish([Guild.event(2, .guildRemoved, "{}")])
        try await eventually("the end of its own") { !own.record.closed.isEmpty }
        #expect(own.saysRetry)
        try await eventually("a view without it") { all.events == ["snapshot 5-1", "reset 5-2"] }
        #expect(all.text.contains(#""payload":{"guilds":[]}"#))
        await replica.hub.saveSnapshots(of: [.only])
        #expect(try await replica.bus.loadSnapshots(of: .only).isEmpty)
        let early = replica.watch(format, "?guild=1")
        try await eventually("to be told to come again") { !early.record.closed.isEmpty }
        let state = String(decoding: Guild.state().encoded(), as: UTF8.self)
        try await replica.publish([Guild.event(3, .guildSynced, state)])
        try await eventually("a view with it") { all.events.last == "reset 5-3" }
        let back = replica.watch(format, "?guild=1", "Last-Event-ID: 5-1\r\n")
        try await eventually("a reset for who was there before") { back.events == ["reset 5-3"] }
        #expect(all.record.closed.isEmpty)
    }
}
