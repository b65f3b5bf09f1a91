import Base
import EventModels
import Testing
import Web

@Suite struct LoopLinesTests {
    private static func follower(_ user: UInt64) -> Follower {
        Follower(subject: .user(Snowflake(user)), guilds: [])
    }

    @Test func `a loop hears of events from its first stream until it says that it has none`() {
        var lines = LoopLines(count: 2)
        #expect(lines.hearing == [])
        lines.opened(1, on: 1)
        #expect(lines.hearing == [1])
        lines.opened(2, on: 0)
        #expect(lines.hearing == [0, 1])
        lines.report([], openedUpTo: 1, isIdle: true, from: 1)
        #expect(lines.hearing == [0])
        // It had not heard of the opening that is on its way.
        lines.report([], openedUpTo: 1, isIdle: true, from: 0)
        #expect(lines.hearing == [0])
        lines.startedOver(0)
        #expect(lines.hearing == [])
    }

    @Test func `nothing is forgotten until all loops have said what they have`() {
        var lines = LoopLines(count: 2)
        lines.opened(1, on: 0)
        lines.report([Self.follower(1)], openedUpTo: 1, isIdle: false, from: 0)
        #expect(lines.forgettable == nil)
        lines.report([Self.follower(2)], openedUpTo: 0, isIdle: false, from: 1)
        #expect(lines.forgettable == .init(used: [Self.follower(1), Self.follower(2)], openedUpTo: .max))
    }

    @Test func `what was opened on a loop since its report is not forgotten by another's`() {
        var lines = LoopLines(count: 2)
        lines.report([], openedUpTo: 0, isIdle: false, from: 1)
        lines.opened(7, on: 0)
        lines.report([], openedUpTo: 7, isIdle: false, from: 0)
        lines.opened(8, on: 0)
        lines.report([], openedUpTo: 0, isIdle: false, from: 1)
        #expect(lines.forgettable?.openedUpTo == 7)
        lines.report([], openedUpTo: 8, isIdle: false, from: 0)
        #expect(lines.forgettable?.openedUpTo == .max)
    }
}

@Suite struct StreamRoomTests {
    @Test func `loops share one bound, whoever takes of it`() {
        let room = StreamRoom(loops: 2)
        let most = StreamRoom.Use(
            streams: StreamRoom.streamsMax - 1,
            groups: StreamRoom.groupsMax - 1,
            ringBytes: StreamRoom.ringsBytesMax
        )
        let one = StreamRoom.Use(streams: 1, groups: 1, ringBytes: 1)
        room.change(from: StreamRoom.Use(), to: most)
        #expect(!room.isFull && !room.isCrowded)
        room.change(from: StreamRoom.Use(), to: one)
        #expect(room.isFull && room.isCrowded)
        #expect(room.forRing(bytesMax: 32 << 20) == StreamRoom.ringBytesMin)
        room.change(from: most, to: StreamRoom.Use())
        #expect(!room.isFull && !room.isCrowded)
        #expect(room.forRing(bytesMax: 32 << 20) == 32 << 20)
    }

    @Test func `a loop is handed what fits, and one batch whatever its size`() {
        let handOver = HandOver(bytesMax: 100)
        #expect(handOver.offer(150))
        #expect(!handOver.offer(1))
        handOver.took(150)
        #expect(handOver.offer(60) && handOver.offer(40))
        #expect(!handOver.offer(1))
        handOver.took(60)
        #expect(handOver.offer(60))
        #expect(handOver.bytes == 100)
    }
}
