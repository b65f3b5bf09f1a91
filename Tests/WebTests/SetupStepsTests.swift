import Base
import EventModels
import LinkProtocol
import Testing
import Web

/// The first run, step by step.
@Suite struct SetupStepsTests {
    private static let settings = SetupSettings(
        clientID: "500",
        publicURL: "https://guild.example",
        host: "guild.example",
        isOpen: false
    )

    private static func step(
        _ name: SetupStep.Name,
        _ change: (inout SystemFacts) -> Void = { _ in },
        _ settings: (inout SetupSettings) -> Void = { _ in }
    ) throws -> SetupStep {
        var given = Self.settings
        settings(&given)
        let steps = SetupSteps(Instance.facts(change), given).steps
        #expect(steps.map(\.name) == SetupStep.Name.allCases)
        return try #require(steps.first { $0.name == name })
    }

    @Test func `an instance that is well is done with all of it`() {
        let setup = SetupSteps(Instance.facts(), Self.settings)
        #expect(setup.steps.allSatisfy { $0.state == .done }, "\(setup.steps.filter { $0.state != .done })")
        #expect(setup.application == .init(id: Snowflake(500), name: "App"))
    }

    @Test func `at the very beginning each step says what to do, or what it waits for`() {
        var facts = SystemFacts(now: 1, own: ServiceRecord(.web, id: "w", since: 1))
        facts.gateways = [GatewayLook(address: "127.0.0.1:8080", missing: "connection refused")]
        let settings = SetupSettings(
            clientID: nil,
            publicURL: "http://127.0.0.1:3000",
            host: "localhost:3000",
            isOpen: false
        )
        let setup = SetupSteps(facts, settings)
        let states = setup.steps.map(\.state)
        #expect(
            states == [.todo, .unknown, .unknown, .unknown, .todo, .todo, .unknown, .todo, .done],
            "\(setup.steps)"
        )
        #expect(setup.application == nil && setup.invite == nil)
        #expect(setup.steps.filter { $0.state == .todo }.allSatisfy { $0.advice != nil })
    }

    @Test func `the gateway: away, refused, silent`() throws {
        let away = try Self.step(.gateway, { $0.gateways = [.init(address: "g", missing: "refused")] })
        #expect(away.state == .todo && away.advice?.contains("GATEWAY_WS_URL") == true)
        let token = try Self.step(.gateway, { $0.gateways = [.init(address: "g", missing: "401")] })
        #expect(token.state == .problem && token.advice?.contains("LINK_TOKEN") == true)
        let silent = try Self.step(.gateway, { $0.gateways = [.init(address: "g", missing: nil)] })
        #expect(silent.state == .problem)
        #expect(try Self.step(.gateway, { $0.gateways = [] }).state == .todo)
    }

    @Test func `the token: refused, not yet tried`() throws {
        let refused = try Self.step(.token, { $0.gateways = Instance.gateway { $0.token = .refused } })
        #expect(refused.state == .problem && refused.advice?.contains("Reset Token") == true)
        let unknown = try Self.step(.token, { $0.gateways = Instance.gateway { $0.token = .unknown } })
        #expect(unknown.state == .unknown)
    }

    @Test func `intents: off, refused, on by now, not known`() throws {
        let off = try Self.step(
            .intents,
            { $0.gateways = Instance.gateway { $0.intents.off = ["GUILD_MEMBERS"] } }
        )
        #expect(off.state == .problem && off.detail?.contains("Server Members Intent") == true)
        let by = try Self.step(
            .intents,
            {
                $0.gateways = Instance.gateway { $0.intents = .init(refused: ["GUILD_MEMBERS"], off: []) }
            }
        )
        #expect(by.state == .problem && by.advice == "Restart the gateway.")
        let unknown = try Self.step(
            .intents,
            {
                $0.gateways = Instance.gateway { report in
                    report.intents.off = nil
                    report.shards = []
                }
            }
        )
        #expect(unknown.state == .unknown)
        let live = try Self.step(.intents, { $0.gateways = Instance.gateway { $0.intents.off = nil } })
        #expect(live.state == .done, "a live session has what it asked for")
    }

    @Test func `a guild: none, and how to invite`() throws {
        let none: (inout SystemFacts) -> Void = { facts in
            facts.guilds = 0
            facts.gateways = Instance.gateway { $0.shards[0].guilds = 0 }
        }
        let step = try Self.step(.guild, none)
        #expect(step.state == .todo && step.advice?.contains("invite link") == true)
        #expect(try Self.step(.guild).detail == "It is in 1 guild.")
    }

    @Test func `a step that waits for another says so, and does not guess`() throws {
        let refused = Instance.gateway { report in
            (report.token, report.intents.off) = (.refused, ["GUILD_MEMBERS"])
            report.shards = []
        }
        #expect(try Self.step(.intents, { $0.gateways = refused }).state == .unknown)
        let alone: (inout SystemFacts) -> Void = { facts in
            (facts.gateways, facts.guilds) = (refused, 0)
        }
        #expect(try Self.step(.guild, alone).state == .unknown)
    }

    @Test(arguments: [
        (0, 1, "It is in 1 guild."), (3, 0, "It is in 3 guilds."), (1, 2, "It is in 2 guilds."),
    ])
    func `a guild: the replica's or the gateway's, whoever knows more`(held: Int, gateway: Int, says: String)
        throws
    {
        let step = try Self.step(.guild) { facts in
            facts.guilds = held
            facts.gateways = Instance.gateway { $0.shards[0].guilds = gateway }
        }
        #expect(step.state == .done && step.detail == says)
    }

    @Test func `of two analytics that one fails is a problem`() throws {
        for seen in [[nil, "x"], ["x", nil]] as [[String?]] {
            let step = try Self.step(.analytics) { $0.seen = seen.map { Instance.analytics(missing: $0) } }
            #expect(step.state == .problem)
        }
    }

    @Test func `servers: away, without tables, without an append-only file`() throws {
        #expect(try Self.step(.redis, { $0.redis = .down("x") }).state == .problem)
        let forgets = try Self.step(.redis, { $0.redis = .up(version: nil, since: nil, lack: .notDurable) })
        #expect(forgets.state == .done && forgets.advice?.contains("appendonly") == true)
        #expect(try Self.step(.database, { $0.database = .down("x") }).state == .problem)
        let empty = try Self.step(.database, { $0.database = .up(version: nil, since: nil, lack: .noTables) })
        #expect(empty.state == .todo && empty.advice?.contains("analytics") == true)
        #expect(try Self.step(.analytics, { $0.seen = [] }).state == .todo)
        #expect(try Self.step(.analytics, { $0.seen = nil }).state == .unknown)
        #expect(try Self.step(.analytics, { $0.seen = [Instance.analytics(missing: "x")] }).state == .problem)
        #expect(try Self.step(.analytics, { $0.database = .notSet }).state == .unknown)
    }

    @Test func `reasons of servers, which may name hosts, are in no step`() {
        let facts = Instance.facts { facts in
            facts.gateways = [GatewayLook(address: "10.1.2.3:8080", missing: "10.1.2.3 refused")]
            facts.redis = .down("10.1.2.3 refused")
            facts.database = .down("10.1.2.3 refused")
            facts.seen = [Instance.analytics(missing: "10.1.2.3 refused")]
        }
        let text = String(decoding: SetupSteps(facts, Self.settings).encoded(), as: UTF8.self)
        #expect(!text.contains("10.1.2.3"), "\(text)")
    }

    @Test func `login: not set up, another application`() throws {
        let none = try Self.step(.login, { _ in }, { $0.clientID = nil })
        #expect(none.state == .todo && none.advice?.contains("https://guild.example/auth/callback") == true)
        let other = try Self.step(.login, { _ in }, { $0.clientID = "777" })
        #expect(other.state == .done && other.advice != nil && other.detail?.contains("777") == true)
        #expect(try Self.step(.login).advice == nil)
    }

    @Test(arguments: [
        ("https://guild.example", "guild.example", "done"),
        ("https://guild.example", "GUILD.example:443", "done"),
        ("https://guild.example", "other.example", "problem"),
        ("https://guild.example", "127.0.0.1:3000", "done"),
        ("http://guild.example", "guild.example", "todo"),
        ("http://127.0.0.1:3000", "localhost:3000", "done"),
        ("http://127.0.0.1:3000", "127.0.0.1:4000", "problem"),
        ("http://127.0.0.1:3000", "192.168.1.5:3000", "problem"),
        ("http://[::1]:3000", "localhost:3000", "done"),
    ])
    func `the public address: the same, another, not encrypted`(url: String, host: String, state: String)
        throws
    {
        let step = try Self.step(
            .address,
            { _ in },
            { settings in
                settings.publicURL = url
                settings.host = host
            }
        )
        #expect(step.state.rawValue == state, "\(step)")
    }

    @Test func `the invite asks for what is needed and for nothing else`() throws {
        let invite = try #require(SetupSteps(Instance.facts(), Self.settings).invite)
        #expect(
            invite == "https://discord.com/oauth2/authorize?client_id=500&permissions=275147476160"
                + "&scope=bot+applications.commands"
        )
        #expect(BotNeeds.permissions.rawValue == 275_147_476_160)
        #expect(BotNeeds.permissions.isDisjoint(with: [.administrator, .manageGuild, .manageChannels]))
        var facts = Instance.facts()
        facts.gateways = []
        let byClient = SetupSteps(facts, Self.settings).invite
        #expect(byClient == invite, "from DISCORD_CLIENT_ID while no gateway says who the bot is")
    }

    @Test func `a client id that is none makes no link`() {
        var (facts, settings) = (Instance.facts(), Self.settings)
        facts.gateways = []
        settings.clientID = "1&scope=admin"
        #expect(SetupSteps(facts, settings).invite == nil)
    }
}
