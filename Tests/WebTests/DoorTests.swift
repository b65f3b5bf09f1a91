import Base
import EventLoop
import HTTPServer
import Lifecycle
import RedisClient
import Telemetry
import TestSupport
import Testing
import Web

/// The way into the API, over a real socket.
@Suite struct DoorTests {
    /// Answers who called, from where; and one for each kind of change.
    private static func operations(_ api: APIContext) -> [Operation] {
        let handler: Operation.Handler = { call in
            .text("\(call.caller.user.map { "\($0)" } ?? "nobody") from \(call.address)")
        }
        let note = Schema.object([.init("note", .string(1...10), "Anything")])
        return [
            end(handler),
            Operation(
                "GET",
                "/api/t/who",
                "tWho",
                tag: .access,
                "",
                access: .session,
                answers: [],
                handler: handler
            ),
            Operation(
                "GET",
                "/api/t/may",
                "tMay",
                tag: .access,
                "",
                access: .maybe,
                answers: [],
                handler: handler
            ),
            Operation(
                "GET",
                "/auth/t",
                "tAuth",
                tag: .access,
                "",
                access: .anyone,
                answers: [],
                handler: handler
            ),
            Operation(
                "POST",
                "/api/t/guilds/{guild}/things",
                "tMake",
                tag: .access,
                "",
                access: .session,
                parameters: [.path("guild", .snowflake, "")],
                body: note,
                answers: [],
                handler: handler
            ),
        ]
    }

    private static func end(_ handler: @escaping Operation.Handler) -> Operation {
        Operation(
            "DELETE",
            "/api/t/things/{thing}",
            "tEnd",
            tag: .access,
            "",
            access: .session,
            parameters: [.path("thing", .string(1...10), "")],
            answers: [],
            handler: handler
        )
    }

    private func stage(_ environment: [String: String] = [:]) async throws -> APIStage {
        try await APIStage(environment: environment, operations: Self.operations)
    }

    private static let json = "Content-Type: application/json\r\n"
    private static let body = #"{"note":"x"}"#

    // MARK: Changes

    @Test func `a change with a session must come from a page of ours, whatever else it has`() async throws {
        let stage = try await stage()
        let cookie = stage.replica.cookie(of: 7)
        let target = "/api/t/guilds/1/things"
        let table: [(headers: String, status: Int)] = [
            ("Sec-Fetch-Site: same-origin\r\n", 200),
            ("Origin: http://guild.example\r\n", 200),
            // A form, a fetch of another origin, a subdomain, a link; and whatever sends nothing.
            ("Sec-Fetch-Site: cross-site\r\nOrigin: http://evil.example\r\n", 403),
            ("Sec-Fetch-Site: same-site\r\nOrigin: http://evil.guild.example\r\n", 403),
            ("Origin: http://evil.example\r\n", 403), ("Origin: null\r\n", 403),
            ("Sec-Fetch-Site: none\r\n", 403), ("", 403), ("Referer: http://guild.example/\r\n", 403),
        ]
        for (headers, status) in table {
            let answer = try await stage.ask("POST", target, cookie + Self.json + headers, body: Self.body)
            #expect(answer.status == status, "\(headers)")
            let end = try await stage.ask("DELETE", "/api/t/things/a", cookie + headers)
            #expect(end.status == status, "\(headers)")
        }
        // A form can send neither JSON's type nor, from another page, ours.
        let form = Self.json.replacing("application/json", with: "text/plain") + APIStage.fromOurPage
        #expect(try await stage.ask("POST", target, cookie + form, body: Self.body).status == 415)
        // Reading needs none of it.
        #expect(try await stage.ask("GET", "/api/t/who", cookie).body == "7 from 127.0.0.1")
    }

    @Test func `who is refused is told nothing of what they sent`() async throws {
        let stage = try await stage()
        let target = "/api/t/guilds/1/things"
        let nobody = try await stage.ask("POST", target, APIStage.fromOurPage, body: "{")
        #expect(nobody.status == 401 && nobody.header("www-authenticate") != nil)
        let elsewhere = try await stage.ask("POST", target, stage.replica.cookie(of: 7), body: "{")
        #expect(elsewhere.status == 403 && elsewhere.body.contains("Sec-Fetch-Site"))
        let ours = try await stage.ask(
            "POST",
            target,
            stage.replica.cookie(of: 7) + APIStage.fromOurPage,
            body: "{"
        )
        #expect(ours.status == 415)
    }

    @Test func `a header's value cannot end its line, and a problem holds nothing of it`() async throws {
        let stage = try await stage()
        let cookie = stage.replica.cookie(of: 7)
        let answer = try await stage.ask(
            "DELETE",
            "/api/t/things/%0D%0ASet-Cookie:%20a=b",
            cookie + APIStage.fromOurPage
        )
        #expect(answer.status == 400 && answer.all("set-cookie").isEmpty)
        #expect(!answer.body.contains("Set-Cookie"))
    }

    // MARK: Addresses and limits

    @Test func `a forwarded address counts from a trusted proxy alone`() async throws {
        let forwarded = "X-Forwarded-For: 203.0.113.9, 203.0.113.5\r\nForwarded: for=203.0.113.99\r\n"
        let open = try await stage()
        #expect(try await open.ask("GET", "/api/t/may", forwarded).body == "nobody from 127.0.0.1")
        let behind = try await stage(["TRUSTED_PROXIES": "127.0.0.0/8"])
        #expect(try await behind.ask("GET", "/api/t/may", forwarded).body == "nobody from 203.0.113.5")
    }

    @Test func `past its limit an address is refused, whoever calls from it, and others are not`()
        async throws
    {
        let stage = try await stage(["RATE_LIMITS": "address=4", "TRUSTED_PROXIES": "127.0.0.1"])
        func ask(_ from: String, _ headers: String = "") async throws -> APIStage.Answer {
            try await stage.ask("GET", "/api/t/may", "X-Forwarded-For: \(from)\r\n\(headers)")
        }
        try await stage.awaitRoomInMinute()
        // Another address of the same network of 64 bits is the same customer's.
        for host in 1...4 { #expect(try await ask("2001:db8::\(host)").status == 200) }
        for host in 5...6 {
            let refused = try await ask("2001:db8::\(host)", stage.replica.cookie(of: 7))
            #expect(refused.status == 429 && refused.header("retry-after") != nil)
            #expect(refused.header("ratelimit")?.hasPrefix("\"address\";r=0;t=") == true)
        }
        // Invented hops do not make another client.
        #expect(try await ask("198.51.100.7, 2001:db8::7").status == 429)
        // Who is refused learns that before anything about their session.
        let forged = try await ask("2001:db8::8", Replica.strangersCookie())
        #expect(forged.status == 429 && forged.all("set-cookie").isEmpty)
        #expect(try await ask("2001:db8:0:1::1").status == 200)
        #expect(stage.metric(#"guildwire_web_limits_refused_total{policy="address"}"#) == 4)
    }

    @Test func `past its limit a session is refused, and another of the same address is not`() async throws {
        let stage = try await stage(["RATE_LIMITS": "session=2"])
        let (first, second) = (stage.replica.cookie(of: 7), stage.replica.cookie(of: 7))
        try await stage.awaitRoomInMinute()
        for _ in 1...2 { #expect(try await stage.ask("GET", "/api/t/who", first).status == 200) }
        let refused = try await stage.ask("GET", "/api/t/who", first)
        #expect(refused.status == 429 && refused.body.contains("(session)"))
        #expect(refused.header("content-type") == "application/problem+json")
        let other = try await stage.ask("GET", "/api/t/who", second)
        #expect(other.status == 200)
        #expect(other.header("ratelimit-policy") == #""address";q=1200;w=60, "session";q=2;w=60"#)
        #expect(other.header("ratelimit")?.contains(#""session";r=1;t="#) == true)
    }

    @Test func `logging in has a stricter limit of its own`() async throws {
        let stage = try await stage(["RATE_LIMITS": "login=2"])
        try await stage.awaitRoomInMinute()
        for _ in 1...2 { #expect(try await stage.ask("GET", "/auth/t").status == 200) }
        #expect(try await stage.ask("GET", "/auth/t").status == 429)
        #expect(try await stage.ask("GET", "/api/t/may").status == 200)
    }

    @Test func `refusals of the API have the limits' headers too, and streams have none`() async throws {
        let stage = try await stage(["RATE_LIMITS": "address=3"])
        try await stage.awaitRoomInMinute()
        #expect(try await stage.ask("GET", "/api/t/who").header("ratelimit") != nil)
        let cookie = stage.replica.cookie(of: 7)
        for _ in 1...5 {
            let stream = try await stage.ask("GET", "/api/stream", cookie)
            #expect(stream.status == 200 && stream.header("ratelimit") == nil)
            #expect(try await stage.ask("GET", "/").status == 200)
        }
        #expect(try await stage.ask("GET", "/api/t/who", cookie).status == 200)
    }
}

extension APIStage {
    /// Until the present minute has ten seconds left at least: counts begin anew with the next.
    func awaitRoomInMinute() async throws {
        try await eventually("room in a minute") { WallClock.unixMilliseconds() / 1000 % 60 < 50 }
    }
}
