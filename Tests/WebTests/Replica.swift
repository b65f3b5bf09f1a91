import Base
import EventBus
import EventLoop
import EventModels
import HTTPClient
import HTTPServer
import Lifecycle
import PostgresClient
import RedisClient
import Telemetry
import TestSupport
import Testing
import Web

/// The web service's own parts on a memory bus, with a real socket in front.
struct Replica {
    static let publicURL = "https://guildwire.test"

    let bus: MemoryBus
    let hub: Hub
    /// The hub's, then the viewers'.
    let loops: [EventLoop]
    /// Of each viewers' loop its own, so that a test chooses who streams where.
    let ports: [Int]
    let servers: [HTTPServer]
    let viewerLoops: [ViewerLoop]
    let metrics: Metrics
    let keys: SessionKeys
    let signer: KeySigner
    /// Driven by the test: looks when it is told to.
    let keeper: RevocationKeeper
    let revocations: Locked<RevocationList>
    let api: APIContext
    /// Of the first viewers' loop.
    let context: EndpointContext

    private static let signing = SigningKeys([Secret("a secret for the tests' own sessions")])

    init(
        bus: MemoryBus? = nil,
        access: WebConfig.Access = .open,
        revocationsIn redis: RedisConfig? = nil,
        ringBytesMax: Int = ViewerLoop.ringBytesMax,
        viewerLoops count: Int = 1,
        handOverBytesMax: Int = HandOver.bytesMax,
        members: PlainMembers = PlainMembers(),
        teller: (any MemberSource)? = nil,
        database: PostgresClient? = nil
    ) async throws {
        let hubLoop = try bus?.loop ?? EventLoop(name: "hub")
        metrics = Metrics()
        self.bus = bus ?? MemoryBus(on: hubLoop)
        hub = Hub(bus: self.bus, log: .silent, metrics: HubMetrics(metrics))
        let streams = (metrics: StreamMetrics(metrics), room: StreamRoom(loops: count), hub: hub)
        viewerLoops = try (0..<count).map { number in
            ViewerLoop(
                number: number,
                hub: streams.hub,
                loop: try EventLoop(name: "viewers-\(number)"),
                metrics: streams.metrics,
                room: streams.room,
                handOver: HandOver(bytesMax: handOverBytesMax),
                ringBytesMax: ringBytesMax,
                lookInterval: .milliseconds(10)
            )
        }
        await hub.attach(viewerLoops, members: members)
        (keys, signer) = (SessionKeys(Self.signing), KeySigner(Self.signing))
        let accessMetrics = AccessMetrics(metrics)
        revocations = Locked(RevocationList(isShared: redis != nil))
        keeper = RevocationKeeper(
            redis: redis,
            on: hubLoop,
            list: revocations,
            viewerLoops: viewerLoops,
            readiness: Readiness(),
            log: .silent,
            metrics: accessMetrics
        )
        let authorizer = Authorizer(
            access: access,
            keys: keys,
            signer: signer,
            revocations: revocations,
            metrics: accessMetrics
        )
        let desk = GuildDesk(hub: hub, members: teller ?? members, access: access)
        api = try Self.api(desk, access, authorizer, (keys, keeper), database, metrics)
        let contexts = Self.contexts(viewerLoops, api)
        context = contexts[0]
        servers = contexts.map { HTTPServer(loop: $0.viewerLoop.loop, routes: Catalog.routes($0)) }
        ports = try await Self.start(servers)
        loops = [hubLoop] + viewerLoops.map(\.loop)
    }

    private static func api(
        _ desk: GuildDesk,
        _ access: WebConfig.Access,
        _ authorizer: Authorizer,
        _ sessions: (keys: SessionKeys, keeper: RevocationKeeper),
        _ database: PostgresClient?,
        _ metrics: Metrics
    ) throws -> APIContext {
        APIContext(
            config: try config(access),
            desk: desk,
            authorizer: authorizer,
            keys: sessions.keys,
            revocations: sessions.keeper,
            redis: nil,
            database: database,
            http: URLSessionHTTPClient(),
            metrics: metrics,
            readiness: Readiness(),
            log: .silent
        )
    }

    private static func contexts(_ viewerLoops: [ViewerLoop], _ api: APIContext) -> [EndpointContext] {
        viewerLoops.map { viewerLoop in
            EndpointContext(
                authorizer: api.authorizer,
                metrics: api.metrics,
                readiness: Readiness(),
                viewerLoop: viewerLoop,
                pages: StaticFiles(root: "Services/Web/Public"),
                publicURL: publicURL,
                api: api
            )
        }
    }

    private static func config(_ access: WebConfig.Access) throws -> WebConfig {
        try WebConfig(environment: [
            "LINK_TOKEN": "link", "SESSION_SECRET": "a secret for the tests' own sessions",
            "WEB_ACCESS": access.rawValue,
        ])
    }

    private static func start(_ servers: [HTTPServer]) async throws -> [Int] {
        var ports: [Int] = []
        for server in servers { ports.append(try await server.start(host: "127.0.0.1", port: 0)) }
        return ports
    }

    /// Makes the guild known: the first event of its shard's log.
    func begin() async throws {
        try await publish([
            Guild.event(1, .guildSynced, String(decoding: Guild.state().encoded(), as: UTF8.self))
        ])
        await follow()
    }

    func follow(_ shards: [ShardName] = [.only]) async {
        await hub.know(shards)
        try? await eventually("the hub to catch up") { await hub.missing == nil }
    }

    func publish(_ events: [StreamEvent], to shard: ShardName = .only) async throws {
        let frame = EventFrame(shard: shard, prev: try await bus.top(of: shard), events: events)
        guard case .appended = try await bus.append(frame) else {
            Issue.record("the bus refused a frame that follows its top")
            return
        }
    }

    func say(_ number: UInt64) async throws {
        try await publish([
            Guild.event(number, .messageCreated, #"{"messageId":"\#(number)","channelId":"20"}"#)
        ])
    }

    /// The header that says who looks, for an hour from now unless another time is given (seconds from now).
    func cookie(
        of user: UInt64,
        id: String = RandomSource.hex(16),
        issued: Int64 = 0,
        expires: Int64 = 3600
    ) -> String {
        let now = WallClock.unixMilliseconds() / 1000
        let session = Session(user: Snowflake(user), id: id, issued: now + issued, expires: now + expires)
        return "Cookie: theme=dark; \(SessionCookie.name)=\(keys.mint(session))\r\n"
    }

    /// A key of the guild, for an hour from now unless another time is given (seconds from now).
    func key(
        _ kind: KeyGrant.Kind = .overlay,
        guild: Snowflake = Guild.id,
        maker: UInt64 = 7,
        id: String = RandomSource.hex(16),
        issued: Int64 = 0,
        expires: Int64 = 3600,
        scopes: Set<Scope> = [.stream],
        channels: Set<Snowflake> = [],
        events: [String] = []
    ) -> String {
        let now = WallClock.unixMilliseconds() / 1000
        return signer.mint(
            KeyGrant(
                kind: kind,
                id: id,
                guild: guild,
                maker: Snowflake(maker),
                issued: now + issued,
                expires: now + expires,
                scopes: scopes,
                channels: channels,
                events: Set(events.compactMap { KindPattern($0) })
            )
        )
    }

    /// A metric's value, as `/metrics` would tell it.
    func metric(_ name: String) -> Double {
        let lines = String(decoding: metrics.render(), as: UTF8.self).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("\(name) ") }) else { return .nan }
        return Double(line.dropFirst(name.count + 1)) ?? .nan
    }

    /// One stream, in that form: as `get`.
    func watch(
        _ format: StreamFormat,
        _ query: String = "",
        _ headers: String = "",
        on viewerLoop: Int = 0,
        into recorder: ByteStreamRecorder = ByteStreamRecorder()
    ) -> ByteStreamRecorder {
        switch format {
        case .serverSent: get("/api/stream\(query)", headers, on: viewerLoop, into: recorder)
        case .webSocket: get("/api/ws\(query)", Self.upgrade + headers, on: viewerLoop, into: recorder)
        }
    }

    /// The headers of RFC 6455's own example.
    static let upgrade = """
        Connection: Upgrade\r
        Upgrade: websocket\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r

        """

    /// One request, and bytes behind it; what came so far is in the recorder.
    func get(
        _ target: String,
        _ headers: String = "",
        behind: [UInt8] = [],
        on viewerLoop: Int = 0,
        into recorder: ByteStreamRecorder = ByteStreamRecorder()
    ) -> ByteStreamRecorder {
        let request = "GET \(target) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n"
        return send(Array(request.utf8) + behind, port: ports[viewerLoop], into: recorder)
    }

    func send(_ request: String, port: Int) -> ByteStreamRecorder { send(Array(request.utf8), port: port) }

    /// Any bytes to any server of this machine.
    func send(_ request: [UInt8], port: Int, into recorder: ByteStreamRecorder = ByteStreamRecorder())
        -> ByteStreamRecorder
    {
        let loop = loops[0]
        loop.execute {
            let client = RequestOnConnect(recorder: recorder, request: request)
            _ = TCPStream.connect(host: "127.0.0.1", port: port, on: loop, delegate: client)
        }
        return recorder
    }
}

/// Everybody is a member, without any role; or nobody is.
struct PlainMembers: MemberSource {
    var isLinked = true
    var isMember = true

    func isLinked(to shard: ShardName) async -> Bool { isLinked }

    func member(_ user: Snowflake, of guild: Snowflake, in shard: ShardName) async -> MemberAnswer? {
        MemberAnswer(facts: isMember ? MemberFacts() : nil, at: EventID(epoch: 0, number: 0))
    }
}

/// Sends a request once connected and passes on what comes.
private final class RequestOnConnect: ByteStreamDelegate {
    let recorder: ByteStreamRecorder
    let request: [UInt8]

    init(recorder: ByteStreamRecorder, request: [UInt8]) {
        self.recorder = recorder
        self.request = request
    }

    func streamConnected(_ stream: any ByteStream) { stream.write(request) }
    func stream(_ stream: any ByteStream, received bytes: [UInt8]) {
        recorder.stream(stream, received: bytes)
    }
    func streamDrained(_ stream: any ByteStream) {}
    func streamClosed(_ stream: any ByteStream, reason: StreamClose) {
        recorder.streamClosed(stream, reason: reason)
    }
}

extension StreamFormat {
    /// How the answer begins.
    var head: String { self == .serverSent ? "HTTP/1.1 200 " : "HTTP/1.1 101 " }
    /// What stands before the time after which a client is to come again.
    var retry: String { self == .serverSent ? "retry: " : #"{"type":"retry","milliseconds":"# }
}

extension ByteStreamRecorder {
    var text: String { String(decoding: record.received, as: UTF8.self) }
    var isFeed: Bool { record.received.starts(with: "HTTP/1.1 101".utf8) }
    /// What came behind the head of a 101.
    var feed: FeedTranscript {
        let bytes = record.received
        let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? bytes.endIndex
        return FeedTranscript(bytes[end...])
    }
    /// When to come again was said.
    var saysRetry: Bool {
        text.contains((isFeed ? StreamFormat.webSocket : .serverSent).retry)
    }
    /// Names and ids of the events so far, as `message.created 5-2`.
    var events: [String] {
        guard !isFeed else { return feed.events.map { "\($0.name) \($0.id)" } }
        var events: [String] = []
        var id = "-"
        // Bytes, because data may be megabytes.
        for line in record.received.split(separator: 0x0A) {
            if line.starts(with: "id: ".utf8) {
                id = String(decoding: line.dropFirst(4), as: UTF8.self)
            } else if line.starts(with: "event: ".utf8) {
                events.append("\(String(decoding: line.dropFirst(7), as: UTF8.self)) \(id)")
            }
        }
        return events
    }
}

extension String {
    func components(separatedBy separator: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return parts + [rest]
    }
}
