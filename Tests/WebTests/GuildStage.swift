import Base
import EventModels
import LinkProtocol
import PostgresClient
import TestSupport
import Web

/// The API over one guild that user 7 manages and is logged in to, with a real PostgreSQL and gateways that do as the test says.
struct GuildStage {
    let stage: LoginStage
    let gateways: Gateways
    let database: PostgresClient
    let manager: CookieJar
    let url: Secret

    /// Gateways that carry out what they are told to, or not.
    final class Gateways: OrderTaker {
        private let state = Locked<(orders: [LinkOrder], isWilling: Bool, unknown: Set<String>)>(
            ([], true, [])
        )
        var orders: [LinkOrder] { state.withLock { $0.orders } }
        func set(willing: Bool) { state.withLock { $0.isWilling = willing } }
        /// As gateways that are older than these events.
        func know(nothingOf events: Set<String>) { state.withLock { $0.unknown = events } }

        func carryOut(_ order: LinkOrder) async -> OrderOutcome {
            state.withLock { state in
                state.orders.append(order)
                if case .emit(let event, _) = order.deed, state.unknown.contains(event) {
                    return .refused("event: none that may be emitted")
                }
                return state.isWilling ? .done : .failed
            }
        }

        /// `overlay.updated {"preset":null}` each.
        var told: [String] {
            orders.map { order in
                guard case .emit(let event, let payload) = order.deed else { return "another order" }
                return "\(event) \(String(decoding: payload, as: UTF8.self))"
            }
        }
    }

    /// Everybody below 100 is a member; user 7 has the role that may manage the guild.
    private struct Members: MemberSource {
        func isLinked(to shard: ShardName) async -> Bool { true }
        func member(_ user: Snowflake, of guild: Snowflake, in shard: ShardName) async -> MemberAnswer? {
            let roles: Set<Snowflake> = user == Snowflake(7) ? [Snowflake(50)] : []
            let facts = user.rawValue < 100 ? MemberFacts(roles: roles) : nil
            return MemberAnswer(facts: facts, at: EventID(epoch: 5, number: 1))
        }
    }

    static func with(hasTables: Bool = true, _ body: (GuildStage) async throws -> Void) async throws {
        let server = try await PostgresServer()
        try await withEventLoop { loop in
            let url = Secret(server.url)
            let database = PostgresClient(try PostgresConfig(url: url), on: loop)
            await database.start()
            await database.whenConnected()
            if hasTables {
                let migrations = try Migration.read(folder: "Services/Analytics/Migrations")
                _ = try await Migrator(migrations).run(on: database)
            }
            let gateways = Gateways()
            let stage = try await LoginStage(members: Members(), database: database, orders: gateways)
            var state = Guild.state()
            let manage = Permissions(rawValue: Permissions.manageGuild.rawValue)
            let role = Snowflake(50)
            state.roles[role] = Role(id: role, name: "M", permissions: manage, position: 1, color: 0)
            try await stage.replica.publish([
                Guild.event(1, .guildSynced, String(decoding: state.encoded(), as: UTF8.self))
            ])
            await stage.replica.follow()
            let manager = CookieJar()
            _ = try await stage.logIn(manager)
            try await body(
                GuildStage(stage: stage, gateways: gateways, database: database, manager: manager, url: url)
            )
            await database.close()
        }
    }

    /// As the manager, or whoever has `jar`.
    func send(
        _ method: String,
        _ target: String,
        _ body: String? = nil,
        match: String? = nil,
        as jar: CookieJar? = nil
    ) async throws -> Reply {
        let headers = match.map { "If-Match: \($0)\r\n" } ?? ""
        return try await stage.send(method, target, jar ?? manager, body: body, headers: headers)
    }

    /// From here on Discord says that everybody is this user.
    func logIn(as user: UInt64) async throws -> CookieJar {
        let jar = CookieJar()
        stage.discord.answers { try ScriptedDiscord.answer($0, user: user) }
        _ = try await stage.logIn(jar)
        return jar
    }

    func count(_ table: String, _ condition: String = "true") async throws -> Int64? {
        let select = "SELECT count(*) AS n FROM \(table) WHERE \(condition)"
        return try await database.query(select).first?.int64("n")
    }
}
