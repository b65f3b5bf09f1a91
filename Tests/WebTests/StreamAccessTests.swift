import Base
import EventLoop
import RedisClient
import TestSupport
import Testing
import Web

/// Who is let in to `/api/stream`, over a real socket.
@Suite struct StreamAccessTests {
    /// The whole answer, or a stream's head and first event.
    private func answer(_ replica: Replica, _ headers: String) async throws -> String {
        let viewer = replica.get("/api/stream", headers)
        try await eventually("an answer") {
            viewer.events.count > 0 || viewer.text.contains("retry: ") || viewer.text.contains("\r\n\r\n{")
        }
        return viewer.text
    }

    @Test func `without a cookie only an open replica lets in, and it says what to do`() async throws {
        let open = try await Replica(access: .open)
        try await open.begin()
        #expect(try await answer(open, "").hasPrefix("HTTP/1.1 200 "))
        let login = try await Replica(access: .login)
        try await login.begin()
        let refused = try await answer(login, "Cookie: theme=dark\r\n")
        #expect(refused.hasPrefix("HTTP/1.1 401 "))
        #expect(refused.contains("application/problem+json") && refused.contains("WWW-Authenticate: "))
        #expect(refused.contains("Log in to follow the stream.") && !refused.contains("Set-Cookie"))
        #expect(login.refused(.missing) == 1 && open.refused(.missing) == 0)
    }

    @Test(arguments: WebConfig.Access.allCases) func `a session is let in, one that is none is refused`(
        access: WebConfig.Access
    ) async throws {
        let replica = try await Replica(access: access)
        try await replica.begin()
        #expect(try await answer(replica, replica.cookie(of: 7)).hasPrefix("HTTP/1.1 200 "))
        let name = SessionCookie.name
        let table: [(header: String, refusal: SessionRefusal, words: String)] = [
            ("Cookie: \(name)=v1.x.y\r\n", .malformed, "not valid"),
            ("Cookie: \(name)=\r\n", .malformed, "not valid"),
            ("Cookie: \(name)=v2.x\r\n", .otherVersion, "not valid"),
            ("Cookie: \(name)=\(String(repeating: "v", count: 4097))\r\n", .tooLong, "not valid"),
            (replica.cookie(of: 7) + replica.cookie(of: 7), .ambiguous, "not valid"),
            (Replica.strangersCookie(), .forged, "not valid"),
            (replica.cookie(of: 7, issued: -10, expires: -1), .expired, "has expired"),
            (replica.cookie(of: 7, issued: 120), .notYetIssued, "in the future"),
            (replica.cookie(of: 7, expires: 31 * 86_400), .tooLongLived, "not valid"),
        ]
        for (header, refusal, words) in table {
            let text = try await answer(replica, header)
            #expect(text.hasPrefix("HTTP/1.1 401 "), "\(refusal)")
            #expect(text.contains("application/problem+json") && text.contains(words), "\(refusal)")
            #expect(text.contains("Set-Cookie: \(name)=; Path=/; Max-Age=0") == refusal.isFinal, "\(refusal)")
            #expect(replica.refused(refusal) > 0, "\(refusal)")
        }
    }

    @Test func `whoever is refused learns nothing of the query, and whoever is let in does`() async throws {
        let replica = try await Replica(access: .login)
        let refused = replica.get("/api/stream?guild=abc")
        let allowed = replica.get("/api/stream?guild=abc", replica.cookie(of: 7))
        try await eventually("answers") { refused.text.contains("}") && allowed.text.contains("}") }
        #expect(refused.text.hasPrefix("HTTP/1.1 401 "))
        #expect(allowed.text.hasPrefix("HTTP/1.1 400 "))
    }

    @Test func `a session that is revoked here is refused from then on`() async throws {
        let replica = try await Replica(access: .login)
        try await replica.begin()
        let id = RandomSource.hex(16)
        let cookie = replica.cookie(of: 7, id: id)
        #expect(try await answer(replica, cookie).hasPrefix("HTTP/1.1 200 "))
        let expires = WallClock.unixMilliseconds() / 1000 + 3600
        try await replica.keeper.revoke(RevocationList.Entry(id: id, expires: expires))
        let text = try await answer(replica, cookie)
        #expect(text.hasPrefix("HTTP/1.1 401 ") && text.contains("was ended"))
        #expect(try await answer(replica, replica.cookie(of: 7)).hasPrefix("HTTP/1.1 200 "))
    }
}

extension Replica {
    func refused(_ refusal: SessionRefusal) -> Double {
        metric("guildwire_web_sessions_refused_total{reason=\"\(refusal.rawValue)\"}")
    }

    /// Signed with a secret that no replica has.
    static func strangersCookie() -> String {
        let now = WallClock.unixMilliseconds() / 1000
        let session = Session(user: Snowflake(7), id: RandomSource.hex(16), issued: now, expires: now + 60)
        let value = SessionKeys([Secret("a secret that nobody here believes")]).mint(session)
        return "Cookie: \(SessionCookie.name)=\(value)\r\n"
    }
}
