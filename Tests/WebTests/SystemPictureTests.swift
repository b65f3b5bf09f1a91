import Base
import EventBus
import EventModels
import JSON
import LinkProtocol
import Testing
import Web

/// The facts as people are shown them: the state of each service, and what is told to whom.
@Suite struct SystemPictureTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        /// Name, id, state, version, since and seen (less now), detail, advice of the service with the name.
        let service: String
        let change: @Sendable (inout SystemFacts) -> Void
        var testDescription: String { name }

        init(_ name: String, _ service: String, _ change: @escaping @Sendable (inout SystemFacts) -> Void) {
            (self.name, self.service, self.change) = (name, service, change)
        }
    }

    private static func text(_ service: SystemPicture.Service) -> String {
        let times = [service.since, service.seen].map { $0.map { "\($0 - Instance.now)" } ?? "-" }
        let parts =
            [service.name, service.id, service.state.rawValue, service.version ?? "-"] + times
            + [service.detail ?? "-", service.advice ?? "-"]
        return parts.joined(separator: " / ")
    }

    static let rows = gateways + records + servers

    private static func shards(
        _ phases: [GatewayReport.Phase],
        _ token: GatewayReport.Token = .accepted,
        missing: String? = nil
    ) -> [GatewayLook] {
        Instance.gateway { report in
            report.shards = phases.enumerated().compactMap { index, phase in
                ShardName(index: index, count: phases.count).map { Instance.shard(phase, $0) }
            }
            report.token = token
            report.missing = missing
        }
    }

    private static let gateways = [
        Row("a gateway", "gateway / g1 / up / 1 / -60000 / 0 / 1 of 1 shards are connected to Discord / -") {
            _ in
        },
        Row(
            "another LINK_TOKEN",
            "gateway / g:1 / down / - / - / - / answered 401 / "
                + "Give the gateway and web the same LINK_TOKEN, then restart both."
        ) { $0.gateways = [GatewayLook(address: "g:1", missing: "answered 401")] },
        Row("silent", "gateway / g:1 / unknown / - / - / - / linked, but it does not say how it is / -") {
            $0.gateways = [GatewayLook(address: "g:1", missing: nil)]
        },
        Row(
            "half up",
            "gateway / g1 / degraded / 1 / -60000 / 0 / 1 of 2 shards are connected to Discord / -"
        ) {
            $0.gateways = shards([.up, .down])
        },
        Row("down", "gateway / g1 / down / 1 / -60000 / 0 / 0 of 1 shards are connected to Discord / -") {
            $0.gateways = shards([.down])
        },
        Row(
            "it connects",
            "gateway / g1 / degraded / 1 / -60000 / 0 / 0 of 1 shards are connected to Discord / -"
        ) { $0.gateways = shards([.connecting]) },
        Row(
            "it connects with a token that nobody has taken yet",
            "gateway / g1 / down / 1 / -60000 / 0 / 0 of 1 shards are connected to Discord / -"
        ) { $0.gateways = shards([.connecting], .unknown) },
        Row("no shards yet", "gateway / g1 / down / 1 / -60000 / 0 / cannot ask / -") {
            $0.gateways = shards([], missing: "cannot ask")
        },
    ]

    private static let records = [
        Row("this replica", "web / web-1 / up / 1 / -1000 / 0 / - / -") { _ in },
        Row("this replica is not ready", "web / web-1 / degraded / 1 / -1000 / 0 / bus: gone / -") {
            $0.own.missing = "bus: gone"
        },
        Row("analytics", "analytics / a1 / up / 1 / -50000 / -2000 / - / -") { _ in },
        Row("analytics fails", "analytics / a1 / degraded / 1 / -50000 / -2000 / old / -") {
            $0.seen = [Instance.analytics(missing: "old")]
        },
        Row(
            "no analytics",
            "analytics / analytics / down / - / - / - / has not been heard of for 30 s / "
                + "Start the analytics service, with the same REDIS_URL and DATABASE_URL."
        ) { $0.seen = [] },
        Row(
            "analytics, while Redis is away",
            "analytics / analytics / unknown / - / - / - / Redis does not answer, so nobody can say / -"
        ) { facts in
            facts.seen = nil
            facts.redis = .down("gone")
        },
        Row(
            "analytics, without Redis",
            "analytics / analytics / unknown / - / - / - / without REDIS_URL nobody can say / -"
        ) { facts in
            facts.seen = nil
            facts.redis = .notSet
        },
    ]

    private static let servers = [
        Row("Redis", "redis / redis / up / 7.0.15 / -9000 / 0 / - / -") { _ in },
        Row("Redis is away", "redis / redis / down / - / - / - / gone / \(start)") {
            $0.redis = .down("gone")
        },
        Row(
            "Redis forgets",
            "redis / redis / degraded / 7 / -1 / 0 / keeps no append-only file / "
                + "Set `appendonly yes` in Redis' configuration."
        ) { $0.redis = .up(version: "7", since: Instance.now - 1, lack: .notDurable) },
        Row(
            "no Redis",
            "redis / redis / unknown / - / - / - / "
                + "REDIS_URL is not set: the bus is in this process' memory, for one replica / -"
        ) { $0.redis = .notSet },
        Row("PostgreSQL", "postgres / postgres / up / 15.1 / -9000 / 0 / - / -") { _ in },
        Row("PostgreSQL is away", "postgres / postgres / down / - / - / - / gone / \(start)") {
            $0.database = .down("gone")
        },
        Row(
            "no tables",
            "postgres / postgres / degraded / 15 / -1 / 0 / has no tables yet / "
                + "Start the analytics service: it makes them when it starts."
        ) { $0.database = .up(version: "15", since: Instance.now - 1, lack: .noTables) },
        Row(
            "no PostgreSQL",
            "postgres / postgres / unknown / - / - / - / "
                + "DATABASE_URL is not set: no history, keys, presets or settings / -"
        ) { $0.database = .notSet },
    ]

    private static let start = "Start it, and see that the setting names its address."

    @Test(arguments: rows) func `each service is shown as it is`(row: Row) throws {
        let services = SystemPicture(Instance.facts(row.change)).services
        #expect(services.count == 5)
        let name = row.service.prefix { $0 != " " }
        #expect(Self.text(try #require(services.first { $0.name == name })) == row.service)
    }

    private static func record(_ name: ServiceRecord.Name, _ id: String) -> ServiceBoard.Seen {
        ServiceBoard.Seen(record: ServiceRecord(name, id: id, version: "1", since: Instance.now), age: 3_000)
    }

    @Test func `what Redis holds of this replica itself is not shown twice`() {
        let services = SystemPicture(
            Instance.facts { facts in
                facts.seen = [
                    Self.record(.web, "web-1"), Self.record(.web, "web-2"), Self.record(.analytics, "a1"),
                ]
            }
        ).services
        #expect(services.map(\.id) == ["g1", "web-1", "web-2", "a1", "redis", "postgres"])
        #expect(services.map { ($0.seen ?? 0) - Instance.now } == [0, 0, -3_000, -3_000, 0, 0])
    }

    @Test func `a shard that two gateways name is the one's that is up, and the furthest that is stored`()
        throws
    {
        let names = try (0..<2).map { try #require(ShardName(index: $0, count: 2)) }
        let up = Instance.report([Instance.shard(.up, names[1]), Instance.shard(.down, names[0])])
        let down = Instance.report([Instance.shard(.down, names[1])])
        for reports in [[up, down], [down, up]] {
            let looks = reports.map { GatewayLook(address: "g", missing: nil, report: $0) }
            let facts = Instance.facts { $0.gateways = looks }
            #expect(facts.shards.map(\.name) == names && facts.shards.map(\.phase) == [.down, .up])
        }
        for far in [[900, 5], [5, 900], [nil, 5], [5, nil]] as [[Int?]] {
            let facts = Instance.facts { facts in
                facts.seen = far.map {
                    Instance.analytics(stored: [.init(shard: .only, events: nil, milliseconds: $0)])
                }
            }
            #expect(facts.stored[.only]?.milliseconds == 5, "\(far)")
        }
    }

    @Test func `one guild, held, heard of or a gateway's, makes the instance somebody's`() {
        func hasGuild(_ held: Int, _ heard: Bool, _ gateway: Int) -> Bool {
            Instance.facts { facts in
                (facts.guilds, facts.hasHeardOfGuilds) = (held, heard)
                facts.gateways = Instance.gateway { $0.shards[0].guilds = gateway }
            }.hasGuild
        }
        #expect(!hasGuild(0, false, 0))
        #expect(hasGuild(1, false, 0) && hasGuild(0, true, 0) && hasGuild(0, false, 1))
    }

    /// Everything there is to tell, of two shards of which one is down.
    private static func full() throws -> SystemFacts {
        let names = try (0..<2).map { try #require(ShardName(index: $0, count: 2)) }
        var (down, up) = (Instance.shard(.down, names[0]), Instance.shard(.up, names[1]))
        (down.reason, down.waiting, down.waitingFor, down.latency) = ("hidden", 4, 5, nil)
        (down.guilds, down.hasPublisher) = (3, false)
        (up.reason, up.latency) = ("of before", 10)
        let stored = ServiceRecord.Stored(shard: names[0], events: 6, milliseconds: 7)
        return Instance.facts { facts in
            facts.gateways = Instance.gateway { $0.shards = [down, up] }
            facts.seen = [Instance.analytics(stored: [stored])]
            facts.redis = .up(version: "7", since: 1, lack: .notDurable)
            facts.log = .init(p50: 1.234, p95: 2, p99: 3, count: 4)
            facts.delivery = .init(p50: 5, p95: 6, p99: 7, count: 8)
        }
    }

    @Test(arguments: [false, true]) func `details are told to few, and then all of them`(detailed: Bool)
        throws
    {
        let bytes = SystemPicture(try Self.full()).encoded(detailed: detailed)
        let text = String(decoding: bytes, as: UTF8.self)
        let told = try JSONDocument(parsing: bytes).root
        #expect(told["detailed"]?.bool == detailed && told["version"]?.string == (detailed ? "1" : nil))
        let all = Array(try #require(told["services"]?.array))
        let ids = detailed ? ["g1", "web-1", "a1", "redis", "postgres"] : ["1", "2", "3", "4", "5"]
        #expect(all.compactMap { $0["id"]?.string } == ids)
        for key in ["version", "since", "seen", "detail", "advice"] {
            #expect(all.contains { $0[key]?.isNull == false } == detailed, "\(key)")
        }
        #expect(
            text.contains(
                #"{"shard":"0/2","state":"down","latency":null,"guilds":\#(detailed ? "3" : "null"),"publisher":false,"#
                    + #""lag":{"events":4,"milliseconds":5},"stored":{"events":6,"milliseconds":7},"#
                    + #""detail":\#(detailed ? "\"hidden\"" : "null")}"#
            ),
            "\(text)"
        )
        #expect(
            text.contains(
                #"{"shard":"1/2","state":"up","latency":10,"guilds":\#(detailed ? "1" : "null"),"publisher":true,"#
                    + #""lag":{"events":0,"milliseconds":0},"stored":null,"detail":null}"#
            ),
            "\(text)"
        )
        let problems = Array(try #require(told["problems"]?.array)).compactMap { $0["severity"]?.string }
        #expect(problems == (detailed ? ["bad", "warn"] : []))
    }

    @Test func `how long each step takes is told to everybody, to a hundredth`() throws {
        var facts = try Self.full()
        facts.gateways = Instance.gateway { report in
            report.shards = [40, 20, 30, 10].enumerated().compactMap { index, latency in
                ShardName(index: index, count: 4).map { name in
                    var shard = Instance.shard(.up, name)
                    shard.latency = latency
                    return shard
                }
            }
        }
        let told = try JSONDocument(parsing: SystemPicture(facts).encoded(detailed: false)).root
        let hops = Array(try #require(told["hops"]?.array))
        #expect(hops.map { $0["name"]?.string } == ["gateway", "log", "delivery"])
        let figures = hops.map { hop in ["p50", "p95", "p99", "count"].map { hop[$0]?.double } }
        #expect(figures == [[30, 40, 40, 4], [1.23, 2, 3, 4], [5, 6, 7, 8]])
    }
}
