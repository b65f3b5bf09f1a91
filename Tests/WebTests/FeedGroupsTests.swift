import Base
import EventModels
import Testing
import Web

/// Viewers of both forms beside each other, without sockets.
@Suite struct FeedGroupsTests {
    @Test func `both forms get the same events, ids and data, each its own ring`() {
        var stage = Stage()
        let (stream, feed) = (stage.come(format: .serverSent), stage.come(format: .webSocket))
        #expect(stage.groups.feeds.count == 2)
        for number: UInt64 in 11...13 {
            stage.take(number, .messageCreated, #"{"messageId":"\#(number)","channelId":"20"}"#)
        }
        let said = stage.text(stream).split(separator: "\n").filter { $0.hasPrefix("data: ") }
        let messages = FeedTranscript(stage.audience.sent[feed] ?? []).messages
        #expect(said.count == 4 && messages.count == 4)
        for (line, message) in zip(said, messages) {
            #expect(message.hasSuffix(#","data":\#(line.dropFirst(6))}"#))
        }
        #expect(stage.got(stream) == stage.got(feed))
    }

    @Test func `groups of one loop that share an event's frame get it each as they asked for`() {
        var stage = Stage()
        let kinds = ["message.*", "voice.*"].compactMap { KindPattern($0) }
        let feeds = [[], [kinds[0]], kinds].map { kinds in
            stage.come(.everyone, StreamFilter(kinds: Set(kinds)), format: .webSocket)
        }
        stage.take(11, .messageCreated, #"{"messageId":"11","channelId":"20"}"#)
        for feed in feeds { #expect(stage.got(feed) == ["snapshot 10", "message.created 11"]) }
    }

    @Test func `a cursor of one form counts in the other`() {
        var stage = Stage()
        _ = stage.come(format: .serverSent)
        for number: UInt64 in 11...13 {
            stage.take(number, .messageCreated, #"{"messageId":"\#(number)","channelId":"20"}"#)
        }
        let moved = stage.come(behind: "5-11", format: .webSocket)
        #expect(stage.got(moved) == ["message.created 12", "message.created 13"])
    }

    @Test func `a beat is a position to who follows the feed`() {
        var stage = Stage()
        let viewer = stage.come(format: .webSocket)
        _ = stage.got(viewer)
        for tick: Int32 in 2...6 { stage.groups.table.tick(tick) { $0.format.beat(id: $1.text) } }
        let messages = FeedTranscript(stage.audience.sent[viewer] ?? []).messages
        #expect(messages == [#"{"type":"position","id":"5-10"}"#])
    }

    @Test(arguments: StreamFormat.allCases)
    func `a stream ends with its session's or key's time, also while it waits to be let in`(
        format: StreamFormat
    ) {
        var stage = Stage(format: format)
        let (over, kept) = (stage.come(expires: 1_000), stage.come(expires: 1_001))
        let waits = stage.come(behind: "5-99", expires: 1_000)
        #expect(stage.groups.end(sessions: [], expiredAt: 999).isEmpty)
        #expect(stage.groups.end(sessions: [], expiredAt: 1_000).map(\.handle) == [waits])
        #expect(stage.groups.table.key(of: over) == nil && stage.groups.table.key(of: kept) != nil)
        let closed = format == .webSocket ? FeedTranscript(stage.audience.sent[over] ?? []).closed?.code : nil
        #expect(closed == (format == .webSocket ? 1008 : nil))
    }

    @Test func `a session's end is said to who follows the feed`() {
        var stage = Stage()
        stage.members[Snowflake(8)] = MemberFacts()
        let ended = stage.come(.user(Snowflake(8)), session: "a", format: .webSocket)
        let kept = stage.come(.user(Snowflake(8)), session: "b", format: .webSocket)
        _ = stage.groups.end(sessions: ["a"], expiredAt: 0)
        #expect(FeedTranscript(stage.audience.sent[ended] ?? []).closed?.code == 1008)
        #expect(FeedTranscript(stage.audience.sent[kept] ?? []).closed == nil)
        #expect(stage.groups.table.key(of: ended) == nil)
    }
}
