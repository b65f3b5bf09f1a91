import Base
import EventBus
import EventModels
import RedisClient
import Telemetry
import TestSupport
import Testing
import Web

/// What Redis does to the link, with a real Redis: whatever it is, every event is in the log once, in order, and is
/// acknowledged only then (specs/link.md, "What the replica does").
@Suite struct LinkSendAgainTests {
    /// Breaks Redis in one way, has 20 events made meanwhile, and mends it.
    private func outage(
        _ arguments: [String] = [],
        tellsStatus: Bool = true,
        breakIt: (RedisClient, LinkedStack) async throws -> Void,
        mendIt: (RedisClient, LinkedStack) async throws -> Void
    ) async throws {
        try await withLinkedStack(arguments) { stack async throws in
            let replica = try await stack.replica("one")
            try await stack.run([replica]) {
                await stack.gateway.make(10)
                try await stack.settle("what was made before")
                try await stack.withClient { client async throws in
                    try await breakIt(client, stack)
                    await stack.gateway.make(20)
                    if tellsStatus {
                        try await eventually("the gateway to be told") {
                            await stack.gateway.statuses.last == false
                        }
                        #expect(await stack.gateway.unacked > 0)
                    }
                    try await mendIt(client, stack)
                }
                await stack.gateway.make(5)
                try await stack.settle("all of it")
                #expect(stack.heard.ids == (await stack.gateway.made))
                #expect(stack.heard.gaps == 0)
                let log = try await replica.bus.read(.only, after: nil, limit: 1000).map(\.id)
                #expect(log == (await stack.gateway.made))
                if tellsStatus {
                    try await eventually("the gateway to be told again") {
                        await stack.gateway.statuses.last == true
                    }
                }
            }
        }
    }

    @Test func `scripts that Redis forgot go along again`() async throws {
        try await outage(tellsStatus: false) { client, _ in
            _ = try await client.send(["SCRIPT", "FLUSH"])
        } mendIt: { _, _ in
        }
    }

    @Test func `a Redis that became a replica takes nothing until it is one no more`() async throws {
        try await outage { client, _ in
            _ = try await client.send(["REPLICAOF", "127.0.0.1", String(try freePort())])
        } mendIt: { client, _ in
            _ = try await client.send(["REPLICAOF", "NO", "ONE"])
        }
    }

    @Test func `a Redis that cannot save takes nothing until it can`() async throws {
        var folder = ""
        let arguments = ["--appendonly", "no", "--save", "3600 1", "--enable-protected-configs", "yes"]
        try await outage(arguments) { client, _ in
            folder = try await client.send(["CONFIG", "GET", "dir"]).array?[1].string ?? ""
            // Nobody can make a file there.
            _ = try await client.send(["CONFIG", "SET", "dir", "/proc"])
            _ = try await client.send(["BGSAVE"])
            try await eventually("the failure to save") {
                try await client.send(["INFO", "persistence"]).string?.contains("bgsave_status:err") == true
            }
        } mendIt: { client, _ in
            _ = try await client.send(["CONFIG", "SET", "dir", folder])
            _ = try await client.send(["BGSAVE"])
        }
    }

    @Test func `a Redis that loads its data is waited for`() async throws {
        let arguments = [
            "--enable-debug-command", "yes", "--key-load-delay", "3000",
            "--loading-process-events-interval-bytes", "1024",
        ]
        try await withLinkedStack(arguments) { stack async throws in
            let replica = try await stack.replica("one")
            try await stack.run([replica]) {
                await stack.gateway.make(10)
                try await stack.settle("what was made before")
                try await stack.withClient { client async throws in
                    let filler: [RedisCommand] = (0..<500).map {
                        ["SET", "filler\($0)", String(repeating: "x", count: 100)]
                    }
                    _ = try await client.pipeline(filler)
                    async let reloaded = client.send(["DEBUG", "RELOAD"])
                    try await eventually("an append that is refused for it") {
                        await stack.gateway.make(1)
                        return replica.metrics.failed.value > 0
                    }
                    #expect(try await reloaded == .status("OK"))
                }
                try await stack.settle("all of it")
                #expect(stack.heard.ids == (await stack.gateway.made))
            }
        }
    }

    @Test func `a Redis that is full half-way keeps whole frames, and takes the rest when there is room`()
        async throws
    {
        try await outage { client, stack in
            let used = try await client.send(["INFO", "memory"]).string?.split(separator: "\r\n")
                .first { $0.hasPrefix("used_memory:") }.flatMap { Int($0.dropFirst(12)) }
            _ = try await client.send(["CONFIG", "SET", "maxmemory", String(try #require(used) + (1 << 20))])
            await stack.gateway.make(200, payloadBytes: 15_000)
            try await eventually("the first that does not fit") { await stack.gateway.statuses.last == false }
            let held = stack.heard.ids.count
            #expect(held > 10 && held < 210, "\(held) fitted in")
        } mendIt: { client, _ in
            _ = try await client.send(["CONFIG", "SET", "maxmemory", "0"])
        }
    }

    @Test func `a Redis that dies is taken up where it was left`() async throws {
        try await outage { _, stack in
            try await stack.redis.crash()
        } mendIt: { _, stack in
            try await stack.redis.start()
        }
    }

    @Test func `a Redis that came back older is mended, though nothing new happens`() async throws {
        try await withLinkedStack(["--appendonly", "no"]) { stack async throws in
            let replica = try await stack.replica("one")
            try await stack.run([replica]) {
                await stack.gateway.make(10)
                try await stack.settle("what was made before")
                try await stack.withClient { client async throws in _ = try await client.send(["SAVE"]) }
                await stack.gateway.make(7)
                try await stack.settle("what will be lost")
                try await stack.redis.crash()
                try await stack.redis.start()
                try await eventually("the log to be whole again") {
                    let log = try? await replica.bus.read(.only, after: nil, limit: 1000).map(\.id)
                    return await log == stack.gateway.made
                }
                try await stack.settle("the acknowledgement")
                await stack.gateway.make(1)
                try await stack.settle("what comes after")
                #expect(stack.heard.ids == (await stack.gateway.made), "no viewer sees anything of it")
                #expect(stack.heard.gaps == 0)
                #expect(await stack.gateway.resyncs == 0, "the tail reached back")
            }
        }
    }

    @Test func `a Redis that came back empty is another bus, and gets all that is held`() async throws {
        try await withLinkedStack { stack async throws in
            let replica = try await stack.replica("one")
            try await stack.run([replica]) {
                await stack.gateway.make(10)
                try await stack.settle("what was made before")
                try await stack.redis.loseEverything()
                try await stack.redis.start()
                try await eventually("the log to be whole again") {
                    let log = try? await replica.bus.read(.only, after: nil, limit: 1000).map(\.id)
                    return await log == stack.gateway.made
                }
                await stack.gateway.make(1)
                try await stack.settle("what comes after")
                #expect(stack.heard.ids == (await stack.gateway.made))
            }
        }
    }
}
