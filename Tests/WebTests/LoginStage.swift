import Base
import EventLoop
import HTTPClient
import HTTPServer
import JSON
import Lifecycle
import PostgresClient
import RedisClient
import Telemetry
import TestSupport
import Testing
import Web

/// The web service's API on a real socket, with a Discord that answers as the test says.
struct LoginStage {
    let discord = ScriptedDiscord()
    let replica: Replica
    let api: APIContext
    let port: Int
    /// Its task keeps the server.
    let server: HTTPServer
    let loop: EventLoop

    static let secret = "a secret for the tests' own sessions"

    init(
        redis: RedisConfig? = nil,
        client: RedisClient? = nil,
        settings: [String: String] = [:],
        members: any MemberSource = PlainMembers(),
        database: PostgresClient? = nil,
        orders: (any OrderTaker)? = nil
    ) async throws {
        var environment = [
            "LINK_TOKEN": "link", "SESSION_SECRET": Self.secret, "PUBLIC_BASE_URL": "https://guild.test/",
            "DISCORD_CLIENT_ID": "900", "DISCORD_CLIENT_SECRET": "client secret",
            "DISCORD_API_BASE": "http://discord.test/api/v10", "DISCORD_CDN_BASE": "http://cdn.test",
        ]
        environment.merge(settings) { $1 }
        let config = try WebConfig(environment: environment.filter { !$0.value.isEmpty })
        replica = try await Replica(access: config.access, revocationsIn: redis)
        let metrics = AccessMetrics(replica.metrics)
        let authorizer = Authorizer(
            access: config.access,
            keys: replica.keys,
            signer: replica.signer,
            revocations: replica.revocations,
            metrics: metrics
        )
        api = APIContext(
            config: config,
            desk: GuildDesk(hub: replica.hub, members: members, access: config.access),
            authorizer: authorizer,
            keys: replica.keys,
            revocations: replica.keeper,
            redis: client,
            database: database,
            http: discord,
            orders: orders,
            metrics: replica.metrics,
            readiness: Readiness(),
            log: .silent
        )
        let context = EndpointContext(
            authorizer: authorizer,
            metrics: replica.metrics,
            readiness: Readiness(),
            viewerLoop: replica.viewerLoops[0],
            pages: StaticFiles(root: "Services/Web/Public"),
            api: api
        )
        loop = replica.viewerLoops[0].loop
        server = HTTPServer(loop: loop, routes: Catalog.routes(context))
        port = try await server.start(host: "127.0.0.1", port: 0)
    }

    func send(_ method: String, _ target: String, _ jar: CookieJar, body: String? = nil, headers: String = "")
        async throws
        -> Reply
    {
        var request = "\(method) \(target) HTTP/1.1\r\nHost: guild.test\r\nConnection: close\r\n"
        request +=
            "User-Agent: test browser\r\nOrigin: https://guild.test\r\nSec-Fetch-Site: same-origin\r\n\(headers)"
        if let cookie = jar.header(for: target) { request += "Cookie: \(cookie)\r\n" }
        if let body {
            request += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        } else {
            request += "\r\n"
        }
        let recorder = replica.send(request, port: port)
        try await eventually("an answer") { !recorder.record.closed.isEmpty }
        let reply = Reply(recorder.text)
        jar.take(reply)
        return reply
    }

    func get(_ target: String, _ jar: CookieJar) async throws -> Reply { try await send("GET", target, jar) }

    /// As a browser that is sent to Discord and says yes there. Answers what the callback answers.
    func logIn(_ jar: CookieJar, returning path: String = "/", code: String = "good-code") async throws
        -> Reply
    {
        let state = try await begin(jar, returning: path)
        return try await get("/auth/callback?code=\(code)&state=\(state)", jar)
    }

    /// The state that Discord is given.
    func begin(_ jar: CookieJar, returning path: String = "/") async throws -> String {
        let reply = try await get("/auth/login?return=\(path)", jar)
        #expect(reply.status == 303)
        return try #require(reply.query("state"))
    }
}

/// What came back.
struct Reply {
    let status: Int
    let head: [(name: String, value: String)]
    let body: String

    init(_ text: String) {
        let parts = text.components(separatedBy: "\r\n\r\n")
        var lines = String(parts[0]).components(separatedBy: "\r\n")
        status = Int(lines.removeFirst().dropFirst(9).prefix(3)) ?? 0
        head = lines.map { line in
            let pair = line.split(separator: ":", maxSplits: 1).map(String.init)
            return (pair[0].lowercased(), String((pair.count > 1 ? pair[1] : "").drop { $0 == " " }))
        }
        body = parts.dropFirst().joined(separator: "\r\n\r\n")
    }

    func all(_ name: String) -> [String] { head.filter { $0.name == name.lowercased() }.map(\.value) }
    subscript(_ name: String) -> String? { all(name).first }

    var json: JSONValue? {
        do throws(JSONError) { return try JSONDocument(parsing: Array(body.utf8)).root } catch { return nil }
    }

    /// Of where it sends to, as it stands there.
    func query(_ name: String) -> String? {
        (self["location"] ?? "").split(whereSeparator: { "?&".contains($0) }).first {
            $0.hasPrefix("\(name)=")
        }
        .map { String($0.dropFirst(name.count + 1)) }
    }
}

/// A browser's cookies.
final class CookieJar: Sendable {
    private let cookies = Locked<[String: (value: String, path: String)]>([:])

    var names: [String] { cookies.withLock { $0.keys.sorted() } }

    subscript(_ name: String) -> String? {
        get { cookies.withLock { $0[name]?.value } }
        set { cookies.withLock { $0[name] = newValue.map { ($0, "/") } } }
    }

    var session: String? { self[SessionCookie.name] }
    var logins: [String] { names.filter { $0.hasPrefix("guildwire_login_") } }

    func header(for target: String) -> String? {
        let pairs = cookies.withLock { cookies in
            cookies.filter { target.hasPrefix($0.value.path) }.map { "\($0.key)=\($0.value.value)" }.sorted()
        }
        return pairs.isEmpty ? nil : pairs.joined(separator: "; ")
    }

    func take(_ reply: Reply) {
        for line in reply.all("set-cookie") {
            let parts = line.components(separatedBy: "; ").map { String($0) }
            let pair = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let path = parts.first { $0.hasPrefix("Path=") }.map { String($0.dropFirst(5)) } ?? "/"
            let isRemoval = parts.contains("Max-Age=0")
            cookies.withLock { $0[String(pair[0])] = isRemoval ? nil : (String(pair[1]), path) }
        }
    }
}

/// Discord, as a test says; by default everybody is user 7.
final class ScriptedDiscord: HTTPClient {
    typealias Answer = @Sendable (HTTPCall) throws -> HTTPReply

    private let state = Locked<(calls: [HTTPCall], answer: Answer)>(([], ScriptedDiscord.willing))

    var calls: [HTTPCall] { state.withLock { $0.calls } }
    func answers(_ answer: @escaping Answer) { state.withLock { $0.answer = answer } }

    func calls(to path: String) -> [HTTPCall] { calls.filter { $0.url.hasSuffix(path) } }

    func send(_ call: HTTPCall) async throws -> HTTPReply {
        let answer = state.withLock { state in
            state.calls.append(call)
            return state.answer
        }
        return try answer(call)
    }

    static let willing: Answer = { try answer($0, user: 7) }

    static func answer(_ call: HTTPCall, user: UInt64) throws -> HTTPReply {
        switch call.url {
        case "http://discord.test/api/v10/oauth2/token":
            HTTPReply(status: 200, body: Array(#"{"access_token":"token-1","token_type":"Bearer"}"#.utf8))
        case "http://discord.test/api/v10/users/@me":
            HTTPReply(
                status: 200,
                body: Array(#"{"id":"\#(user)","username":"u","global_name":"Una","avatar":"a_1f"}"#.utf8)
            )
        case "http://discord.test/api/v10/oauth2/token/revoke": HTTPReply(status: 200, body: Array("{}".utf8))
        default: HTTPReply(status: 404)
        }
    }
}
