import Base
import EventBus
import EventLoop
import EventModels
import LinkProtocol
import RedisClient
import Telemetry
import TestSupport
import Testing
import Web
import WebSocketTransport
import WebSocketWire

/// Replicas come, go and fail with a real Redis behind them; the log has every event once and in order.
@Suite struct LinkFailOverTests {
    @Test func `a replica that is stopped hands over without a repeat`() async throws {
        try await withLinkedStack { stack async throws in
            let (one, two) = (try await stack.replica("one"), try await stack.replica("two"))
            try await eventually("both links") { await stack.gateway.linked == 2 }
            try await stack.run([one, two]) {
                for turn in 0..<40 {
                    await stack.gateway.make(5)
                    if turn == 20 { await one.receiver.stop() }
                    try await eventually("some of it") { await stack.gateway.unacked < 100 }
                }
                try await stack.settle("all of it")
                #expect(await stack.gateway.publisherName == "two")
                #expect(stack.heard.ids == (await stack.gateway.made))
                #expect(one.metrics.appended.value + two.metrics.appended.value == 200, "each event once")
                #expect(two.metrics.refused.value == 0, "nothing that the bus had to refuse")
                #expect(await stack.gateway.linked == 1)
            }
        }
    }

    @Test func `a replica that is stopped while Redis hangs is no death`() async throws {
        try await withLinkedStack { stack async throws in
            let one = try await stack.replica("one", drainMax: .milliseconds(200))
            try await eventually("the link") { await stack.gateway.linked == 1 }
            stack.redis.pause()
            await stack.gateway.make(1)
            try await eventually("the append to begin") { await one.receiver.isAppending }
            await one.receiver.stop()
            try await eventually("the end") { await stack.gateway.linked == 0 }
            #expect(await stack.gateway.goodbyes == 1)
            #expect(await stack.gateway.deaths == 0)
            stack.redis.resume()
            await one.bus.close()
        }
    }

    @Test func `connections that break under load lose and repeat nothing`() async throws {
        try await withLinkedStack { stack async throws in
            let (one, two) = (try await stack.replica("one"), try await stack.replica("two"))
            try await stack.run([one, two]) {
                for _ in 0..<5 {
                    await stack.gateway.make(50)
                    await stack.gateway.cutAll()
                    await stack.gateway.make(50)
                    try await stack.settle("what was made")
                }
                #expect(stack.heard.ids == (await stack.gateway.made))
                #expect(stack.heard.gaps == 0)
            }
        }
    }

    @Test func `Redis being down moves no publisher`() async throws {
        try await withLinkedStack { stack async throws in
            let (one, two) = (try await stack.replica("one"), try await stack.replica("two"))
            try await eventually("both links") { await stack.gateway.linked == 2 }
            try await stack.run([one, two]) {
                await stack.gateway.make(10)
                try await stack.settle("what was made before")
                try await stack.redis.crash()
                await stack.gateway.make(10)
                try await eventually("both to say so") {
                    await stack.gateway.statuses.filter { !$0 }.count == 2
                }
                #expect(await stack.gateway.publishers.count == 1, "the first has published all the time")
                #expect(await stack.gateway.publisherName == "one")
                try await stack.redis.start()
                await stack.gateway.make(10)
                try await stack.settle("all of it")
                try await eventually("both to say that it is back") {
                    await stack.gateway.statuses.filter { $0 }.count == 2
                }
                #expect(stack.heard.ids == (await stack.gateway.made))
            }
        }
    }

    @Test func `a publisher that may not write gives way to one that may, and stays behind it`() async throws
    {
        try await withLinkedStack { stack async throws in
            try await stack.withClient { client async throws in
                _ = try await client.send(["ACL", "SETUSER", "ana", "on", ">pw", "~*", "&*", "+@all"])
                let (one, two) = (
                    try await stack.replica("one", url: "redis://ana:pw@127.0.0.1:\(stack.redis.port)"),
                    try await stack.replica("two")
                )
                try await eventually("both links") { await stack.gateway.linked == 2 }
                try await stack.run([two, one]) {
                    await stack.gateway.make(10)
                    try await stack.settle("what was made before")
                    #expect(await stack.gateway.publisherName == "one")
                    _ = try await client.send(["ACL", "SETUSER", "ana", "-xadd"])
                    await stack.gateway.make(10)
                    try await stack.settle("what the other appended")
                    #expect(await stack.gateway.publisherName == "two")
                    #expect(two.metrics.appended.value == 10)
                    _ = try await client.send(["ACL", "SETUSER", "ana", "+xadd"])
                    try await eventually("the first to be well again") {
                        await stack.gateway.statuses.last == true
                    }
                    await stack.gateway.make(10)
                    try await stack.settle("all of it")
                    #expect(await stack.gateway.publisherName == "two")
                    #expect(stack.heard.ids == (await stack.gateway.made))
                }
            }
        }
    }

    @Test func `a replica of another version is refused by its number and the others go on`() async throws {
        try await withLinkedStack { stack async throws in
            let one = try await stack.replica("one")
            try await stack.run([one]) {
                let newer = Newcomer()
                let socket = try await WebSocketClient.connect(
                    url: "ws://127.0.0.1:\(await stack.gateway.port)/link",
                    subprotocol: LinkMessage.subprotocol,
                    loop: stack.loop,
                    delegate: newer
                )
                let hello = #"{"type":"hello","data":{"version":2,"buses":[],"tops":7},"ts":1}"#
                stack.loop.execute { socket.send(text: hello) }
                try await eventually("the refusal") { newer.code == LinkCloseCode.version.rawValue }
                await stack.gateway.make(10)
                try await stack.settle("what was made")
                #expect(stack.heard.ids == (await stack.gateway.made))
            }
        }
    }

    private final class Newcomer: WebSocketDelegate {
        private let closed = Locked<UInt16?>(nil)
        var code: UInt16? { closed.withLock { $0 } }
        func webSocket(_ socket: WebSocketConnection, received message: WebSocketMessage) {}
        func webSocketClosed(_ socket: WebSocketConnection, code: UInt16?, reason: String) {
            closed.withLock { $0 = code }
        }
    }
}
