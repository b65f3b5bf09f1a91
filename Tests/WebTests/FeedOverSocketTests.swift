import Base
import EventLoop
import EventModels
import RedisClient
import TestSupport
import Testing
import Web
import WebSocketWire

/// `/api/ws` over real sockets. What it shares with `/api/stream` is tested with that, in both forms.
@Suite struct FeedOverSocketTests {
    private static let accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

    /// A client with something to say: behind its request, and once something has come.
    private struct Client {
        let recorder: ByteStreamRecorder
        private let stream: Locked<(any ByteStream)?>
        private let loop: EventLoop

        /// `isPaused`: reads no more than the first of what comes, until it is resumed.
        init(_ replica: Replica, _ behind: [UInt8] = [], isPaused: Bool = false) {
            let stream = Locked<(any ByteStream)?>(nil)
            recorder = ByteStreamRecorder { from, _ in
                let isFirst = stream.withLock { known in
                    defer { known = from }
                    return known == nil
                }
                if isPaused, isFirst { from.pauseReading() }
            }
            self.stream = stream
            loop = replica.loops[0]
            _ = replica.get("/api/ws", Replica.upgrade, behind: behind, into: recorder)
        }

        var feed: FeedTranscript { recorder.feed }
        var events: [String] { recorder.events }
        var isClosed: Bool { !recorder.record.closed.isEmpty }

        func resume() { loop.execute { [stream] in stream.withLock { $0 }?.resumeReading() } }
        func send(_ bytes: [UInt8]) { loop.execute { [stream] in stream.withLock { $0 }?.write(bytes) } }
    }

    private static func frame(_ opcode: WebSocketOpcode, _ payload: [UInt8] = []) -> [UInt8] {
        WebSocketFrameWriter.frame(opcode, payload, mask: 0x0A0B_0C0D)
    }

    @Test func `a fresh feed opens with a snapshot and goes on with what follows it`() async throws {
        let replica = try await Replica()
        try await replica.begin()
        let viewer = replica.watch(.webSocket, "?guild=1")
        try await eventually("the snapshot") { viewer.events.count == 1 }
        for number: UInt64 in 2...3 { try await replica.say(number) }
        try await eventually("two messages") { viewer.events.count == 3 }
        #expect(viewer.events == ["snapshot 5-1", "message.created 5-2", "message.created 5-3"])
        let text = viewer.text
        #expect(text.hasPrefix("HTTP/1.1 101 ") && text.contains(Self.accept))
        #expect(text.contains("Connection: Upgrade\r\n") && text.contains("Upgrade: websocket\r\n"))
        #expect(!text.contains("Sec-WebSocket-Protocol") && !text.contains("Sec-WebSocket-Extensions"))
        #expect(viewer.feed.fault == nil && viewer.record.closed.isEmpty)
        #expect(replica.metric("guildwire_web_viewers") == 1)
        #expect(replica.metric("guildwire_web_feed_viewers") == 1)
    }

    @Test func `what asks for no WebSocket is told so, and what asks for one in a wrong way too`()
        async throws
    {
        let replica = try await Replica()
        try await replica.begin()
        let table: [(what: String, headers: String, status: String)] = [
            ("no upgrade", "", "426"),
            ("version 8", Replica.upgrade.replacing("Version: 13", with: "Version: 8"), "426"),
            ("no key", Replica.upgrade.replacing("Sec-WebSocket-Key", with: "X-Key"), "400"),
            ("a short key", Replica.upgrade.replacing("dGhl", with: ""), "400"),
            ("another protocol", Replica.upgrade + "Sec-WebSocket-Protocol: graphql-ws\r\n", "400"),
        ]
        for (what, headers, status) in table {
            let viewer = replica.get("/api/ws", headers)
            try await eventually("an answer to \(what)") { viewer.text.contains("\r\n\r\n{") }
            #expect(viewer.text.hasPrefix("HTTP/1.1 \(status) "), "\(what)")
            #expect(viewer.text.contains("Upgrade: websocket") == (status == "426"), "\(what)")
        }
        let named = replica.watch(.webSocket, "", "Sec-WebSocket-Protocol: other, guildwire.v1\r\n")
        try await eventually("the snapshot") { named.events.count == 1 }
        #expect(named.text.contains("Sec-WebSocket-Protocol: guildwire.v1\r\n"))
    }

    @Test func `who may not look is told so before the upgrade`() async throws {
        let replica = try await Replica(access: .login)
        try await replica.begin()
        for headers in ["", Replica.strangersCookie()] {
            let viewer = replica.watch(.webSocket, "?guild=abc", headers)
            try await eventually("an answer") { viewer.text.contains("\r\n\r\n{") }
            #expect(viewer.text.hasPrefix("HTTP/1.1 401 ") && viewer.text.contains("WWW-Authenticate: "))
        }
        let viewer = replica.watch(.webSocket, "", replica.cookie(of: 7))
        try await eventually("the snapshot") { viewer.events.count == 1 }
    }

    @Test(arguments: WebConfig.Access.allCases)
    func `a page of another site opens no feed with the cookies of its visitor, nor with none`(
        access: WebConfig.Access
    ) async throws {
        let replica = try await Replica(access: access)
        try await replica.begin()
        let cookie = replica.cookie(of: 7)
        let foreign = [
            "https://evil.test", "null", "http://guildwire.test", "https://guildwire.test.evil.test",
            "https://guildwire.test:444", "https://guildwire.test\r\nOrigin: https://evil.test",
            "guildwire.test",
        ]
        for origin in foreign {
            let viewer = replica.watch(.webSocket, "", "\(cookie)Origin: \(origin)\r\n")
            try await eventually("an answer to \(origin)") { viewer.text.contains("\r\n\r\n{") }
            #expect(viewer.text.hasPrefix("HTTP/1.1 403 "), "\(origin)")
        }
        #expect(replica.metric("guildwire_web_feed_origins_refused_total") == Double(foreign.count))
        for origin in ["https://guildwire.test", "HTTPS://Guildwire.test:443"] {
            let viewer = replica.watch(.webSocket, "", "\(cookie)Origin: \(origin)\r\n")
            try await eventually("the snapshot") { viewer.events.count == 1 }
        }
    }

    @Test func `a key opens the feed from any page, and no more than it allows`() async throws {
        let replica = try await Replica(access: .login)
        try await replica.begin()
        let (key, voice) = (replica.key(), replica.key(events: ["voice.*"]))
        let foreign = "Origin: https://overlay.test\r\n"
        let bearer = "Authorization: Bearer \(key)\r\n"
        let allowed = [
            replica.watch(.webSocket, "?key=\(key)", foreign),
            replica.watch(.webSocket, "", bearer + foreign),
            replica.watch(.webSocket, "?key=\(voice)"),
        ]
        for (query, status) in [
            ("guild=2&key=\(key)", 403), ("events=message.*&key=\(voice)", 403), ("key=x", 401),
        ] {
            let viewer = replica.watch(.webSocket, "?\(query)", foreign)
            try await eventually("an answer to \(query)") { viewer.text.contains("\r\n\r\n{") }
            #expect(viewer.text.hasPrefix("HTTP/1.1 \(status) "), "\(query)")
        }
        try await eventually("the snapshots") { allowed.allSatisfy { $0.events == ["snapshot 5-1"] } }
        try await replica.say(2)
        try await eventually("the event") { allowed[0].events.count == 2 && allowed[1].events.count == 2 }
        #expect(allowed[2].events == ["snapshot 5-1"])
    }

    @Test func `a last id that somebody else got opens no more than one's own`() async throws {
        let replica = try await Replica(access: .login)
        try await replica.begin()
        let voice = replica.key(events: ["voice.*"])
        for number: UInt64 in 2...4 { try await replica.say(number) }
        let all = replica.watch(.webSocket, "?lastEventId=5-2", replica.cookie(of: 7))
        let narrow = replica.watch(.webSocket, "?lastEventId=5-2&key=\(voice)")
        try await eventually("what was missed") {
            all.events == ["message.created 5-3", "message.created 5-4"]
        }
        try await replica.publish([Guild.event(5, .voiceJoined, "{\(Guild.user),\"channelId\":\"21\"}")])
        try await eventually("what follows") { narrow.events == ["voice.joined 5-5"] }
    }

    @Test func `pings are answered, those that came behind the request too`() async throws {
        let replica = try await Replica()
        try await replica.begin()
        let viewer = Client(replica, Self.frame(.ping, [1, 2]))
        try await eventually("a pong") { viewer.feed.pongs == [[1, 2]] }
        try await eventually("the snapshot") { viewer.events.count == 1 }
        viewer.send(Self.frame(.ping, [3]) + [0x8A])
        try await eventually("another pong") { viewer.feed.pongs == [[1, 2], [3]] }
        viewer.send([0x80, 0, 0, 0, 0] + Self.frame(.ping, [4]))
        try await eventually("a third") { viewer.feed.pongs == [[1, 2], [3], [4]] }
        try await replica.say(2)
        try await eventually("what follows") { viewer.events.last == "message.created 5-2" }
        #expect(viewer.feed.fault == nil && !viewer.isClosed)
    }

    @Test func `pings of who does not read tear no message`() async throws {
        let replica = try await Replica(ringBytesMax: 32 << 20)
        try await replica.begin()
        let client = Client(replica, isPaused: true)
        try await eventually("the first bytes") { !client.recorder.record.received.isEmpty }
        let padding = String(repeating: "x", count: 256 << 10)
        for number: UInt64 in 2...40 {
            let payload = #"{"messageId":"\#(number)","channelId":"20","content":"\#(padding)"}"#
            try await replica.publish([Guild.event(number, .messageCreated, payload)])
        }
        try await eventually("the hub to have all") { await replica.hub.position(of: .only)?.number == 40 }
        for number: UInt8 in 1...20 { client.send(Self.frame(.ping, [number])) }
        client.resume()
        try await eventually("all of it") { client.recorder.record.received.count > (39 * 256) << 10 }
        client.send(Self.frame(.ping, [99]))
        try await eventually("the last pong") { client.recorder.record.received.suffix(3) == [0x8A, 1, 99] }
        let feed = client.feed
        #expect(feed.fault == nil && feed.events.map(\.id) == (1...40).map { "5-\($0)" })
        #expect(feed.pongs.contains([20]) && feed.pongs.last == [99])
    }

    @Test func `a close is answered and ends the stream`() async throws {
        let replica = try await Replica()
        try await replica.begin()
        let viewer = Client(replica)
        try await eventually("the snapshot") { viewer.events.count == 1 }
        viewer.send(Self.frame(.close, [3, 0xE8]))
        try await eventually("the end") { viewer.isClosed }
        #expect(viewer.feed.closed?.code == 1000)
        try await eventually("nobody to be there") {
            replica.metric("guildwire_web_viewers") == 0 && replica.metric("guildwire_web_feed_viewers") == 0
        }
        let refusals = FeedInputs.Refusal.allCases.map { replica.refusals($0) }
        #expect(refusals.allSatisfy { $0 == 0 })
    }

    @Test func `hostile frames end their own stream, with a close code, and are counted`() async throws {
        let replica = try await Replica()
        try await replica.begin()
        let other = replica.watch(.webSocket)
        let flood = (0...FeedInputs.framesMax).flatMap { _ in Self.frame(.ping) }
        let table: [(bytes: [UInt8], code: UInt16, refusal: FeedInputs.Refusal)] = [
            (Self.frame(.text, [0x61]), 1003, .message), ([0xC9, 0x80, 0, 0, 0, 0], 1002, .violation),
            ([0x81, 0xFF, 0, 0, 0, 255, 0, 0, 0, 0], 1009, .tooBig), (flood, 1008, .flood),
            (Self.frame(.close, [3, 0xE8, 0xFF]), 1007, .notUTF8),
        ]
        for (bytes, code, refusal) in table {
            let viewer = Client(replica, bytes)
            try await eventually("the end after \(refusal)") { viewer.isClosed }
            #expect(viewer.feed.closed?.code == code && viewer.feed.fault == nil, "\(refusal)")
            #expect(replica.refusals(refusal) == 1, "\(refusal)")
        }
        try await replica.say(2)
        try await eventually("the other's event") { other.events == ["snapshot 5-1", "message.created 5-2"] }
    }

    @Test func `who cannot be let in is told when to come again, and a session's end is told as one`()
        async throws
    {
        let replica = try await Replica(access: .login)
        try await replica.begin()
        let id = RandomSource.hex(16)
        let ended = replica.watch(.webSocket, "", replica.cookie(of: 7, id: id))
        let drained = replica.watch(.webSocket, "", replica.cookie(of: 7))
        let unknown = replica.watch(.webSocket, "?guild=99", replica.cookie(of: 7))
        try await eventually("the end") { !unknown.record.closed.isEmpty }
        #expect(unknown.feed.closed?.code == 1013 && unknown.saysRetry)
        try await eventually("both snapshots") { ended.events.count == 1 && drained.events.count == 1 }
        try await replica.keeper.revoke(RevocationList.Entry(id: id, expires: Session.timeMax))
        try await eventually("the end") { !ended.record.closed.isEmpty }
        #expect(ended.feed.closed?.code == 1008 && !ended.saysRetry)
        await replica.viewerLoops[0].drain()
        try await eventually("the end") { !drained.record.closed.isEmpty }
        #expect(drained.feed.closed?.code == 1012 && drained.saysRetry)
        let late = replica.watch(.webSocket, "", replica.cookie(of: 7))
        try await eventually("the end") { !late.record.closed.isEmpty }
        #expect(late.feed.closed?.code == 1012 && late.saysRetry && late.events.isEmpty)
    }
}

extension Replica {
    func refusals(_ refusal: FeedInputs.Refusal) -> Double {
        metric("guildwire_web_feed_refused_total{reason=\"\(refusal.rawValue)\"}")
    }
}
