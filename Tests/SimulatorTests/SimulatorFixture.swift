import Base
import Compression
import EventLoop
import HTTPWire
import JSON
import Simulator
import Telemetry
import TestSupport
import WebSocketTransport
import WebSocketWire

/// A simulator on free ports, with the requests that tests make of it.
struct SimulatorFixture {
    let running: RunningSimulator
    let loop: EventLoop

    struct Reply {
        let status: Int
        let head: String
        let body: [UInt8]

        var json: JSONValue? { try? JSONDocument(parsing: body).root }
        var lines: [JSONValue] {
            body.split(separator: 0x0A).compactMap { try? JSONDocument(parsing: Array($0)).root }
        }
    }

    /// Runs `body` against a simulator of its own, which stops afterwards.
    static func run(
        _ change: (inout SimulatorConfig) -> Void = { _ in },
        _ body: (SimulatorFixture) async throws -> Void
    ) async throws {
        var config = SimulatorConfig()
        config.port = 0
        config.controlPort = 0
        config.rate = 0
        config.members = 60
        change(&config)
        let settings = config
        try await withEventLoop { loop in
            let running = try await RunningSimulator.start(settings, loop: loop, log: .silent)
            let outcome = await Result { () async throws in
                try await body(SimulatorFixture(running: running, loop: loop))
            }
            await running.stop()
            try outcome.get()
        }
    }

    /// One request on a connection of its own.
    func send(
        _ method: String,
        _ path: String,
        body: String = "",
        control: Bool = false,
        token: String? = "simulator-token",
        headers: [String] = []
    ) async throws -> Reply {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        if let token { text += "Authorization: Bot \(token)\r\n" }
        for header in headers { text += header + "\r\n" }
        text += "Content-Length: \(body.utf8.count)\r\n\r\n" + body
        let exchange = Exchange(Array(text.utf8))
        let port = control ? running.controlPort : running.port
        let loop = loop
        loop.execute { _ = TCPStream.connect(host: "127.0.0.1", port: port, on: loop, delegate: exchange) }
        try await eventually("the answer to \(path)") { exchange.answer != nil }
        let bytes = exchange.answer ?? []
        let end = Array("\r\n\r\n".utf8)
        let split = bytes.indices.first { bytes[$0...].starts(with: end) } ?? bytes.endIndex
        let head = String(decoding: bytes[..<split], as: UTF8.self)
        let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return Reply(status: status, head: head, body: Array(bytes[min(split + 4, bytes.count)...]))
    }

    func control(_ method: String, _ path: String, body: String = "") async throws -> Reply {
        try await send(method, path, body: body, control: true)
    }

    func connect(_ client: GatewayClient, query: String = "v=10&encoding=json") async throws {
        let connection = try await WebSocketClient.connect(
            url: "ws://127.0.0.1:\(running.port)/?\(query)",
            loop: loop,
            delegate: client
        )
        client.opened(connection)
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

/// A client of the simulated gateway that keeps what it hears.
final class GatewayClient: WebSocketDelegate {
    struct State {
        var connection: WebSocketConnection?
        var payloads: [[UInt8]] = []
        var chunks: [[UInt8]] = []
        var closed: [UInt16?] = []
    }

    private let state = Locked(State())

    var payloads: [JSONValue] {
        state.withLock { state in state.payloads.compactMap { try? JSONDocument(parsing: $0).root } }
    }
    var chunks: [[UInt8]] { state.withLock { $0.chunks } }
    var closed: [UInt16?] { state.withLock { $0.closed } }
    var names: [String] { payloads.map { $0["t"]?.string ?? "op \($0["op"]?.int ?? -1)" } }

    func opened(_ connection: WebSocketConnection) { state.withLock { $0.connection = connection } }

    func say(_ text: String) {
        guard let connection = state.withLock({ $0.connection }) else { return }
        connection.loop.execute { connection.send(text: text) }
    }

    func leave(code: UInt16) {
        guard let connection = state.withLock({ $0.connection }) else { return }
        connection.loop.execute { connection.close(code: code) }
    }

    func webSocket(_ socket: WebSocketConnection, received message: WebSocketMessage) {
        state.withLock { state in
            switch message {
            case .text(let bytes): state.payloads.append(bytes)
            case .binary(let bytes): state.chunks.append(bytes)
            }
        }
    }

    func webSocketClosed(_ socket: WebSocketConnection, code: UInt16?, reason: String) {
        state.withLock { $0.closed.append(code) }
    }
}

/// Sends its bytes once connected, and keeps what came until the end.
final class Exchange: ByteStreamDelegate {
    private let request: [UInt8]
    private let state = Locked((received: [UInt8](), ended: false))

    init(_ request: [UInt8]) { self.request = request }

    var answer: [UInt8]? { state.withLock { $0.ended ? $0.received : nil } }

    func streamConnected(_ stream: any ByteStream) { stream.write(request) }
    func stream(_ stream: any ByteStream, received bytes: [UInt8]) { state.withLock { $0.received += bytes } }
    func streamDrained(_ stream: any ByteStream) {}
    func streamClosed(_ stream: any ByteStream, reason: StreamClose) { state.withLock { $0.ended = true } }
}
