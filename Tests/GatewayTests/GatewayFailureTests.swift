import Base
import EventModels
import Gateway
import Glibc
import HTTPClient
import TestSupport
import Testing

/// The whole gateway with a disk that fails, a twin on the same host, sessions that are lost, and folds that crash.
@Suite struct GatewayFailureTests {
    private struct Full: Error {}

    /// A disk that takes nothing while it is full.
    private func hooks(
        _ isFull: Locked<Bool>,
        pendingBytesMax: Int = ShardLimits().pendingBytesMax
    ) -> GatewayHooks {
        var hooks = GatewayHooks()
        hooks.limits.pendingBytesMax = pendingBytesMax
        hooks.beforeWrite = { _ in if isFull.withLock({ $0 }) { throw Full() } }
        return hooks
    }

    private func voice(_ user: Int, _ channel: Int?) -> String { FoldFixture.voice(user, channel: channel) }

    @Test func `a full disk: nothing leaves, past the bound Discord waits, then all of it comes`()
        async throws
    {
        let isFull = Locked(false)
        let hooks = hooks(isFull, pendingBytesMax: 2048)
        try await withGatewayWorld { world in
            try await world.withGateway(hooks: hooks) { port in
                try await world.replica.link(port: port)
                try await eventually("a session") { await world.discord.heard == ["identify"] }
                await world.discord.dispatch("GUILD_CREATE", FoldFixture.guildCreate())
                try await world.count(2)
                isFull.withLock { $0 = true }
                await world.discord.dispatch("VOICE_STATE_UPDATE", voice(100, 2))
                try await eventually("the log to say so") { world.hasLogged("the journal cannot be written") }
                #expect(await world.replica.log.count == 2)
                for user in 101..<130 { await world.discord.dispatch("VOICE_STATE_UPDATE", voice(user, 2)) }
                try await eventually("Discord to be let go") {
                    await world.discord.heard.last == "close 4000"
                }
                #expect(await world.replica.log.count == 2)
                isFull.withLock { $0 = false }
                try await world.count(32)
                try await eventually("a resume") {
                    await world.discord.heard.last?.hasPrefix("resume") == true
                }
            }
            let ids = await world.replica.log.map(\.id)
            #expect(ids == ids.sorted() && Set(ids).count == 32)
            #expect(await world.discord.heard.filter { $0 == "identify" }.count == 1)
        }
    }

    @Test func `what reaches the disk in the last moment is sent by the next gateway`() async throws {
        let isFull = Locked(false)
        let hooks = hooks(isFull)
        try await withGatewayWorld { world in
            try await world.withGateway(hooks: hooks) { port in
                try await world.replica.link(port: port)
                try await eventually("a session") { await world.discord.heard == ["identify"] }
                await world.discord.dispatch("GUILD_CREATE", FoldFixture.guildCreate())
                try await world.count(2)
                await world.replica.unlink()
                isFull.withLock { $0 = true }
                for user in 101...103 { await world.discord.dispatch("VOICE_STATE_UPDATE", voice(user, 2)) }
                try await eventually("the log to say so") { world.hasLogged("the journal cannot be written") }
                // Until the next try there is a second: what writes is the end.
                isFull.withLock { $0 = false }
            }
            try await world.withGateway { port in
                try await world.replica.link(port: port)
                try await eventually("a resume") { await world.discord.heard.last == "resume 5" }
                try await world.count(5)
            }
            let last = await world.replica.log.suffix(3)
            #expect(last.map(\.kind) == [.voiceJoined, .voiceJoined, .voiceJoined])
        }
    }

    @Test func `a session that cannot be counted on disk is not asked for`() async throws {
        let isFull = Locked(true)
        let hooks = hooks(isFull)
        try await withGatewayWorld { world in
            try await world.withGateway(hooks: hooks) { _ in
                try await eventually("the log to say so") {
                    world.hasLogged("a new session cannot be counted on disk")
                }
                #expect(await !world.discord.heard.contains("identify"))
                isFull.withLock { $0 = false }
                try await eventually("a session") { await world.discord.heard.last == "identify" }
            }
        }
    }

    @Test func `a second gateway on one host waits, and takes over when the first ends`() async throws {
        try await withGatewayWorld { world in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (ends, end) = AsyncStream<Void>.makeStream()
                group.addTask { try await world.withGateway { _ in for await _ in ends {} } }
                try await eventually("a session") { await world.discord.heard == ["identify"] }
                try await world.withGateway { _ in
                    try await eventually("the log to say so") {
                        world.hasLogged("process \(getpid()) on this host runs shard 0/1 already")
                    }
                    #expect(await world.discord.heard == ["identify"])
                    end.finish()
                    try await eventually("the other to go on") {
                        await world.discord.heard == ["identify", "close 4000", "resume 1"]
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `sessions lost again and again are asked for more and more slowly`() async throws {
        try await withGatewayWorld { world in
            for _ in 0..<4 {
                let before = await world.discord.heard.count { $0 == "identify" }
                try await world.withGateway { _ in
                    try await eventually("a session") {
                        await world.discord.heard.count { $0 == "identify" } > before
                    }
                }
                for name in Folder(path: world.folder + "/shard-0-1").names() {
                    Folder(path: world.folder + "/shard-0-1").remove(name)
                }
            }
            try await world.withGateway { _ in
                try await eventually("the log to say so") {
                    world.hasLogged("4 new sessions were asked for in 24 h")
                }
            }
            #expect(await world.discord.heard.count { $0 == "identify" } == 4)
        }
    }

    @Test
    func `what is not understood is written down, what is no JSON ends the connection, both are counted`()
        async throws
    {
        let folder = "/tmp/gateway-tests-aside-\(getpid())"
        try await withGatewayWorld(folder: folder) { world in
            try await world.withGateway { port in
                try await world.replica.link(port: port)
                try await eventually("a session") { await world.discord.heard == ["identify"] }
                await world.discord.dispatch("GUILD_CREATE", FoldFixture.guildCreate())
                await world.discord.dispatch("VOICE_STATE_UPDATE", #"{"guild_id":"800","user_id":"12"}"#)
                await world.discord.say(#"{"op":5}"#)
                await world.discord.say(#"{"op":"#)
                try await eventually("a resume") {
                    await world.discord.heard == ["identify", "close 4000", "resume 3"]
                }
                await world.discord.dispatch("VOICE_STATE_UPDATE", voice(12, 3))
                try await world.count(3)
                let client = URLSessionHTTPClient()
                defer { client.close() }
                let reply = try await client.send(
                    HTTPCall("GET", "http://127.0.0.1:\(port)/metrics")
                )
                let text = String(decoding: reply.body, as: UTF8.self)
                for line in [
                    #"guildwire_gateway_dispatches_aside_total{type="VOICE_STATE_UPDATE"} 1"#,
                    "guildwire_gateway_bad_payloads_total 1", "guildwire_gateway_unknown_payloads_total 1",
                ] { #expect(text.contains(line), "\(line)") }
            }
            let kept = try AtomicFile(path: folder + "/shard-0-1/aside.ndjson").read() ?? []
            let line = String(decoding: kept, as: UTF8.self)
            #expect(line.contains(#""field":"channel_id","d":{"guild_id":"800","user_id":"12"}}"#))
        }
    }

    /// Runs a gateway that is killed when it is about to fold the third dispatch.
    private static func runDoomed(folder: String) async throws {
        var hooks = GatewayHooks()
        hooks.willFold = { if $0.sequence == 3 { kill(getpid(), SIGKILL) } }
        let doomed = hooks
        try await withGatewayWorld(folder: folder) { world in
            try await world.withGateway(hooks: doomed) { port in
                try await world.replica.link(port: port)
                try await eventually("a session") { await world.discord.heard == ["identify"] }
                await world.discord.dispatch("GUILD_CREATE", FoldFixture.guildCreate())
                await world.discord.dispatch("VOICE_STATE_UPDATE", FoldFixture.voice(12, channel: 2))
                try await eventually("the end") { false }
            }
        }
    }

    @Test func `a dispatch that ends the process twice is passed over, and the shard goes on`() async throws {
        let folder = "/tmp/gateway-tests-doomed-\(getpid())"
        // While it is folded for the first time, then when the journal is folded.
        for _ in 0..<2 {
            await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
                try await Self.runDoomed(folder: folder)
            }
        }
        try await withGatewayWorld(folder: folder) { world in
            for name in ["READY", "GUILD_CREATE", "VOICE_STATE_UPDATE"] {
                await world.discord.dispatch(name, "{}")
            }
            try await world.withGateway { port in
                try await world.replica.link(port: port)
                try await eventually("a resume") { await world.discord.heard == ["resume 3"] }
                #expect(world.hasLogged("a dispatch ended the process twice"))
                await world.discord.dispatch("VOICE_STATE_UPDATE", voice(12, 3))
                try await world.count(3)
            }
            #expect(await world.replica.log.map(\.name) == ["guild.synced", "voice.joined", "voice.joined"])
            #expect(await world.replica.log.last?.id.sequence == 5)
        }
    }
}
