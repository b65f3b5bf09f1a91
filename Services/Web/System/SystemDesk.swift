import Base
import EventBus
import EventLoop
import EventModels
import Lifecycle
import LinkProtocol
import PostgresClient
import RedisClient

/// Looks at all that the instance is made of, once a second at most however many ask, and remembers who may see it whole.
package actor SystemDesk {
    /// What is looked at, besides what `APIContext` has.
    package struct Sources: Sendable {
        package var gateways: any GatewaySource
        /// The replica's name on its links.
        package var id: String
        package var logHop: HopFigures
        package var deliveryHop: HopFigures
        /// Comes back when so much time has passed.
        package var wait: @Sendable (Duration) async throws -> Void

        package init(
            gateways: any GatewaySource,
            id: String = "web-\(RandomSource.hex(4))",
            logHop: HopFigures = HopFigures(),
            deliveryHop: HopFigures = HopFigures(),
            wait: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
        ) {
            self.gateways = gateways
            self.id = id
            self.logHop = logHop
            self.deliveryHop = deliveryHop
            self.wait = wait
        }

        /// Of a replica that links to nobody.
        package static var none: Sources { Sources(gateways: NoGateways()) }
    }

    private struct NoGateways: GatewaySource {
        func gateways() async -> [GatewayLook] { [] }
    }

    private let sources: Sources
    private let desk: GuildDesk
    private let board: ServiceBoard?
    private let redis: RedisClient?
    private let database: PostgresClient?
    private let readiness: Readiness
    private let since = WallClock.unixMilliseconds()

    private var held: (facts: SystemFacts, at: Duration)?
    private var looking: Task<SystemFacts, Never>?
    /// Who manages a guild, or does not, and until when that is believed.
    private var managers: [Snowflake: (manages: Bool, until: Duration)] = [:]

    /// How long what was seen is told.
    private static let heldFor = Duration.seconds(1)
    /// How long somebody is believed to manage a guild, or not to.
    private static let believedFor = Duration.seconds(30)
    package static let managersMax = 1_000
    /// Of an answer to a question of ours, as of a gateway's: nothing that hangs holds the rest up for longer.
    private static let patience = OpenCommands.reportWithin

    init(
        _ sources: Sources,
        desk: GuildDesk,
        redis: RedisClient?,
        database: PostgresClient?,
        readiness: Readiness
    ) {
        self.sources = sources
        self.desk = desk
        self.redis = redis
        self.database = database
        self.readiness = readiness
        board = redis.map { ServiceBoard($0) }
    }

    // MARK: Facts

    /// At most `heldFor` old.
    func facts() async -> SystemFacts {
        if let held, MonotonicClock.now() - held.at < Self.heldFor { return held.facts }
        if let looking { return await looking.value }
        let task = Task { await look() }
        looking = task
        let facts = await task.value
        looking = nil
        held = (facts, MonotonicClock.now())
        return facts
    }

    private func look() async -> SystemFacts {
        async let gateways = sources.gateways.gateways()
        async let seen = readBoard()
        async let redis = lookAtRedis()
        async let database = lookAtDatabase()
        var facts = SystemFacts(now: WallClock.unixMilliseconds(), own: await record())
        facts.gateways = await gateways
        facts.seen = await seen
        facts.redis = await redis
        (facts.database, facts.hasStored) = await database
        facts.log = sources.logHop.figures
        facts.delivery = sources.deliveryHop.figures
        facts.guilds = await desk.guilds().count
        facts.hasHeardOfGuilds = await desk.hub.hasHeardOfGuilds
        facts.now = WallClock.unixMilliseconds()
        return facts
    }

    /// This replica's own, as the others read it.
    private func record() async -> ServiceRecord {
        var record = ServiceRecord(.web, id: sources.id, since: since)
        // Before the first guild there is no log to read, which the steps of the first run say in better words.
        let isNew = await !desk.hub.hasHeardOfGuilds
        let lacks = readiness.missing.filter { !isNew || $0.name != "log" }
        record.missing = lacks.first.map { "\($0.name): \($0.reason)" }
        return record
    }

    private func readBoard() async -> [ServiceBoard.Seen]? {
        guard let board else { return nil }
        return await patiently {
            do throws(RedisError) { return try await board.read() } catch { return nil }
        } ?? nil
    }

    /// Writes this replica's record. False where the next should come soon: Redis is away, or something is missing.
    func tell() async -> Bool {
        guard let board else { return true }
        let record = await record()
        let isWritten = await patiently {
            do throws(RedisError) {
                try await board.write(record)
                return true
            } catch { return false }
        }
        return isWritten == true && record.missing == nil
    }

    private func lookAtRedis() async -> SystemFacts.Peer {
        guard let redis else { return .notSet }
        let answer = await patiently { () -> SystemFacts.Peer in
            do throws(RedisError) {
                let info = try await redis.send(["INFO"]).string ?? ""
                return Self.redis(info, now: WallClock.unixMilliseconds())
            } catch {
                // It answers, and may not tell: that is its owner's choice.
                if case .server = error { return .up(version: nil, since: nil, lack: nil) }
                return .down("\(error)")
            }
        }
        return answer ?? .down("it is silent")
    }

    /// Of `INFO`.
    package static func redis(_ info: String, now: Int64) -> SystemFacts.Peer {
        func value(_ name: String) -> String? {
            info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("\(name):") }
                .map { String($0.dropFirst(name.count + 1).prefix(40)) }
        }
        return .up(
            version: value("redis_version"),
            since: value("uptime_in_seconds").flatMap { Int64($0) }.map {
                now - max(0, min($0, now / 1000)) * 1000
            },
            lack: value("aof_enabled") == "0" ? .notDurable : nil
        )
    }

    /// And whether something is stored.
    private func lookAtDatabase() async -> (SystemFacts.Peer, Bool) {
        guard let database else { return (.notSet, false) }
        let answer = await patiently { () -> (SystemFacts.Peer, Bool) in
            do throws(PostgresError) {
                let rows = try await database.query(
                    """
                    SELECT current_setting('server_version') AS version,
                        (extract(epoch FROM pg_postmaster_start_time()) * 1000)::bigint AS since,
                        to_regclass('access_keys') IS NOT NULL AS has_tables
                    """
                )
                let hasTables = rows.first?.bool("has_tables") == true
                let peer = SystemFacts.Peer.up(
                    version: rows.first?.string("version").map { String($0.prefix(40)) },
                    since: rows.first?.int64("since"),
                    lack: hasTables ? nil : .noTables
                )
                guard hasTables else { return (peer, false) }
                let stored = try await database.query(
                    "SELECT EXISTS (SELECT FROM shard_positions WHERE epoch > 0) AS any"
                )
                return (peer, stored.first?.bool("any") == true)
            } catch { return (.down("\(error)"), false) }
        }
        return answer ?? (.down("it is silent"), false)
    }

    /// Nil where it takes longer than `patience`. What was asked goes on: clients end it by their own bounds.
    private func patiently<Answer: Sendable>(_ question: @escaping @Sendable () async -> Answer) async
        -> Answer?
    {
        let (answers, come) = AsyncStream<Answer?>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let asking = Task { come.yield(await question()) }
        let waiting = Task { [wait = sources.wait] in
            do { try await wait(Self.patience) } catch { return }
            come.yield(nil)
        }
        defer {
            asking.cancel()
            waiting.cancel()
        }
        for await answer in answers { return answer }
        return nil
    }

    // MARK: Who may see it whole

    /// Whether a user manages a guild that this replica holds, as far as anybody can say now: an owner is known without the
    /// gateway. Believed for `believedFor`, unless nobody could say.
    func managesAnyGuild(_ session: Session) async -> Bool {
        let (user, now) = (session.user, MonotonicClock.now())
        if let known = managers[user], now < known.until { return known.manages }
        let answer = await patiently { [desk] in await Self.looksLikeManager(session, desk) }
        guard let manages = answer ?? nil else { return false }
        if managers.count >= Self.managersMax { managers = managers.filter { now < $0.value.until } }
        if managers.count < Self.managersMax { managers[user] = (manages, now + Self.believedFor) }
        return manages
    }

    /// Nil where it could not be asked of every guild.
    private static func looksLikeManager(_ session: Session, _ desk: GuildDesk) async -> Bool? {
        if await desk.hub.owns(session.user) { return true }
        let now = WallClock.unixMilliseconds()
        do throws(Problem) {
            let page = try await desk.guilds(for: .session(session), after: nil, limit: 100, now: now)
            if page.looks.contains(where: { $0.canManage }) { return true }
            return page.unknown > 0 ? nil : false
        } catch { return nil }
    }
}
