import Base
import EventLoop
import HTTPServer
import HTTPWire
import TestSupport
import Testing

@Suite struct HTTPServerTests {
    @Test func `keep-alive and pipelined requests are answered in order, slow ones first if they came first`()
        async throws
    {
        let gate = Gate()
        let fixture = try await ServerFixture([
            .get("/slow") { _, _ in
                await gate.wait()
                return .text("slow")
            }
        ])
        let client = try await fixture.connect()
        client.send(
            request("/hello") + request("/slow")
                + request("/echo", method: "POST", "Content-Length: 2", body: "ab")
                + request("/nothing") + request("/echo", method: "PUT", "Content-Length: 1", body: "x")
        )
        #expect(try await client.replies(1).map(\.body) == ["hello"])
        gate.open()
        let replies = try await client.replies(5)
        #expect(replies.map(\.status) == [200, 200, 200, 404, 405])
        #expect(replies.prefix(3).map(\.body) == ["hello", "slow", "ab"])
        #expect(
            replies[4].headers["allow"] == "POST"
                && replies[3].headers["content-type"] == "application/problem+json"
        )
        #expect(
            replies[0].headers["date"]?.hasSuffix("GMT") == true && replies[0].headers["connection"] == nil
        )
        client.send(request("/hello", "Connection: close"))
        try await client.closed()
        #expect(try client.replies().last?.headers["connection"] == "close")
        let expected = [
            "GET /hello 200", "GET /slow 200", "POST /echo 200", "GET - 404", "PUT - 405", "GET /hello 200",
        ]
        #expect(fixture.log.all == expected)
        try await eventually("an empty server") { await fixture.server.openConnections == 0 }
    }

    @Test func `a head alone has the length but not the body`() async throws {
        let fixture = try await ServerFixture()
        let client = try await fixture.connect()
        client.send(request("/hello", method: "HEAD") + request("/hello", method: "OPTIONS"))
        let replies = try await client.replies(2, methods: ["HEAD"])
        #expect(
            replies[0].status == 200 && replies[0].headers["content-length"] == "5" && replies[0].body == ""
        )
        #expect(replies[1].status == 405 && replies[1].headers["allow"] == "GET, HEAD")
    }

    @Test func `what is ambiguous is answered once and the connection closed`() async throws {
        let fixture = try await ServerFixture()
        let table: [(String, Int)] = [
            (request("/hello", "X : y"), 400), ("GET / HTTP/1.1\r\n\r\n", 400),
            (request("/../etc/passwd"), 400),
            (request("/%2e%2e/etc/passwd"), 400), (request("/" + String(repeating: "a", count: 9000)), 414),
            (request("/hello", "X: " + String(repeating: "a", count: 9000)), 431),
            (request("/echo", method: "POST", "Content-Length: 99999999"), 413),
            (request("/echo", method: "POST", "Content-Length: 1", "Transfer-Encoding: chunked"), 400),
            (request("/hello", "Expect: magic"), 417), ("GET / HTTP/3.0\r\n\r\n", 505),
            ("\u{16}\u{3}\u{1}\u{2}\u{0}\n", 400),
        ]
        for (text, status) in table {
            let replies = try await fixture.exchange(text + request("/hello"))
            #expect(replies.map(\.status) == [status], "\(text.prefix(60))")
            #expect(replies.first?.headers["connection"] == "close")
        }
    }

    @Test func `a refused upload can still read its answer`() async throws {
        let fixture = try await ServerFixture()
        let client = try await fixture.connect()
        client.send(request("/echo", method: "POST", "Content-Length: 8000000"))
        client.send(String(repeating: "x", count: 4_000_000))
        try await client.closed()
        #expect(try client.replies().map(\.status) == [413])
        #expect(client.recorder.record.closed == [.endOfStream])
    }

    @Test func `a client that waits for 100 gets it, and one that does not, does not`() async throws {
        let fixture = try await ServerFixture()
        let client = try await fixture.connect()
        client.send(request("/echo", method: "POST", "Content-Length: 2", "Expect: 100-continue"))
        try await eventually("100") { client.text == "HTTP/1.1 100 Continue\r\n\r\n" }
        client.send("ab")
        #expect(try await client.replies(1).map(\.body) == ["ab"])
        let eager = try await fixture.connect()
        eager.send(request("/echo", method: "POST", "Content-Length: 2", "Expect: 100-continue", body: "cd"))
        #expect(try await eager.replies(1).map(\.body) == ["cd"])
        #expect(!eager.text.contains("100 Continue"))
    }

    @Test func `chunked bodies arrive whole`() async throws {
        let fixture = try await ServerFixture()
        let client = try await fixture.connect()
        client.send(request("/echo", method: "POST", "Transfer-Encoding: chunked"))
        for piece in ["3\r\nab", "c\r\n", "2;x=y\r\nde\r\n0", "\r\nT: u\r\n\r\n"] { client.send(piece) }
        #expect(try await client.replies(1).map(\.body) == ["abcde"])
    }

    @Test func `slow bodies, slow handlers and idle connections are cut off`() async throws {
        var limits = HTTPServerLimits.standard
        limits.bodyTimeout = .milliseconds(60)
        limits.idleTimeout = .milliseconds(60)
        limits.handlerTimeout = .milliseconds(60)
        let cancelled = Locked(false)
        let fixture = try await ServerFixture(
            limits: limits,
            [
                .get("/never") { _, _ in
                    while !Task.isCancelled { await Task.yield() }
                    cancelled.withLock { $0 = true }
                    return .text("too late")
                }
            ]
        )
        let body = request("/echo", method: "POST", "Content-Length: 5", body: "abc")
        #expect(try await fixture.exchange(body).map(\.status) == [408])
        #expect(try await fixture.exchange(request("/hello")).map(\.status) == [200])
        #expect(try await fixture.exchange(request("/never")).map(\.status) == [503])
        try await eventually("the handler's end") { cancelled.withLock { $0 } }
        let timeouts = fixture.log.all.filter { $0.hasPrefix("timeout") }
        #expect(timeouts == ["body", "idle", "handler"].map { "timeout \($0)" })
    }

    @Test func `a slow head is told so, a client that never asked is not`() async throws {
        var limits = HTTPServerLimits.standard
        limits.headTimeout = .seconds(1)
        let fixture = try await ServerFixture(limits: limits)
        async let silent = fixture.exchange("")
        async let slow = fixture.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n")
        #expect(try await silent.isEmpty)
        #expect(try await slow.map(\.status) == [408])
        #expect(fixture.log.all == ["timeout head", "timeout head"])
    }

    @Test func `a reader that takes nothing is cut off, one that is slow is served`() async throws {
        var limits = HTTPServerLimits.standard
        limits.writeTimeout = .milliseconds(500)
        let big = [UInt8](repeating: 0x61, count: 32 << 20)
        let fixture = try await ServerFixture(
            limits: limits,
            [Route(method: "GET", pattern: "/big", immediate: { _, _ in HTTPResponse(body: .bytes(big)) })]
        )
        let stuck = try await fixture.connect()
        stuck.pause()
        stuck.send(request("/big"))
        try await eventually("the time-out") { fixture.log.all.contains("timeout write") }
        let fine = try await fixture.connect()
        fine.send(request("/big") + request("/hello", "Connection: close"))
        try await fine.closed()
        #expect(try fine.replies().map(\.body.utf8.count) == [32 << 20, 5])
    }

    @Test func `a flood of pipelined requests waits for its reader and is answered to the last`() async throws
    {
        let block = [UInt8](repeating: 0x62, count: 20_000)
        let handled = Locked(0)
        let fixture = try await ServerFixture([
            Route(method: "GET", pattern: "/block") { _, _ in
                handled.withLock { $0 += 1 }
                return HTTPResponse(body: .bytes(block))
            }
        ])
        let client = try await fixture.connect()
        client.pause()
        client.send(
            String(repeating: request("/block"), count: 2_999) + request("/block", "Connection: close")
        )
        try await eventually("the first") { handled.withLock { $0 } > 0 }
        client.resume()
        try await client.closed()
        #expect(handled.withLock { $0 } == 3_000)
        #expect(client.recorder.record.received.count { $0 == 0x62 } == 3_000 * block.count)
    }

    @Test func `one connection too many is told so`() async throws {
        var limits = HTTPServerLimits.standard
        limits.connectionsMax = 1
        limits.patience = .seconds(3_600)
        let fixture = try await ServerFixture(limits: limits)
        let first = try await fixture.connect()
        first.send(request("/hello"))
        _ = try await first.replies(1)
        let refused = try await fixture.exchange(request("/hello"))
        #expect(refused.map(\.status) == [503] && refused.first?.headers["retry-after"] == "1")
        first.close()
        try await eventually("room") { await fixture.server.openConnections == 0 }
        let next = try await fixture.connect()
        next.send(request("/hello"))
        #expect(try await next.replies(1).map(\.status) == [200])
    }

    @Test func `where there is no room, who has been waited for longest goes, and nobody who waits for us`()
        async throws
    {
        var limits = HTTPServerLimits.standard
        limits.connectionsMax = 3
        limits.patience = .zero
        let gate = Gate()
        let fixture = try await ServerFixture(
            limits: limits,
            [
                .get("/slow") { _, _ in
                    await gate.wait()
                    return .text("slow")
                }
            ]
        )
        let asking = try await fixture.connect()
        asking.send(request("/slow"))
        try await eventually("the handler") { gate.isAwaited }
        let half = try await fixture.connect()
        half.send("GET /hello HTTP/1.1\r\n")
        let idle = try await fixture.connect()
        idle.send(request("/hello"))
        _ = try await idle.replies(1)
        for (newcomer, leaving) in [(try await fixture.connect(), half), (try await fixture.connect(), idle)]
        {
            newcomer.send(request("/hello"))
            #expect(try await newcomer.replies(1).map(\.status) == [200])
            try await leaving.closed()
        }
        gate.open()
        #expect(try await asking.replies(1).map(\.body) == ["slow"])
        #expect(fixture.log.all.filter { $0.hasPrefix("timeout") } == ["timeout crowded", "timeout crowded"])
    }

    @Test func `stopping lets a request under way finish and closes idle connections`() async throws {
        let gate = Gate()
        let fixture = try await ServerFixture([
            .get("/slow") { _, _ in
                await gate.wait()
                return .text("done")
            }
        ])
        let idle = try await fixture.connect()
        let busy = try await fixture.connect()
        busy.send(request("/slow"))
        try await eventually("the handler") { gate.isAwaited }
        async let stopped: Void = fixture.server.stop(drain: .seconds(20))
        try await idle.closed()
        gate.open()
        await stopped
        try await busy.closed()
        let reply = try #require(try busy.replies().first)
        #expect(reply.body == "done" && reply.headers["connection"] == "close")
    }

    @Test func `stopping cuts what does not finish in time`() async throws {
        let fixture = try await ServerFixture([
            .get("/never") { _, _ in
                while !Task.isCancelled { await Task.yield() }
                return .text("")
            }
        ])
        let client = try await fixture.connect()
        client.send(request("/never"))
        try await eventually("a connection") { await fixture.server.openConnections == 1 }
        await fixture.server.stop(drain: .milliseconds(50))
        try await client.closed()
    }

    @Test func `a client that goes away cancels its handler`() async throws {
        let cancelled = Locked(false)
        let began = Locked(false)
        let fixture = try await ServerFixture([
            .get("/never") { _, _ in
                began.withLock { $0 = true }
                while !Task.isCancelled { await Task.yield() }
                cancelled.withLock { $0 = true }
                return .text("")
            }
        ])
        let client = try await fixture.connect()
        // Closing with an answer unread resets the connection; a client that only hangs up may still be listening.
        client.pause()
        client.send(request("/hello") + request("/never"))
        try await eventually("the handler") { began.withLock { $0 } }
        client.close()
        try await eventually("the cancellation") { cancelled.withLock { $0 } }
    }

    @Test func `a client that has ended its side gets every answer, then the connection closes`() async throws
    {
        let gate = Gate()
        let fixture = try await ServerFixture([
            .get("/slow") { _, _ in
                await gate.wait()
                return .text(Task.isCancelled ? "cancelled" : "slow")
            }
        ])
        let client = HalfClosingClient(port: fixture.port)
        client.send(request("/hello") + request("/slow") + request("/hello") + request("/hel"))
        client.endInput()
        try await eventually("the handler") { gate.isAwaited }
        gate.open()
        let text = try await client.everything()
        let statuses = text.matches(of: /HTTP\/1.1 (\d+)/).map { String($0.1) }
        #expect(statuses == ["200", "200", "200", "404"])
        #expect(text.contains("\r\n\r\nslow"))
        try await eventually("an empty server") { await fixture.server.openConnections == 0 }
    }

    @Test func `half a request and the end of input is a bad request, no request at all is nothing`()
        async throws
    {
        let fixture = try await ServerFixture()
        let table = [
            ("", ""), ("GET /hello HTTP/1.1\r\nHost", "400"),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na", "400"),
        ]
        for (sent, status) in table {
            let client = HalfClosingClient(port: fixture.port)
            client.send(sent)
            client.endInput()
            let text = try await client.everything()
            #expect(text.dropFirst(9).prefix(3) == status, "\(sent)")
        }
    }
}

/// Holds handlers until it is opened.
final class Gate: Sendable {
    private let state = Locked((isOpen: false, waiting: [CheckedContinuation<Void, Never>]()))

    var isAwaited: Bool { state.withLock { !$0.waiting.isEmpty } }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
