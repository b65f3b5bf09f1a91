import Base
import EventModels
import JSON
import Testing

@Suite struct StreamEventTests {
    static let event = StreamEvent(
        id: EventID(epoch: 1_732_147_200_123, sequence: 64, ordinal: 0),
        kind: .voiceJoined,
        guild: Snowflake(1970),
        ts: 1_732_147_200_150,
        payload: Array(#"{"userId":"1","a":[{"}":"}"}]}"#.utf8)
    )

    @Test func `the envelope has one form`() {
        #expect(
            String(decoding: Self.event.envelope, as: UTF8.self)
                == #"{"id":"1732147200123-67108864","event":"voice.joined","guild":"1970","ts":1732147200150,"#
                + #""payload":{"userId":"1","a":[{"}":"}"}]}}"#
        )
    }

    @Test func `what was encoded is read back the same`() throws {
        let again = try StreamEvent(parsing: Self.event.envelope)
        #expect(again == Self.event)
        #expect(again.payload?["userId"]?.string == "1")
        let frame = EventFrame(shard: .only, prev: EventID("1732147200123-5"), events: [again])
        #expect(try EventFrame(decoding: frame.encoded()) == frame)
    }

    @Test func `a kind of another version is carried, and internal`() throws {
        let text = #"{"id":"1-2","event":"future.thing","guild":"3","ts":4,"payload":{}}"#
        let event = try StreamEvent(parsing: Array(text.utf8))
        #expect(event.kind == nil && event.name == "future.thing" && event.envelope == Array(text.utf8))
    }

    @Test func `every other form is refused`() {
        let good = #"{"id":"1-2","event":"a.b","guild":"3","ts":4,"payload":{}}"#
        let wrong = [
            "", "{}", String(good.dropLast()), String(good.dropFirst()), good + " ",
            good.replacing("1-2", with: "1"), good.replacing("a.b", with: "A.b"),
            good.replacing("a.b", with: ""),
            good.replacing("\"3\"", with: "3"), good.replacing(":4,", with: ":-4,"),
            good.replacing("{}", with: "1"),
            good.replacing(":4", with: ": 4"), good.replacing("a.b", with: String(repeating: "a", count: 65)),
        ]
        for text in wrong {
            #expect(throws: EnvelopeError.self, "\(text)") { try StreamEvent(parsing: Array(text.utf8)) }
        }
    }

    @Test func `a frame's ids ascend from prev on`() throws {
        let one = #"{"id":"1-2","event":"a.b","guild":"3","ts":4,"payload":{}}"#
        for text in [
            #"{"shard":"0/1","prev":"1-2","data":[\#(one)]}"#,
            #"{"shard":"0/1","prev":null,"data":[\#(one),\#(one)]}"#,
            #"{"shard":"0/1","prev":null,"data":[]}"#, #"{"shard":"0/1","data":[\#(one)]}"#,
            #"{"shard":"1/1","prev":null,"data":[\#(one)]}"#, #"{"shard":"0/1","prev":"x","data":[\#(one)]}"#,
        ] {
            #expect(throws: EventFrameError.self, "\(text)") { try EventFrame(decoding: Array(text.utf8)) }
        }
    }

    @Test func `what names a channel needs sight of it, and what is not for viewers is internal`() {
        for kind in EventKind.allCases {
            switch kind.rawValue.split(separator: ".")[0] {
            case "voice": #expect(kind.audience == .voiceChannel)
            case "message", "reaction": #expect(kind.audience == .channel(.viewChannel))
            case "guild", "log": #expect(kind.audience == .internal)
            default: break
            }
        }
        #expect(
            EventKind.channelPermissions.audience == .internal
                && EventKind.memberTimeout.audience == .internal
        )
    }
}
