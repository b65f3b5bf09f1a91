import Base
import EventLoop
import HTTPServer
import HTTPWire
import TestSupport
import Testing
import WebSocketTransport
import WebSocketWire

@Suite struct HandshakeRefusalTests {
    private func failure(_ body: () async throws -> WebSocketConnection) async -> WebSocketClientError? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? WebSocketClientError
        }
    }

    @Test func `a refusal carries status and body`() async throws {
        let fixture = try await WebSocketFixture()
        guard
            case .refused(let status, let headers, let body) = await failure({
                try await fixture.connect(SocketRecorder(), path: "/no")
            })
        else {
            Issue.record("401 must refuse")
            return
        }
        #expect(status == 401 && headers["content-type"] == "application/problem+json")
        #expect(String(decoding: body, as: UTF8.self).contains("no token"))
    }

    @Test
    func
        `a subprotocol that is not offered is refused by the server, one that is not answered by the client`()
        async throws
    {
        let strict = try await WebSocketFixture(subprotocol: "a")
        guard
            case .refused(400, _, _) = await failure({
                try await strict.connect(SocketRecorder(), subprotocol: "b")
            })
        else {
            Issue.record("the server must refuse")
            return
        }
        let lax = try await WebSocketFixture()
        guard
            case .badHandshake = await failure({ try await lax.connect(SocketRecorder(), subprotocol: "b") })
        else {
            Issue.record("the client must refuse")
            return
        }
    }

    @Test func `plain requests are told which protocol is spoken here`() async throws {
        let fixture = try await WebSocketFixture()
        let table: [(String, String)] = [
            ("GET /ws HTTP/1.1\r\nHost: a\r\n\r\n", "426"),
            (handshake.replacing("Version: 13", with: "Version: 8"), "426"),
            (handshake.replacing("Key: dGhl", with: "Key: hl"), "400"),
            (handshake.replacing("Upgrade: WebSocket", with: "Upgrade: h2c"), "426"),
            (handshake.replacing("HTTP/1.1", with: "HTTP/1.0"), "426"),
        ]
        for (text, status) in table {
            let (recorder, write) = try await fixture.raw()
            write(Array(text.utf8))
            try await eventually("an answer") { !recorder.record.received.isEmpty }
            let answer = String(decoding: recorder.record.received, as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(text)")
        }
    }

    @Test func `whoever waits for a connection that fails goes on where it was`() async throws {
        actor Waiter {
            nonisolated let loop: EventLoop
            nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
            init(loop: EventLoop) { self.loop = loop }

            func connect(_ url: String, _ delegate: any WebSocketDelegate) async -> Bool {
                do {
                    _ = try await WebSocketClient.connect(url: url, loop: loop, delegate: delegate)
                    return false
                } catch {
                    preconditionIsolated()
                    return true
                }
            }
        }
        let (loop, other) = (try EventLoop(name: "test-ws"), try EventLoop(name: "test-waiter"))
        defer { for loop in [loop, other] { loop.stop() } }
        for waiter in [Waiter(loop: loop), Waiter(loop: other)] {
            #expect(await waiter.connect("ws://127.0.0.1:1/", SocketRecorder()))
        }
    }

    @Test func `nobody there, silence, nonsense and a broken address are told apart`() async throws {
        let loop = try EventLoop(name: "test-ws")
        defer { loop.stop() }
        let answers = Locked<[UInt8]>([])
        let held = Locked<[TCPStream]>([])
        let peer = ByteStreamRecorder { stream, _ in stream.write(answers.withLock { $0 }) }
        let port = try await value(on: loop) {
            let listener = try? Listener(host: "127.0.0.1", port: 0, on: loop) { stream in
                stream.delegate = peer
                held.withLock { $0.append(stream) }
            }
            return (listener?.port ?? 0, listener)
        }
        @Sendable func connect(_ url: String, timeout: Duration = .seconds(10)) async throws
            -> WebSocketConnection
        {
            try await WebSocketClient.connect(
                url: url,
                loop: loop,
                timeout: timeout,
                delegate: SocketRecorder()
            )
        }
        let url = "ws://127.0.0.1:\(port.0)/"
        guard case .timedOut = await failure({ try await connect(url, timeout: .milliseconds(30)) }) else {
            Issue.record("silence must time out")
            return
        }
        for nonsense in [
            "SSH-2.0-x\r\n", "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        ] {
            answers.withLock { $0 = Array(nonsense.utf8) }
            guard case .badHandshake = await failure({ try await connect(url) }) else {
                Issue.record("nonsense must be refused")
                return
            }
        }
        let task = Task { try await connect(url) }
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        loop.execute { port.1?.close() }
        guard case .badURL = await failure({ try await connect("http://a/") }) else {
            Issue.record("an address of another scheme must be refused")
            return
        }
        try await eventually("nobody there") {
            if case .connectionFailed = await failure({ try await connect(url) }) { true } else { false }
        }
    }

    @Test func `addresses are taken apart`() {
        let table: [(String, host: String, port: Int, target: String, authority: String)] = [
            ("ws://a", "a", 80, "/", "a"), ("WSS://a.b/c?d=e", "a.b", 443, "/c?d=e", "a.b"),
            ("ws://a:8080?x", "a", 8080, "/?x", "a:8080"), ("wss://[::1]:9/", "::1", 9, "/", "[::1]:9"),
            ("ws://a:80/", "a", 80, "/", "a"),
        ]
        for row in table {
            let url = WebSocketURL(row.0)
            #expect(url?.host == row.host && url?.port == row.port, "\(row.0)")
            #expect(url?.target == row.target && url?.authority == row.authority, "\(row.0)")
        }
        for bad in [
            "", "ws:", "ws://", "ws:///", "http://a", "ws://a:0", "ws://a:65536", "ws://a:x", "ws://u@a",
            "ws://a/#b",
            "ws://a/ b", "ws://[::1", "ws://[]", "ws://a:+1", "ws://é",
        ] { #expect(WebSocketURL(bad) == nil, "\(bad)") }
    }
}

/// A client that lives on the connection's loop, as services are.
private actor LoopClient {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private var hasReturned = false
    private let early = Locked(0)

    init(loop: EventLoop) { self.loop = loop }

    /// How many messages came before `connect` had returned, and all of them.
    func run(port: Int) async throws -> (early: Int, recorder: SocketRecorder) {
        let recorder = SocketRecorder { _, _ in
            if self.assumeIsolated({ !$0.hasReturned }) { self.early.withLock { $0 += 1 } }
        }
        _ = try await WebSocketClient.connect(url: "ws://127.0.0.1:\(port)/", loop: loop, delegate: recorder)
        hasReturned = true
        try await recorder.closed()
        return (early.withLock { $0 }, recorder)
    }
}

@Suite struct HandshakeOrderTests {
    @Test func `a server that speaks and leaves at once is heard whole, and not before connect returned`()
        async throws
    {
        let loop = try EventLoop(name: "test-ws")
        defer { loop.stop() }
        let peer = ByteStreamRecorder { stream, bytes in
            var parser = RequestParser()
            parser.append(bytes)
            guard case .head(let head) = try? parser.next(), let key = head.headers["sec-websocket-key"]
            else { return }
            let accept = WebSocketHandshake.accept(forKey: key)
            let headers: HTTPHeaders = [
                "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept,
            ]
            let hello = WebSocketFrameWriter.frame(.text, Array("hello".utf8), mask: nil)
            stream.write(HeadWriter.response(status: 101, headers: headers) + hello + hello)
            stream.closeAfterFlush()
        }
        let listener = try await value(on: loop) {
            try? Listener(host: "127.0.0.1", port: 0, on: loop) { $0.delegate = peer }
        }
        let result = try await LoopClient(loop: loop).run(port: try #require(listener).port)
        #expect(result.early == 0 && result.recorder.texts == ["hello", "hello"])
        #expect(result.recorder.record.closed[0].code == nil)
        loop.execute { listener?.close() }
    }
}
