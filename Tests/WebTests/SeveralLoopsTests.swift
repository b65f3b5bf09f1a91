import Base
import EventLoop
import EventModels
import TestSupport
import Testing
import Web

/// A replica with two viewers' loops.
@Suite struct SeveralLoopsTests {
    /// Keeps a loop from doing anything until it is let go.
    private struct Hold {
        private let held = Locked(true)

        init(_ loop: EventLoop) { loop.execute { [held] in while held.withLock({ $0 }) {} } }
        func letGo() { held.withLock { $0 = false } }
    }

    /// The response's body as far as it came.
    private static func body(_ viewer: ByteStreamRecorder) -> Substring {
        viewer.text.components(separatedBy: "\r\n\r\n").last ?? ""
    }

    @Test(arguments: StreamFormat.allCases)
    func `streams on two loops get the same bytes in the same order`(format: StreamFormat) async throws {
        let replica = try await Replica(viewerLoops: 2)
        try await replica.begin()
        try await replica.say(2)
        try await eventually("the hub to have it") { await replica.hub.position(of: .only)?.number == 2 }
        let viewers = (0..<8).map { replica.watch(format, "", "Last-Event-ID: 5-1\r\n", on: $0 % 2) }
        try await eventually("all to be in") { replica.metric("guildwire_web_viewers") == 8 }
        for number: UInt64 in 3...200 { try await replica.say(number) }
        let expected = (2...200).map { "message.created 5-\($0)" }
        for viewer in viewers {
            try await eventually("all events") { viewer.events.count == expected.count }
            #expect(viewer.events == expected)
            #expect(Self.body(viewer) == Self.body(viewers[0]))
        }
        #expect(replica.metric("guildwire_web_groups") == 2)
    }

    @Test(arguments: StreamFormat.allCases)
    func `a loop that gets no time does not hold up the other, and loses nothing`(format: StreamFormat)
        async throws
    {
        let replica = try await Replica(viewerLoops: 2)
        try await replica.begin()
        let viewers = (0..<2).map { replica.watch(format, "", "Last-Event-ID: 5-1\r\n", on: $0) }
        try await eventually("both to be in") { replica.metric("guildwire_web_viewers") == 2 }
        let hold = Hold(replica.viewerLoops[1].loop)
        for number: UInt64 in 2...50 { try await replica.say(number) }
        let expected = (2...50).map { "message.created 5-\($0)" }
        try await eventually("all events at the one") { viewers[0].events == expected }
        #expect(viewers[1].events == [])
        #expect(replica.metric("guildwire_web_loop_backlog_bytes") > 49 * 96)
        hold.letGo()
        try await eventually("all events at the other") { viewers[1].events == expected }
        #expect(replica.metric("guildwire_web_loop_backlog_bytes") == 0)
        #expect(replica.metric("guildwire_web_loop_overruns_total") == 0)
    }

    @Test(arguments: StreamFormat.allCases)
    func `a loop that takes less than comes sends its streams away, and they miss nothing`(
        format: StreamFormat
    )
        async throws
    {
        let replica = try await Replica(viewerLoops: 2, handOverBytesMax: 2_000)
        try await replica.begin()
        let viewers = (0..<2).map { replica.watch(format, "", "Last-Event-ID: 5-1\r\n", on: $0) }
        try await eventually("both to be in") { replica.metric("guildwire_web_viewers") == 2 }
        let hold = Hold(replica.viewerLoops[1].loop)
        for number: UInt64 in 2...50 {
            try await replica.say(number)
            // The other has taken each before the next comes.
            try await eventually("\(number)") { viewers[0].events.count == Int(number) - 1 }
        }
        #expect(replica.metric("guildwire_web_loop_overruns_total") == 1)
        #expect(replica.metric("guildwire_web_loop_backlog_bytes") <= 2_000)
        hold.letGo()
        try await eventually("the end of the stream") { !viewers[1].record.closed.isEmpty }
        #expect(viewers[1].saysRetry)
        let seen = viewers[1].events.count
        #expect(seen > 0 && seen < 49)
        let again = replica.watch(format, "", "Last-Event-ID: 5-\(seen + 1)\r\n", on: 1)
        try await eventually("the rest") { again.events.count == 49 - seen }
        try await replica.say(51)
        let expected = (2...51).map { "message.created 5-\($0)" }
        try await eventually("the next at both") {
            viewers[0].events.count == 50 && again.events.count == 50 - seen
        }
        #expect(viewers[0].events == expected)
        #expect(viewers[1].events + again.events == expected)
    }

    @Test(arguments: StreamFormat.allCases)
    func `a stream's end is told on every loop: a session that is revoked, a replica that goes down`(
        format: StreamFormat
    )
        async throws
    {
        let replica = try await Replica(access: .login, viewerLoops: 2)
        try await replica.begin()
        let id = RandomSource.hex(16)
        let (mine, other) = (replica.cookie(of: 7, id: id), replica.cookie(of: 7))
        let revoked = (0..<2).map { replica.watch(format, "", mine, on: $0) }
        let left = (0..<2).map { replica.watch(format, "", other, on: $0) }
        try await eventually("all to be in") { (revoked + left).allSatisfy { $0.events.count == 1 } }
        try await replica.keeper.revoke(RevocationList.Entry(id: id, expires: Session.timeMax))
        try await eventually("both ends") { revoked.allSatisfy { !$0.record.closed.isEmpty } }
        #expect(left.allSatisfy { $0.record.closed.isEmpty })
        try await replica.say(2)
        // From here on the loops have it before they hear of the end.
        try await eventually("the hub to have it") { await replica.hub.position(of: .only)?.number == 2 }
        let loops = replica.viewerLoops
        await withTaskGroup(of: Void.self) { group in
            for viewerLoop in loops { group.addTask { await viewerLoop.drain() } }
        }
        try await eventually("the others' ends") { left.allSatisfy { !$0.record.closed.isEmpty } }
        for viewer in left {
            #expect(viewer.events == ["snapshot 5-1", "message.created 5-2"])
            #expect(viewer.saysRetry)
        }
        #expect(replica.metric("guildwire_web_viewers") == 0)
        // Who comes now is told when to come again, at once.
        for number in 0..<2 {
            let late = replica.watch(format, "", other, on: number)
            try await eventually("an end") { !late.record.closed.isEmpty }
            #expect(late.saysRetry && late.events.isEmpty)
        }
    }
}
