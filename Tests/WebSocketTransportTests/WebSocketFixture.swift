import Base
import EventLoop
import HTTPServer
import HTTPWire
import TestSupport
import WebSocketTransport
import WebSocketWire

/// Keeps what a connection told; may answer from within.
final class SocketRecorder: WebSocketDelegate {
    struct Record: Sendable {
        var messages: [WebSocketMessage] = []
        var drained = 0
        var closed: [(code: UInt16?, reason: String)] = []
        var callsAfterClose = 0
    }

    private let state = Locked(Record())
    private let onMessage: @Sendable (WebSocketConnection, WebSocketMessage) -> Void

    init(onMessage: @escaping @Sendable (WebSocketConnection, WebSocketMessage) -> Void = { _, _ in }) {
        self.onMessage = onMessage
    }

    var record: Record { state.withLock { $0 } }
    var texts: [String] {
        record.messages.map {
            if case .text(let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { "-" }
        }
    }

    private func note(_ change: (inout Record) -> Void) {
        state.withLock { record in
            if !record.closed.isEmpty { record.callsAfterClose += 1 }
            change(&record)
        }
    }

    func webSocket(_ socket: WebSocketConnection, received message: WebSocketMessage) {
        note { $0.messages.append(message) }
        onMessage(socket, message)
    }

    func webSocketDrained(_ socket: WebSocketConnection) { note { $0.drained += 1 } }

    func webSocketClosed(_ socket: WebSocketConnection, code: UInt16?, reason: String) {
        note { $0.closed.append((code, reason)) }
    }

    @discardableResult
    func closed() async throws -> (code: UInt16?, reason: String) {
        try await eventually("the close") { !record.closed.isEmpty }
        return record.closed[0]
    }
}

/// A server whose `/ws` hands its connections to a recorder.
final class WebSocketFixture: Sendable {
    let loop: EventLoop
    let server: HTTPServer
    let port: Int
    let atServer: SocketRecorder
    let sockets = Locked<[WebSocketConnection]>([])

    init(
        limits: WebSocketLimits = .standard,
        subprotocol: String? = nil,
        atServer: SocketRecorder = SocketRecorder { socket, message in
            switch message {
            case .text(let bytes): socket.send(text: bytes)
            case .binary(let bytes): socket.send(binary: bytes)
            }
        }
    ) async throws {
        loop = try EventLoop(name: "test-ws")
        self.atServer = atServer
        let sockets = sockets
        let route = Route.get("/ws") { request, _ in
            webSocketResponse(to: request, subprotocol: subprotocol, limits: limits) { socket in
                socket.delegate = atServer
                sockets.withLock { $0.append(socket) }
            }
        }
        let teapot = Route.get("/no") { _, _ in .problem(status: 401, detail: "no token") }
        server = HTTPServer(loop: loop, routes: [route, teapot])
        port = try await server.start(host: "127.0.0.1", port: 0)
    }

    deinit { loop.stop() }

    func connect(
        _ recorder: SocketRecorder,
        path: String = "/ws",
        subprotocol: String? = nil,
        limits: WebSocketLimits = .standard
    ) async throws -> WebSocketConnection {
        try await WebSocketClient.connect(
            url: "ws://127.0.0.1:\(port)\(path)",
            subprotocol: subprotocol,
            loop: loop,
            limits: limits,
            delegate: recorder
        )
    }

    func onLoop(_ body: @escaping @Sendable () -> Void) { loop.execute(body) }

    /// The server's end of the connection opened last.
    func serverSocket() async throws -> WebSocketConnection {
        try await eventually("a connection at the server") { sockets.withLock { !$0.isEmpty } }
        return sockets.withLock { $0[$0.count - 1] }
    }

    /// A bare stream, so that a test can say what no proper client would.
    func raw() async throws -> (recorder: ByteStreamRecorder, write: @Sendable ([UInt8]) -> Void) {
        let recorder = ByteStreamRecorder()
        let stream = Locked<TCPStream?>(nil)
        let loop = loop, port = port
        loop.execute {
            let made = TCPStream.connect(host: "127.0.0.1", port: port, on: loop, delegate: recorder)
            stream.withLock { $0 = made }
        }
        try await eventually("a connection") { recorder.record.connected == 1 }
        return (recorder, { bytes in loop.execute { stream.withLock { $0 }?.write(bytes) } })
    }
}

let handshake = """
    GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n
    """

/// Where the answer's head ends.
func afterHead(_ bytes: [UInt8]) -> [UInt8]? {
    var parser = ResponseParser()
    parser.append(bytes)
    guard case .upgraded = try? parser.next() else { return nil }
    return parser.takeUnread()
}
