import Base
import EventLoop
import EventModels
import HTTPClient
import HTTPServer
import JSON
import Lifecycle
import PostgresClient
import RedisClient
import Telemetry
import TestSupport
import Web

/// The API over a real socket, with one guild, and operations of a test's own beside those of the catalog.
struct APIStage {
    let replica: Replica
    let api: APIContext
    let port: Int
    private let server: HTTPServer

    /// Owns the guild; everybody else is a plain member.
    static let owner: UInt64 = 7

    init(
        environment: [String: String] = [:],
        redis: RedisClient? = nil,
        database: PostgresClient? = nil,
        metrics: Metrics = Metrics(),
        readiness: Readiness = Readiness(),
        log: Log = .silent,
        http: any HTTPClient = URLSessionHTTPClient(),
        libraries: String = "/nowhere",
        everyoneManages: Bool = false,
        hasGuild: Bool = true,
        members: any MemberSource = PlainMembers(),
        sources: SystemDesk.Sources = .none,
        operations: (APIContext) -> [Operation] = { _ in [] }
    ) async throws {
        let config = try Self.config(environment)
        replica = try await Replica(access: config.access)
        var state = Guild.state()
        state.ownerID = Snowflake(Self.owner)
        if everyoneManages {
            let permissions = Permissions(rawValue: Guild.view).union(.manageGuild)
            state.roles[Guild.id] = Role(
                id: Guild.id,
                name: "@everyone",
                permissions: permissions,
                position: 0,
                color: 0
            )
        }
        if hasGuild {
            try await replica.publish([
                Guild.event(1, .guildSynced, String(decoding: state.encoded(), as: UTF8.self))
            ])
            await replica.follow()
        }
        let authorizer = Authorizer(
            access: config.access,
            keys: replica.keys,
            signer: replica.signer,
            revocations: replica.revocations,
            metrics: AccessMetrics(metrics)
        )
        api = APIContext(
            config: config,
            desk: GuildDesk(hub: replica.hub, members: members, access: config.access),
            authorizer: authorizer,
            keys: replica.keys,
            revocations: replica.keeper,
            redis: redis,
            database: database,
            http: http,
            sources: sources,
            metrics: metrics,
            readiness: readiness,
            log: log
        )
        let context = EndpointContext(
            authorizer: authorizer,
            metrics: metrics,
            readiness: readiness,
            viewerLoop: replica.viewerLoops[0],
            pages: StaticFiles(root: "Services/Web/Public"),
            libraries: StaticFiles(root: libraries),
            publicURL: config.publicURL,
            api: api
        )
        let door = Door(api)
        server = HTTPServer(
            loop: replica.viewerLoops[0].loop,
            routes: Catalog.routes(context) + operations(api).map { door.route($0) },
            ownHeaders: SecurityHeaders.data
        )
        port = try await server.start(host: "127.0.0.1", port: 0)
    }

    static func config(_ environment: [String: String] = [:]) throws -> WebConfig {
        let needed = [
            "SESSION_SECRET": String(repeating: "s", count: 32), "LINK_TOKEN": "t",
            "PUBLIC_BASE_URL": "http://guild.example",
        ]
        return try WebConfig(environment: needed.merging(environment) { $1 })
    }

    struct Answer {
        let status: Int
        let head: String
        let body: String

        /// All of a name, in lower case.
        func all(_ name: String) -> [String] {
            head.split(separator: "\r\n").filter { $0.lowercased().hasPrefix("\(name): ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }

        func header(_ name: String) -> String? { all(name).first }

        func json() throws -> JSONValue { try JSONDocument(parsing: Array(body.utf8)).root }
    }

    /// One request on a connection of its own, which the server ends.
    func ask(_ method: String, _ target: String, _ headers: String = "", body: String = "") async throws
        -> Answer
    {
        let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
        return try await send(
            "\(method) \(target) HTTP/1.1\r\nHost: guild.example\r\n\(headers)\(length)Connection: close\r\n\r\n\(body)"
        )
    }

    /// Until the connection ends, or a stream began.
    func send(_ request: String) async throws -> Answer {
        let recorder = replica.send(request, port: port)
        try await eventually("an answer to \(request.prefix(60))") {
            !recorder.record.closed.isEmpty
                || recorder.text.contains("text/event-stream") && recorder.text.contains("\r\n\r\n")
        }
        let parts = recorder.text.components(separatedBy: "\r\n\r\n")
        let head = parts.first.map { String($0) } ?? ""
        return Answer(
            status: Int(head.dropFirst(9).prefix(3)) ?? 0,
            head: head,
            body: parts.dropFirst().joined(separator: "\r\n\r\n")
        )
    }

    /// As a page of this site sends with every change.
    static let fromOurPage = "Sec-Fetch-Site: same-origin\r\n"

    func metric(_ name: String) -> Double {
        let lines = String(decoding: api.metrics.render(), as: UTF8.self).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("\(name) ") }) else { return .nan }
        return Double(line.dropFirst(name.count + 1)) ?? .nan
    }
}
