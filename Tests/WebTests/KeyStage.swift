import Base
import EventLoop
import EventModels
import HTTPServer
import JSON
import Lifecycle
import PostgresClient
import RedisClient
import Telemetry
import TestSupport
import Testing
import Web

/// A replica with a real PostgreSQL, and the API that makes keys. User 7 owns the guild, 8 may manage it and sees channels 20
/// and 21 alone, 9 is a member, everybody else none.
struct KeyStage {
    let replica: Replica
    let keys: AccessKeys
    let database: PostgresClient?
    let keeper: RevocationKeeper
    /// Runs for as long as it is held.
    private let postgres: PostgresServer?
    private let server: HTTPServer
    private let port: Int

    static let instanceOwner: UInt64 = 99

    private struct Members: MemberSource {
        func isLinked(to shard: ShardName) async -> Bool { true }

        func member(_ user: Snowflake, of guild: Snowflake, in shard: ShardName) async -> MemberAnswer? {
            let roles: Set<Snowflake>? =
                switch user.rawValue {
                case 7, 9: []
                case 8: [Snowflake(50)]
                default: nil
                }
            return MemberAnswer(
                facts: roles.map { MemberFacts(roles: $0) },
                at: EventID(epoch: 0, number: 0)
            )
        }
    }

    /// `isNew`: its tables are made.
    init(_ postgres: PostgresServer?, redis: RedisConfig? = nil, isNew: Bool = true) async throws {
        self.postgres = postgres
        replica = try await Replica(access: .login, revocationsIn: redis)
        database = try Self.client(postgres, on: replica.loops[0])
        keys = AccessKeys(signer: replica.signer, database: database)
        let metrics = AccessMetrics(replica.metrics)
        keeper = RevocationKeeper(
            redis: redis,
            keys: database.map { RevokedKeys($0) },
            on: replica.loops[0],
            list: replica.revocations,
            viewerLoops: replica.viewerLoops,
            readiness: Readiness(),
            log: .silent,
            metrics: metrics
        )
        await keeper.start()
        await database?.whenConnected()
        if isNew, let database {
            let migrations = try Migration.read(folder: "Services/Analytics/Migrations")
            _ = try await Migrator(migrations).run(on: database)
        }
        let authorizer = Authorizer(
            access: .login,
            keys: replica.keys,
            signer: replica.signer,
            revocations: replica.revocations,
            usage: keys.usage,
            metrics: metrics
        )
        let config = try WebConfig(environment: [
            "LINK_TOKEN": "link", "SESSION_SECRET": LoginStage.secret,
            "INSTANCE_OWNERS": "\(Self.instanceOwner)",
        ])
        let api = APIContext(
            config: config,
            desk: GuildDesk(hub: replica.hub, members: Members(), access: .login),
            authorizer: authorizer,
            keys: replica.keys,
            revocations: keeper,
            accessKeys: keys,
            redis: nil,
            database: database,
            http: ScriptedDiscord(),
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
        server = HTTPServer(loop: replica.viewerLoops[0].loop, routes: Catalog.routes(context))
        port = try await server.start(host: "127.0.0.1", port: 0)
        try await begin()
    }

    private static func client(_ postgres: PostgresServer?, on loop: EventLoop) throws -> PostgresClient? {
        guard let postgres else { return nil }
        var config = try PostgresConfig(url: Secret(postgres.url))
        config.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
        return PostgresClient(config, on: loop)
    }

    private func begin() async throws {
        var state = Guild.state()
        state.ownerID = Snowflake(7)
        let manageGuild: UInt64 = 1 << 5
        state.roles[Snowflake(50)] = Role(
            id: Snowflake(50),
            name: "r",
            permissions: Permissions(rawValue: manageGuild),
            position: 1,
            color: 0
        )
        try await replica.publish([
            Guild.event(1, .guildSynced, String(decoding: state.encoded(), as: UTF8.self))
        ])
        await replica.follow()
    }

    func close() async { await keeper.stop() }

    // MARK: Requests

    static let path = "/api/guilds/1/keys"

    func get(_ target: String = path) async throws -> Reply { try await send("GET", target) }

    /// Asks for a key.
    func post(_ body: String, as user: UInt64 = 7) async throws -> Reply {
        try await send("POST", Self.path, as: user, body)
    }

    /// As a user, unless other headers are given.
    func send(
        _ method: String,
        _ target: String,
        as user: UInt64 = 7,
        _ body: String? = nil,
        headers: String? = nil
    ) async throws -> Reply {
        var request = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nConnection: close\r\n"
        request += "Origin: http://127.0.0.1:3000\r\nSec-Fetch-Site: same-origin\r\n"
        request += headers ?? replica.cookie(of: user)
        if let body {
            request += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
        }
        let recorder = replica.send("\(request)\r\n\(body ?? "")", port: port)
        try await eventually("an answer") { !recorder.record.closed.isEmpty }
        return Reply(recorder.text)
    }

    /// Makes a key; its id and the key itself.
    func make(_ body: String = #"{"kind":"overlay","name":"Scene"}"#, as user: UInt64 = 7) async throws
        -> (id: String, token: String)
    {
        let reply = try await post(body, as: user)
        #expect(reply.status == 201, "\(reply.body)")
        let id = try #require(reply.json?["key"]?["id"]?.string)
        return (id, try #require(reply.json?["token"]?.string))
    }

    /// A stream of a key, or what is said instead.
    func stream(_ token: String) async throws -> ByteStreamRecorder {
        let request = "GET /api/stream?key=\(token) HTTP/1.1\r\nHost: x\r\n\r\n"
        let viewer = replica.send(request, port: port)
        try await eventually("an answer") {
            viewer.events.count > 0 || viewer.text.contains("retry: ") || viewer.text.contains("\r\n\r\n{")
        }
        return viewer
    }
}
