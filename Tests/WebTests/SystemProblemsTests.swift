import Base
import EventBus
import EventModels
import LinkProtocol
import Testing
import Web

/// Facts of an instance that is well, for tests to spoil.
enum Instance {
    static let now: Int64 = 1_800_000_000_000

    static func report(_ shards: [GatewayReport.Shard]? = nil) -> GatewayReport {
        var report = GatewayReport(gateway: "g1", version: "1", since: now - 60_000)
        report.token = .accepted
        report.application = .init(id: Snowflake(500), name: "App")
        report.user = .init(id: Snowflake(501), name: "Bot")
        report.intents = .init(wanted: ["GUILDS", "GUILD_MEMBERS"], refused: [], off: [])
        report.shards = shards ?? [shard()]
        return report
    }

    static func shard(_ phase: GatewayReport.Phase = .up, _ name: ShardName = .only) -> GatewayReport.Shard {
        var shard = GatewayReport.Shard(name, phase: phase, latency: 40, guilds: 1)
        shard.hasPublisher = true
        return shard
    }

    static func analytics(_ id: String = "a1", stored: [ServiceRecord.Stored] = [], missing: String? = nil)
        -> ServiceBoard.Seen
    {
        var record = ServiceRecord(.analytics, id: id, version: "1", since: now - 50_000)
        record.stored = stored
        record.missing = missing
        return ServiceBoard.Seen(record: record, age: 2_000)
    }

    static func facts(_ change: (inout SystemFacts) -> Void = { _ in }) -> SystemFacts {
        var facts = SystemFacts(
            now: now,
            own: ServiceRecord(.web, id: "web-1", version: "1", since: now - 1_000)
        )
        facts.gateways = [GatewayLook(address: "g:8080", missing: nil, report: report())]
        facts.seen = [analytics(stored: [.init(shard: .only, events: 0, milliseconds: 0)])]
        facts.redis = .up(version: "7.0.15", since: now - 9_000, lack: nil)
        facts.database = .up(version: "15.1", since: now - 9_000, lack: nil)
        facts.guilds = 1
        facts.hasHeardOfGuilds = true
        change(&facts)
        return facts
    }

    static func gateway(_ change: (inout GatewayReport) -> Void) -> [GatewayLook] {
        var report = report()
        change(&report)
        return [GatewayLook(address: "g:8080", missing: nil, report: report)]
    }

    static func hop(_ p95: Double) -> HopWindow.Figures {
        HopWindow.Figures(p50: p95 / 2, p95: p95, p99: p95, count: 10)
    }
}

/// What is wrong, found in the facts: each row one thing, and what is said of it.
@Suite struct SystemProblemsTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let severity: SystemProblem.Severity
        let what: String
        let advice: String
        let change: @Sendable (inout SystemFacts) -> Void
        var testDescription: String { name }

        init(
            _ name: String,
            _ severity: SystemProblem.Severity,
            _ what: String,
            _ advice: String,
            _ change: @escaping @Sendable (inout SystemFacts) -> Void
        ) {
            self.name = name
            self.severity = severity
            self.what = what
            self.advice = advice
            self.change = change
        }
    }

    static let rows: [Row] = discord + shards + ours + once

    private static let discord = [
        Row("no gateway", .bad, "No link to the gateway at g:8080", "Start the gateway") {
            $0.gateways = [GatewayLook(address: "g:8080", missing: "connection refused")]
        },
        Row("another LINK_TOKEN", .bad, "No link to the gateway", "same LINK_TOKEN") {
            $0.gateways = [GatewayLook(address: "g:8080", missing: "answered 401, not 101")]
        },
        Row("another Redis", .bad, "No link to the gateway", "same REDIS_URL") {
            $0.gateways = [GatewayLook(address: "g:8080", missing: "closed by the gateway: 4403 another bus")]
        },
        Row("a silent gateway", .warn, "does not say how it is", "restart it") {
            $0.gateways = [GatewayLook(address: "g:8080", missing: nil)]
        },
        Row("the token is refused", .bad, "refuses the bot's token", "DISCORD_BOT_TOKEN") {
            $0.gateways = Instance.gateway { report in
                report.token = .refused
                report.shards[0].phase = .down
                report.shards[0].code = 4004
            }
        },
        Row("an intent is off", .bad, "Presence Intent", "switch them on and save.") {
            $0.gateways = Instance.gateway { $0.intents.off = ["GUILD_PRESENCES"] }
        },
        Row("intents are refused", .bad, "Message Content Intent", "then restart the gateway") {
            $0.gateways = Instance.gateway { report in
                report.intents = .init(refused: ["MESSAGE_CONTENT"], off: ["MESSAGE_CONTENT"])
                report.shards[0].phase = .down
                report.shards[0].code = 4014
            }
        },
        Row("intents were refused and are on by now", .bad, "switched on by now", "Restart the gateway.") {
            $0.gateways = Instance.gateway { report in
                report.intents = .init(refused: ["MESSAGE_CONTENT"], off: [])
                report.shards[0].phase = .down
                report.shards[0].code = 4014
            }
        },
        Row("an unknown intent", .bad, "does not know one of the intents", "Update") {
            $0.gateways = Instance.gateway { report in
                report.shards[0].phase = .down
                report.shards[0].code = 4013
            }
        },
    ]

    private static let shards = [
        Row("a shard connects", .warn, "Shard 0/1 is not connected to Discord: soon", "by itself") {
            $0.gateways = Instance.gateway { report in
                report.shards[0].phase = .connecting
                report.shards[0].reason = "soon"
            }
        },
        Row("a shard is superseded", .bad, "Shard 0/1 is not connected to Discord: another gateway", "log") {
            $0.gateways = Instance.gateway { report in
                report.shards[0].phase = .down
                report.shards[0].reason = "another gateway has taken it over"
            }
        },
        Row("no shards yet", .bad, "no shards yet: cannot ask", "log") {
            $0.gateways = Instance.gateway { report in
                report.shards = []
                report.missing = "cannot ask Discord"
            }
        },
        Row("events wait", .bad, "Events of shard 0/1 wait for Redis since 30 s (12", "Redis takes") {
            $0.gateways = Instance.gateway { report in
                report.shards[0].waiting = 12
                report.shards[0].waitingFor = 30_000
            }
        },
        Row("events wait for a replica", .bad, "wait for Redis since 30 s", "Start web") {
            $0.gateways = Instance.gateway { report in
                report.shards[0].hasPublisher = false
                report.shards[0].waitingFor = 30_000
            }
        },
    ]

    private static let ours = [
        Row("Redis is away", .bad, "Redis does not answer: gone", "REDIS_URL") { facts in
            facts.redis = .down("gone")
            facts.seen = nil
        },
        Row("Redis forgets", .warn, "append-only", "appendonly yes") {
            $0.redis = .up(version: nil, since: nil, lack: .notDurable)
        },
        Row("PostgreSQL is away", .bad, "PostgreSQL does not answer: gone", "DATABASE_URL") {
            $0.database = .down("gone")
        },
        Row("no tables", .bad, "no tables yet", "analytics") {
            $0.database = .up(version: nil, since: nil, lack: .noTables)
        },
        Row("no analytics", .bad, "nothing is stored", "Start the analytics service") { $0.seen = [] },
        Row("analytics fails", .bad, "Analytics cannot do its work: schema: old", "log") {
            $0.seen = [Instance.analytics(missing: "schema: old")]
        },
        Row("history lags", .warn, "History of shard 0/1 is 90 s behind", "PostgreSQL is too slow") {
            $0.seen = [Instance.analytics(stored: [.init(shard: .only, events: 9, milliseconds: 90_000)])]
        },
        Row("a replica is not ready", .bad, "web-1 is not ready: bus: gone", "log") {
            $0.own.missing = "bus: gone"
        },
        Row("another replica is not ready", .bad, "web-2 is not ready: log: behind", "log") {
            var record = ServiceRecord(.web, id: "web-2", version: "1", since: 1)
            record.missing = "log: behind"
            $0.seen?.append(ServiceBoard.Seen(record: record, age: 1))
        },
        Row("versions differ", .warn, "different versions run together: 1, 2", "Update all") {
            $0.gateways = Instance.gateway { $0.version = "2" }
        },
        Row("slow to the log", .warn, "Events take 4000 ms", "clocks") { $0.log = Instance.hop(4_000) },
        Row("slow to viewers", .warn, "sent events 2000 ms after", "cores") {
            $0.delivery = Instance.hop(2_000)
        },
    ]

    private static func shard(_ index: Int, of count: Int, waitingFor: Int) -> GatewayReport.Shard {
        var shard = Instance.shard(.up, ShardName(index: index, count: count) ?? .only)
        shard.waitingFor = waitingFor
        return shard
    }

    /// What several say is told once, of the one that is worst.
    private static let once = [
        Row("two gateways lack an intent", .bad, "Presence Intent", "switch them on") { facts in
            facts.gateways = Instance.gateway { $0.intents.off = ["GUILD_PRESENCES"] }
            facts.gateways += facts.gateways
        },
        Row("intents are refused, and nobody says which are off", .bad, "Presence Intent", "restart") {
            $0.gateways = Instance.gateway { $0.intents = .init(refused: ["GUILD_PRESENCES"], off: nil) }
        },
        Row("no shards, since the token is refused", .bad, "refuses the bot's token", "reset") {
            $0.gateways = Instance.gateway { report in
                (report.token, report.shards, report.missing) = (.refused, [], "refused")
            }
        },
        Row("events of two shards wait", .bad, "Events of shard 1/3 wait for Redis since 40 s", "Redis") {
            $0.gateways = Instance.gateway { report in
                report.shards = [(0, 20_000), (1, 40_000), (2, 30_000)].map {
                    shard($0.0, of: 3, waitingFor: $0.1)
                }
            }
        },
        Row("history of two shards lags", .warn, "History of shard 1/3 is 400 s behind", "too slow") {
            $0.seen = [
                Instance.analytics(
                    stored: [(0, 200_000), (1, 400_000), (2, 300_000)].map {
                        .init(shard: shard($0.0, of: 3, waitingFor: 0).name, events: 1, milliseconds: $0.1)
                    }
                )
            ]
        },
        Row("this replica is not ready, and Redis says so too", .bad, "web-1 is not ready: bus", "log") {
            $0.own.missing = "bus: gone"
            $0.seen?.append(ServiceBoard.Seen(record: $0.own, age: 1))
        },
        Row("this replica alone is of another version", .warn, "together: 1, 2.", "Update all") {
            $0.own = ServiceRecord(.web, id: "web-1", version: "2", since: 1)
        },
        Row("another replica alone is", .warn, "together: 1, 2.", "Update all") {
            let record = ServiceRecord(.web, id: "web-2", version: "2", since: 1)
            $0.seen?.append(ServiceBoard.Seen(record: record, age: 1))
        },
        Row("all versions there ever were", .warn, "together: 1, 2, 3, 4, 5.", "Update all") { facts in
            for version in 2...7 {
                let record = ServiceRecord(.web, id: "w\(version)", version: "\(version)", since: 1)
                facts.seen?.append(ServiceBoard.Seen(record: record, age: 1))
            }
        },
    ]

    @Test(arguments: rows) func `each problem is found, alone, with what to do`(row: Row) {
        let problems = SystemProblems.find(Instance.facts(row.change))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.severity == row.severity)
        #expect(problems.first?.what.contains(row.what) == true, "\(problems)")
        #expect(problems.first?.advice.contains(row.advice) == true, "\(problems)")
    }

    @Test func `an instance that is well has none, one without Redis and PostgreSQL neither`() {
        #expect(SystemProblems.find(Instance.facts()) == [])
        let bare = Instance.facts { facts in
            facts.redis = .notSet
            facts.database = .notSet
            facts.seen = nil
        }
        #expect(SystemProblems.find(bare) == [])
        let keepsNothing = Instance.facts { facts in
            facts.database = .notSet
            facts.seen = []
        }
        #expect(SystemProblems.find(keepsNothing) == [], "without DATABASE_URL there is no analytics to miss")
    }

    @Test func `what waits or is slow is told from past its bound, and not at it`() {
        typealias Change = @Sendable (inout SystemFacts, Int) -> Void
        let table: [(what: String, bound: Int, change: Change)] = [
            (
                "events that wait", 10_000,
                { facts, time in
                    facts.gateways = Instance.gateway { $0.shards[0].waitingFor = time }
                }
            ),
            (
                "history", 60_000,
                { facts, time in
                    let stored = ServiceRecord.Stored(shard: .only, events: 1, milliseconds: time)
                    facts.seen = [Instance.analytics(stored: [stored])]
                }
            ),
            ("to the log", 1_000, { $0.log = Instance.hop(Double($1)) }),
            ("to viewers", 1_000, { $0.delivery = Instance.hop(Double($1)) }),
        ]
        for (what, bound, change) in table {
            for (time, count) in [(bound, 0), (bound + 1, 1)] {
                let problems = SystemProblems.find(Instance.facts { change(&$0, time) })
                #expect(problems.count == count, "\(what) \(time)")
            }
        }
    }

    @Test(arguments: [5, 6]) func `five shards are told one by one, of six the last is counted`(count: Int) {
        let down = (0..<count).compactMap { ShardName(index: $0, count: count) }.map {
            Instance.shard(.down, $0)
        }
        let problems = SystemProblems.find(
            Instance.facts { $0.gateways = Instance.gateway { $0.shards = down } }
        )
        #expect(problems.count == count)
        #expect(problems.contains { $0.what == "1 more shards are not connected." } == (count == 6))
    }

    @Test func `bad ones come first, and a thousand shards are not told one by one`() {
        let down = (0..<1_000).compactMap { ShardName(index: $0, count: 1_000) }.map { name in
            Instance.shard(.down, name)
        }
        let problems = SystemProblems.find(
            Instance.facts { facts in
                facts.redis = .up(version: nil, since: nil, lack: .notDurable)
                facts.gateways = Instance.gateway { $0.shards = down }
            }
        )
        #expect(problems.count == 7 && problems.last?.severity == .warn)
        #expect(problems.contains { $0.what == "995 more shards are not connected." })
        let mixed = Instance.facts { facts in
            facts.gateways = [GatewayLook(address: "silent", missing: nil)]
            facts.database = .down("gone")
        }
        #expect(SystemProblems.find(mixed).map(\.severity) == [.bad, .warn])
        let many = (0..<200).map { GatewayLook(address: "g\($0)", missing: "gone") }
        #expect(SystemProblems.find(Instance.facts { $0.gateways = many }).count == SystemProblem.countMax)
    }
}
