import Base
import EventModels
import HTTPClient
import JSON
import LinkProtocol
import Simulator
import TestSupport
import Testing

/// Application commands, interactions and roles all the way, with the simulated Discord's own rules.
@Suite struct InteractionWayTests {
    private struct Scene {
        let world: LinkedWorld
        let caller: Caller
        let guild: Guild

        func control(_ method: String, _ path: String, _ body: String = "") async throws -> JSONValue {
            let call = HTTPCall(
                method,
                "http://127.0.0.1:\(world.controlPort)\(path)",
                body: body.isEmpty ? nil : Array(body.utf8)
            )
            return try JSONDocument(parsing: await URLSessionHTTPClient().send(call).body).root
        }

        /// Methods and paths of what Discord was asked.
        func asked(_ part: String) async throws -> [String] {
            let call = HTTPCall("GET", "http://127.0.0.1:\(world.controlPort)/control/rest?limit=10000")
            let lines = try await URLSessionHTTPClient().send(call).body.split(separator: 0x0A)
            return try lines.compactMap { line in
                let root = try JSONDocument(parsing: Array(line)).root
                let text = "\(root["method"]?.string ?? "") \(root["path"]?.string ?? "")"
                return text.contains(part) ? text : nil
            }
        }

        func answer(_ deed: LinkOrder.Deed, _ key: String, deadline: Int = 15_000) async throws
            -> LinkResult.Outcome
        {
            let order = LinkOrder(deed, guild: guild.id, key: key, deadline: deadline)
            let id = await caller.ask(.order(order))
            try await eventually("an answer to \(key)") { await caller.results[id] != nil }
            return try #require(await caller.results[id])
        }

        func register(_ key: String) async throws -> LinkResult.Outcome {
            let commands = Array(#"[{"name":"rank","description":"Your rank"}]"#.utf8)
            return try await answer(.registerCommands(isGlobal: false, commands: commands), key)
        }

        /// Somebody uses the command; its id.
        func use() async throws -> Snowflake {
            let user = try #require(guild.members.values.last?.id)
            let channel = try #require(guild.textChannels.first)
            let made = try await control(
                "POST",
                "/control/interaction",
                #"{"channel":"\#(channel)","user":"\#(user)","command":"rank"}"#
            )
            return try #require(made["id"]?.snowflake, "\(String(decoding: made.raw, as: UTF8.self))")
        }

        func state(of id: Snowflake) async throws -> (state: String?, callback: Int?, after: Double?) {
            let list = try await control("GET", "/control/interactions").array ?? nil
            let held = list?.first { $0["id"]?.snowflake == id }
            return (held?["state"]?.string, held?["callback"]?.int, held?["after_ms"]?.double)
        }
    }

    private static func run(_ body: @escaping (Scene) async throws -> Void) async throws {
        try await LinkedWorld.run(churn: 0) { world in
            let caller = Caller(loop: world.loop)
            try await caller.link(port: world.port)
            try await eventually("the guild") { world.heard.events.contains { $0.kind == .guildSynced } }
            try await body(Scene(world: world, caller: caller, guild: try #require(world.given.guilds.first)))
        }
    }

    private static func text(_ outcome: LinkResult.Outcome) -> String {
        switch outcome {
        case .value(let value): String(decoding: value, as: UTF8.self)
        case .failed(let failure): "\(failure)"
        case .member: "member"
        }
    }

    @Test func `the same commands registered twice are one overwrite`() async throws {
        try await Self.run { scene in
            let (first, second) = (try await scene.register("a"), try await scene.register("b"))
            #expect(Self.text(first) == #"{"changed":true,"count":1}"#)
            #expect(Self.text(second) == #"{"changed":false,"count":1}"#)
            let puts = try await scene.asked("PUT")
            #expect(puts.count == 1)
        }
    }

    @Test func `a command that no worker answers is deferred in time, and answered late`() async throws {
        try await Self.run { scene in
            _ = try await scene.register("a")
            let id = try await scene.use()
            try await eventually("the deferral") { try await scene.state(of: id).state == "acknowledged" }
            let held = try await scene.state(of: id)
            #expect(held.callback == 5 && (held.after ?? 9999) < 3000, "\(held)")
            let event = scene.world.heard.events.last { $0.kind == .interactionReceived }
            #expect(event?.payload?["interactionId"]?.snowflake == id)
            let response = Array(#"{"type":4,"data":{"content":"late"}}"#.utf8)
            let late = Self.text(try await scene.answer(.answer(id, response: response), "late"))
            #expect(late.hasPrefix(#"{"as":"edit""#), "\(late)")
        }
    }

    @Test func `a worker that answers in time is the first`() async throws {
        try await Self.run { scene in
            _ = try await scene.register("a")
            let id = try await scene.use()
            try await eventually("the event") {
                scene.world.heard.events.contains { $0.kind == .interactionReceived }
            }
            let response = Array(#"{"type":4,"data":{"content":"first"}}"#.utf8)
            let first = Self.text(try await scene.answer(.answer(id, response: response), "first"))
            #expect(first == #"{"as":"callback"}"#)
            let held = try await scene.state(of: id)
            #expect(held.callback == 4)
            let more = Array(#"{"content":"more"}"#.utf8)
            let second = Self.text(try await scene.answer(.followUp(id, message: more), "second"))
            #expect(second.hasPrefix(#"{"as":"followup","messageId""#), "\(second)")
        }
    }

    @Test func `a role waits until the member has passed the screening`() async throws {
        try await Self.run { scene in
            let role = try #require(scene.guild.roles.ids.first { $0 != scene.guild.id })
            let user = try #require(scene.guild.members.values.last { !$0.roles.contains(role) }?.id)
            func screen(_ pending: Bool) async throws {
                let d = #"{"guild_id":"\#(scene.guild.id)","user":{"id":"\#(user)"},"pending":\#(pending)}"#
                _ = try await scene.control(
                    "POST",
                    "/control/dispatch",
                    #"{"t":"GUILD_MEMBER_UPDATE","d":\#(d)}"#
                )
            }
            func isTold(_ pending: Bool) -> Bool {
                scene.world.heard.events.contains {
                    $0.kind == .memberUpdated && $0.payload?["userId"]?.snowflake == user
                        && $0.payload?["pending"]?.bool == pending
                }
            }
            try await screen(true)
            try await eventually("the screening") { isTold(true) }
            let order = LinkOrder(
                .addRole(user: user, role: role, reason: "test"),
                guild: scene.guild.id,
                key: "role",
                deadline: 60_000
            )
            let id = await scene.caller.ask(.order(order))
            // Behind it in the same line, and answered.
            _ = try await scene.register("behind")
            #expect(await scene.caller.results[id] == nil)
            let before = try await scene.asked("/roles/")
            #expect(before.isEmpty)
            try await screen(false)
            try await eventually("the role") { await scene.caller.results[id] != nil }
            let outcome = try #require(await scene.caller.results[id])
            #expect(outcome == .value(Array("{}".utf8)), "\(Self.text(outcome))")
            let after = try await scene.asked("/roles/")
            #expect(after.count == 1)
        }
    }
}
