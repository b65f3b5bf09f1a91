import Base
import JSON
import Testing
import Web

/// The feed's messages as a client reads them.
@Suite struct FeedMessageTests {
    @Test
    func `a message says its type, the stream's id, the event's name, and carries the envelope unchanged`()
        throws
    {
        for count in [0, 40, 60, 126, 1_000, 65_400, 70_000] {
            let text = String(repeating: "é", count: count / 2)
            let envelope =
                #"{"id":"5-1","event":"voice.joined","guild":"1","ts":1,"payload":{"t":"\#(text)"}}"#
            let data = Array(envelope.utf8)
            let frame = StreamFormat.webSocket.event(id: "5-1~6-2", name: "voice.joined", data: data[...])
            let transcript = FeedTranscript(frame)
            #expect(transcript.fault == nil && transcript.closed == nil)
            #expect(
                transcript.messages == [
                    #"{"type":"event","id":"5-1~6-2","event":"voice.joined","data":\#(envelope)}"#
                ]
            )
        }
    }

    @Test func `the other messages are JSON of their own form`() throws {
        let feed = StreamFormat.webSocket
        let data = Array("{}".utf8)
        let expected: [(frame: [UInt8], text: String)] = [
            (
                feed.snapshot(id: "5-1", data: data, isReset: false),
                #"{"type":"snapshot","id":"5-1","event":"snapshot","data":{}}"#
            ),
            (
                feed.snapshot(id: "5-1", data: data, isReset: true),
                #"{"type":"reset","id":"5-1","event":"reset","data":{}}"#
            ),
            (feed.beat(id: "5-1"), #"{"type":"position","id":"5-1"}"#),
            (feed.farewell(milliseconds: 1200), #"{"type":"retry","milliseconds":1200}"#),
        ]
        for (frame, text) in expected {
            #expect(FeedTranscript(frame).messages == [text])
            _ = try JSONDocument(parsing: Array(text.utf8))
        }
    }

    @Test func `the end says why: come again, the replica goes down, or the session counts no more`() {
        let feed = StreamFormat.webSocket
        #expect(FeedTranscript(feed.farewell(milliseconds: 1)).closed?.code == 1013)
        #expect(FeedTranscript(feed.farewell(milliseconds: 1, .restart)).closed?.code == 1012)
        #expect(FeedTranscript(feed.ended).closed?.code == 1008)
        #expect(FeedTranscript(feed.ended).messages.isEmpty && StreamFormat.serverSent.ended.isEmpty)
    }
}
