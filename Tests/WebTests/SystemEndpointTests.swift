import Base
import EventModels
import JSON
import LinkProtocol
import PostgresClient
import TestSupport
import Testing
import Web

/// `/api/system`, `/api/setup` and `/api/guilds/{guild}/bot`: who is told what.
@Suite struct SystemEndpointTests {
    /// A gateway that says what a test wants.
    private struct Gateways: GatewaySource {
        let looks: [GatewayLook]
        func gateways() async -> [GatewayLook] { looks }
    }

    /// With a reason and an address in it that are for few.
    private static func sources(guilds: Int = 1) -> SystemDesk.Sources {
        var shard = Instance.shard(.down)
        shard.reason = "secret reason"
        shard.guilds = guilds
        let looks = [
            GatewayLook(address: "10.1.2.3:8080", missing: nil, report: Instance.report([shard])),
            GatewayLook(address: "10.9.9.9:8080", missing: "secret refused"),
        ]
        let (log, delivery) = (HopFigures(), HopFigures())
        log.observe(.milliseconds(3))
        delivery.observe(microseconds: 30_000)
        return SystemDesk.Sources(
            gateways: Gateways(looks: looks),
            id: "web-secret",
            logHop: log,
            deliveryHop: delivery
        )
    }

    private static func stage(
        _ environment: [String: String] = [:],
        hasGuild: Bool = true,
        everyoneManages: Bool = false
    ) async throws -> APIStage {
        try await APIStage(
            environment: environment,
            everyoneManages: everyoneManages,
            hasGuild: hasGuild,
            sources: sources(guilds: hasGuild ? 1 : 0)
        )
    }

    @Test func `a stranger is told nothing of the system, a member no more than states`() async throws {
        let stage = try await Self.stage()
        let stranger = try await stage.ask("GET", "/api/system")
        #expect(stranger.status == 401 && !stranger.body.contains("shards"))
        #expect(try await stage.ask("GET", "/api/system", "Cookie: guildwire_session=x\r\n").status == 401)
        let member = try await stage.ask("GET", "/api/system", stage.replica.cookie(of: 9))
        #expect(member.status == 200, "\(member.body)")
        let told = try member.json()
        for hidden in ["secret", "10.1.2.3", "10.9.9.9", "\"guilds\":1"] {
            #expect(!member.body.contains(hidden), "\(hidden) in \(member.body)")
        }
        #expect(told["detailed"]?.bool == false && told["problems"]?.array?.isEmpty == true)
        #expect(told["shards"]?.array?.first?["state"]?.string == "down")
        let services = try #require(told["services"]?.array)
        #expect(services.count == 6 && services.allSatisfy { $0["detail"]?.isNull == true })
        #expect(services.allSatisfy { $0["version"]?.isNull == true && $0["seen"]?.isNull == true })
    }

    @Test func `who owns a guild, manages one, or owns the instance is told all`() async throws {
        let owner = try await Self.stage()
        try await Self.expectAll(owner, owner.replica.cookie(of: APIStage.owner))
        let manager = try await Self.stage(everyoneManages: true)
        try await Self.expectAll(manager, manager.replica.cookie(of: 9))
        let instance = try await Self.stage(["INSTANCE_OWNERS": "9"])
        try await Self.expectAll(instance, instance.replica.cookie(of: 9))
        let open = try await Self.stage(["WEB_ACCESS": "open"])
        try await Self.expectAll(open, "")
    }

    private static func expectAll(_ stage: APIStage, _ headers: String) async throws {
        let answer = try await stage.ask("GET", "/api/system", headers)
        #expect(answer.status == 200, "\(answer.body)")
        let told = try answer.json()
        #expect(told["detailed"]?.bool == true)
        let services = Array(try #require(told["services"]?.array))
        #expect(
            services.compactMap { $0["name"]?.string }
                == ["gateway", "gateway", "web", "analytics", "redis", "postgres"]
        )
        #expect(
            services.compactMap { $0["state"]?.string } == [
                "down", "down", "up", "unknown", "unknown", "unknown",
            ]
        )
        #expect(
            services[1]["detail"]?.string == "secret refused" && services[2]["id"]?.string == "web-secret"
        )
        #expect(told["shards"]?.array?.first?["guilds"]?.int == 1)
        #expect(told["hops"]?.array?.compactMap { $0["name"]?.string } == ["gateway", "log", "delivery"])
        let hops = Array(try #require(told["hops"]?.array)).map { $0["p50"]?.double ?? 0 }
        #expect(hops[0] == 40 && 3...3.6 ~= hops[1] && 30...36 ~= hops[2], "\(hops)")
        let problems = Array(try #require(told["problems"]?.array))
        #expect(problems.contains { $0["what"]?.string?.contains("secret reason") == true })
        #expect(problems.allSatisfy { $0["advice"]?.string?.isEmpty == false })
    }

    /// Gateways that say who somebody is from when the test lets them.
    private final class Members: MemberSource {
        private let isThere = Locked(false)
        func come() { isThere.withLock { $0 = true } }
        func isLinked(to shard: ShardName) async -> Bool { true }
        func member(_ user: Snowflake, of guild: Snowflake, in shard: ShardName) async -> MemberAnswer? {
            guard isThere.withLock({ $0 }) else { return nil }
            return MemberAnswer(facts: MemberFacts(), at: EventID(epoch: 0, number: 0))
        }
    }

    @Test
    func `while no gateway says who manages an owner is known, and nobody is taken for a member for long`()
        async throws
    {
        let members = Members()
        let stage = try await APIStage(everyoneManages: true, members: members)
        func isDetailed(_ user: UInt64) async throws -> Bool? {
            try await stage.ask("GET", "/api/system", stage.replica.cookie(of: user)).json()["detailed"]?.bool
        }
        #expect(try await isDetailed(APIStage.owner) == true)
        #expect(try await isDetailed(9) == false)
        members.come()
        #expect(try await isDetailed(9) == true)
    }

    @Test func `the first run is anyone's until the bot is in a guild`() async throws {
        let fresh = try await Self.stage(hasGuild: false)
        let anyone = try await fresh.ask("GET", "/api/setup")
        #expect(anyone.status == 200 && !anyone.body.contains("secret"), "\(anyone.body)")
        let told = try anyone.json()
        #expect(told["steps"]?.array?.count == 9 && told["application"]?["id"]?.string == "500")
        #expect(told["invite"]?.string?.contains("client_id=500&") == true)
        let taken = try await Self.stage()
        #expect(try await taken.ask("GET", "/api/setup").status == 401)
        #expect(try await taken.ask("GET", "/api/setup", taken.replica.cookie(of: 9)).status == 403)
        let owner = try await taken.ask("GET", "/api/setup", taken.replica.cookie(of: APIStage.owner))
        #expect(owner.status == 200)
        let open = try await Self.stage(["WEB_ACCESS": "open"])
        #expect(try await open.ask("GET", "/api/setup").status == 200)
    }

    @Test func `what is stored says that an instance is somebody's while neither log nor gateway can`()
        async throws
    {
        let server = try await PostgresServer()
        try await withEventLoop { loop in
            let database = PostgresClient(try PostgresConfig(url: Secret(server.url)), on: loop)
            await database.start()
            await database.whenConnected()
            let migrations = try Migration.read(folder: "Services/Analytics/Migrations")
            _ = try await Migrator(migrations).run(on: database)
            let away = SystemDesk.Sources(
                gateways: Gateways(looks: [GatewayLook(address: "10.9.9.9:8080", missing: "secret refused")])
            )
            func ask() async throws -> APIStage.Answer {
                let stage = try await APIStage(database: database, hasGuild: false, sources: away)
                return try await stage.ask("GET", "/api/setup")
            }
            let new = try await ask()
            #expect(new.status == 200 && !new.body.contains("secret") && !new.body.contains("10.9.9.9"))
            let begun = "INSERT INTO shard_positions (shard, epoch, number) VALUES ('0/1', 0, 0)"
            try await database.query(begun)
            #expect(try await ask().status == 200, "analytics is there, and nothing was ever told")
            try await database.query("UPDATE shard_positions SET epoch = 5, number = 1")
            let old = try await ask()
            #expect(old.status == 401, "\(old.body)")
            await database.close()
        }
    }

    @Test func `the first run looks at the request and at the settings`() async throws {
        let login = ["DISCORD_CLIENT_ID": "500", "DISCORD_CLIENT_SECRET": "s"]
        let table: [(settings: [String: String], address: String, login: String)] = [
            ([:], "todo", "Nobody can log in."),
            (["WEB_ACCESS": "open"], "todo", "Anyone who gets here sees what @everyone sees."),
            (
                login.merging(["PUBLIC_BASE_URL": "https://other.example"]) { $1 }, "problem",
                "The portal must have the redirect https://other.example/auth/callback."
            ),
        ]
        for row in table {
            let stage = try await Self.stage(row.settings, hasGuild: false)
            let told = try await stage.ask("GET", "/api/setup").json()
            let steps = Array(try #require(told["steps"]?.array))
            #expect(steps.last?["state"]?.string == row.address)
            #expect(steps.dropLast().last?["detail"]?.string == row.login)
        }
    }

    @Test func `what is looked at are the permissions of the bot of the guild's shard`() async throws {
        func look(_ shard: ShardName, bot: UInt64?) -> GatewayLook {
            var report = Instance.report([Instance.shard(.up, shard)])
            report.user = bot.map { .init(id: Snowflake($0), name: "Bot") }
            return GatewayLook(address: "g", missing: nil, report: report)
        }
        let other = try #require(ShardName(index: 1, count: 2))
        let table: [(looks: [GatewayLook], bot: String?)] = [
            ([look(other, bot: 777), look(.only, bot: 501)], "501"),
            ([look(.only, bot: nil), look(other, bot: 777)], "777"), ([look(.only, bot: nil)], nil),
            ([], nil),
        ]
        for (looks, bot) in table {
            let sources = SystemDesk.Sources(gateways: Gateways(looks: looks))
            let stage = try await APIStage(everyoneManages: true, sources: sources)
            let told = try await stage.ask("GET", "/api/guilds/1/bot", stage.replica.cookie(of: 9))
            #expect(told.status == 200)
            #expect(try told.json()["user"]?["id"]?.string == bot)
            #expect(try told.json()["channels"]?.array?.isEmpty == (bot == nil))
        }
    }

    @Test func `no key is told of the system, the first run or the bot`() async throws {
        let stage = try await Self.stage()
        let key = "Authorization: Bearer \(stage.replica.key(.api, scopes: Set(Scope.allCases)))\r\n"
        for path in ["/api/system", "/api/setup", "/api/guilds/1/bot"] {
            #expect(try await stage.ask("GET", path, key).status == 403, "\(path)")
        }
    }

    @Test func `what the bot lacks is told to who manages the guild, of channels that they see`() async throws
    {
        let stage = try await Self.stage(everyoneManages: true)
        let member = try await stage.ask("GET", "/api/guilds/1/bot", stage.replica.cookie(of: 9))
        #expect(member.status == 200, "\(member.body)")
        let told = try member.json()
        #expect(told["user"]?["id"]?.string == "501" && told["administrator"]?.bool == false)
        let missing = Array(try #require(told["missing"]?.array)).compactMap { $0["permission"]?.string }
        #expect(missing.contains("SEND_MESSAGES") && !missing.contains("VIEW_CHANNEL"))
        let channels = Array(try #require(told["channels"]?.array)).compactMap { $0["id"]?.string }
        #expect(channels == ["20", "21"], "30 and 31 are hidden from this manager: \(member.body)")
        let owner = try await stage.ask("GET", "/api/guilds/1/bot", stage.replica.cookie(of: APIStage.owner))
        let all = try owner.json()["channels"]?.array?.compactMap { $0["id"]?.string }
        #expect(all?.contains("30") == true && all?.contains("31") == true, "\(owner.body)")
        let plain = try await Self.stage()
        #expect(try await plain.ask("GET", "/api/guilds/1/bot", plain.replica.cookie(of: 9)).status == 403)
        #expect(try await plain.ask("GET", "/api/guilds/1/bot").status == 401)
        #expect(try await plain.ask("GET", "/api/guilds/99/bot", plain.replica.cookie(of: 7)).status == 404)
    }

    @Test func `however many ask at once, the gateways are asked once`() async throws {
        let counting = Counting()
        let stage = try await APIStage(
            environment: ["WEB_ACCESS": "open"],
            sources: SystemDesk.Sources(gateways: counting)
        )
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await stage.ask("GET", "/api/system").status } }
            for try await status in group { #expect(status == 200) }
        }
        #expect(counting.asked.withLock { $0 } < 5)
    }

    @Test func `a gateway that hangs holds nobody up for longer than two seconds`() async throws {
        let clock = TestClock()
        var sources = Self.sources()
        sources.wait = clock.wait
        let stage = try await APIStage(members: Hanging(), sources: sources)
        async let answer = stage.ask("GET", "/api/system", stage.replica.cookie(of: 9))
        try await eventually("one that waits") { clock.waits == [.seconds(2)] }
        clock.advance(by: .seconds(2))
        let member = try await answer
        let told = try member.json()
        #expect(member.status == 200 && told["detailed"]?.bool == false, "\(member.body)")
        #expect(told["services"]?.array?.count == 6, "the rest is told all the same")
        #expect(clock.waits.isEmpty)
    }

    /// A gateway that never says who anybody is.
    private struct Hanging: MemberSource {
        func isLinked(to shard: ShardName) async -> Bool { true }
        func member(_ user: Snowflake, of guild: Snowflake, in shard: ShardName) async -> MemberAnswer? {
            let (nothing, end) = AsyncStream<Void>.makeStream()
            for await _ in nothing {}
            end.finish()
            return nil
        }
    }

    private final class Counting: GatewaySource {
        let asked = Locked(0)
        func gateways() async -> [GatewayLook] {
            asked.withLock { $0 += 1 }
            return []
        }
    }
}
