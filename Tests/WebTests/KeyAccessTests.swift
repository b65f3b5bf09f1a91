import Base
import EventLoop
import EventModels
import TestSupport
import Testing
import Web

/// Who is let in to `/api/stream` by a key, over a real socket.
@Suite struct KeyAccessTests {
    /// The whole answer, or a stream's head and first event.
    private func answer(_ replica: Replica, _ target: String, _ headers: String = "") async throws -> String {
        let viewer = replica.get(target, headers)
        try await eventually("an answer") {
            viewer.events.count > 0 || viewer.text.contains("retry: ") || viewer.text.contains("\r\n\r\n{")
        }
        return viewer.text
    }

    private static func bearer(_ key: String) -> String { "Authorization: Bearer \(key)\r\n" }

    @Test(arguments: WebConfig.Access.allCases) func `a key is let in by its header and by the query`(
        access: WebConfig.Access
    ) async throws {
        let replica = try await Replica(access: access)
        try await replica.begin()
        let key = replica.key()
        #expect(try await answer(replica, "/api/stream?key=\(key)").hasPrefix("HTTP/1.1 200 "))
        #expect(try await answer(replica, "/api/stream", Self.bearer(key)).hasPrefix("HTTP/1.1 200 "))
        // The key counts, not the cookie that a browser adds: another guild is refused, which the user may see.
        let both = try await answer(replica, "/api/stream?guild=2&key=\(key)", replica.cookie(of: 7))
        #expect(both.hasPrefix("HTTP/1.1 403 ") && both.contains("for the guild 1 alone"))
        let bad = try await answer(replica, "/api/stream?key=x", replica.cookie(of: 7))
        #expect(bad.hasPrefix("HTTP/1.1 401 ") && !bad.contains("Set-Cookie"))
        #expect(
            try await answer(replica, "/api/stream?key=\(key)", "Cookie: guildwire_session=x\r\n").hasPrefix(
                "HTTP/1.1 200 "
            )
        )
    }

    @Test(arguments: WebConfig.Access.allCases)
    func `a key that is none is refused, and nothing of it is repeated`(
        access: WebConfig.Access
    ) async throws {
        let replica = try await Replica(access: access)
        try await replica.begin()
        let good = replica.key()
        let stranger = KeySigner([Secret("a secret that nobody here believes")]).mint(KeySignerTests.grant())
        let table: [(query: String, header: String, refusal: KeyRefusal, words: String)] = [
            ("?key=gwk1.x.y", "", .malformed, "not valid"), ("?key=", "", .malformed, "not valid"),
            ("", "Authorization: Bearer\r\n", .malformed, "not valid"),
            ("?key=gwk2.x", "", .otherVersion, "not valid"),
            ("?key=\(String(repeating: "v", count: 4097))", "", .tooLong, "not valid"),
            ("?key=\(good)&key=\(good)", "", .ambiguous, "more than one"),
            ("?key=\(good)", Self.bearer(good), .ambiguous, "more than one"),
            ("", Self.bearer(good) + Self.bearer(good), .ambiguous, "more than one"),
            ("?key=\(stranger)", "", .forged, "not valid"),
            ("?key=\(replica.key(issued: -10, expires: -1))", "", .expired, "has expired"),
            ("?key=\(replica.key(issued: 120))", "", .notYetIssued, "in the future"),
            ("?key=\(replica.key(expires: 732 * 86_400))", "", .tooLongLived, "not valid"),
        ]
        for (query, header, refusal, words) in table {
            let text = try await answer(replica, "/api/stream\(query)", header)
            #expect(text.hasPrefix("HTTP/1.1 401 "), "\(refusal)")
            #expect(text.contains("application/problem+json") && text.contains(words), "\(refusal)")
            #expect(text.contains("WWW-Authenticate: Bearer ") && !text.contains("gwk"), "\(refusal)")
            #expect(replica.metric("guildwire_web_keys_refused_total{reason=\"\(refusal.rawValue)\"}") > 0)
        }
    }

    @Test func `a key opens what it allows, whatever is asked`() async throws {
        let replica = try await Replica(access: .login)
        try await replica.begin()
        let voice = replica.key(channels: [Snowflake(20)], events: ["voice.*"])
        let forbidden = ["guild=2", "guild=1&guild=2", "channels=30", "events=message.*"]
        for query in forbidden {
            let text = try await answer(replica, "/api/stream?\(query)&key=\(voice)")
            #expect(text.hasPrefix("HTTP/1.1 403 ") && text.contains("This key is for "), "\(query)")
        }
        #expect(try await answer(replica, "/api/stream?guild=x&key=\(voice)").hasPrefix("HTTP/1.1 400 "))
        let lacking = replica.key(.api, scopes: [.guildRead])
        let text = try await answer(replica, "/api/stream", Self.bearer(lacking))
        #expect(text.hasPrefix("HTTP/1.1 403 ") && text.contains("does not have the scope stream"))
        // What is said in the guild is not for it; what goes on in its channel is.
        let viewer = replica.get("/api/stream?key=\(voice)")
        try await eventually("a snapshot") { viewer.events == ["snapshot 5-1"] }
        try await replica.say(2)
        try await replica.publish([
            Guild.event(3, .voiceJoined, #"{"channelId":"20",\#(Guild.user)}"#)
        ])
        try await eventually("its event") { viewer.events == ["snapshot 5-1", "voice.joined 5-3"] }
        // Behind its last id it goes on as it was.
        let again = replica.get("/api/stream?key=\(voice)", "Last-Event-ID: 5-1\r\n")
        try await eventually("what was missed") { again.events == ["voice.joined 5-3"] }
    }

    @Test func `a revoked key is refused, its streams end, and others of the maker stay`() async throws {
        let replica = try await Replica(access: .login)
        try await replica.begin()
        let id = RandomSource.hex(16)
        let (key, other) = (replica.key(id: id), replica.key())
        let streams = [key, other].map { replica.get("/api/stream?key=\($0)") }
        let session = replica.get("/api/stream", replica.cookie(of: 7))
        for viewer in streams + [session] {
            try await eventually("a snapshot") { viewer.events == ["snapshot 5-1"] }
        }
        let expires = WallClock.unixMilliseconds() / 1000 + 3600
        try await replica.keeper.revoke(RevocationList.Entry(id: id, expires: expires))
        try await eventually("the end") { !streams[0].record.closed.isEmpty }
        let text = try await answer(replica, "/api/stream?key=\(key)")
        #expect(text.hasPrefix("HTTP/1.1 401 ") && text.contains("was revoked"))
        try await replica.say(2)
        for viewer in [streams[1], session] {
            try await eventually("what follows") { viewer.events.last == "message.created 5-2" }
            #expect(viewer.record.closed.isEmpty)
        }
    }

    @Test func `a key whose maker is no member shows nothing of the guild`() async throws {
        let replica = try await Replica(access: .login, members: PlainMembers(isMember: false))
        try await replica.begin()
        let viewer = replica.get("/api/stream?key=\(replica.key())")
        try await eventually("a snapshot") { viewer.events == ["snapshot 5-1"] }
        #expect(viewer.text.contains(#""guilds":[]"#))
    }
}
