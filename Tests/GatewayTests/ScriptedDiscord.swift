import Base
import EventLoop
import HTTPServer
import JSON
import WebSocketTransport
import WebSocketWire

/// Discord as far as these tests need it: one session whose dispatches are a list, replayed on RESUME.
actor ScriptedDiscord {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private var dispatches: [(name: String, data: String)] = []
    private var sockets: [WebSocketConnection] = []
    private var server: HTTPServer?
    private(set) var port = 0
    /// What clients sent and how they left: `identify`, `resume 7`, `close 4000`.
    private(set) var heard: [String] = []

    init(loop: EventLoop) { self.loop = loop }

    func start() async throws {
        let routes: [Route] = [
            Route(method: "GET", pattern: "/api/gateway/bot") { [self] _, _ in
                let port = assumeIsolated { $0.port }
                return .json(Array(#"{"url":"ws://127.0.0.1:\#(port)","shards":1}"#.utf8))
            },
            Route(method: "GET", pattern: "/") { request, _ in
                webSocketResponse(to: request) { socket in self.assumeIsolated { $0.opened(socket) } }
            },
        ]
        let server = HTTPServer(loop: loop, routes: routes)
        port = try await server.start(host: "127.0.0.1", port: 0)
        self.server = server
    }

    func stop() async {
        for socket in sockets { socket.abort() }
        await server?.stop(drain: .zero)
    }

    /// Something happens: goes to whoever is connected and stays for a RESUME.
    func dispatch(_ name: String, _ data: String) {
        dispatches.append((name, data))
        for socket in sockets { send(dispatches.count, to: socket) }
    }

    /// As it is, to whoever is connected.
    func say(_ text: String) { for socket in sockets { socket.send(text: text) } }

    private func send(_ sequence: Int, to socket: WebSocketConnection) {
        let (name, data) = dispatches[sequence - 1]
        socket.send(text: #"{"op":0,"s":\#(sequence),"t":"\#(name)","d":\#(data)}"#)
    }

    private func opened(_ socket: WebSocketConnection) {
        socket.delegate = Client(discord: self)
        socket.send(text: #"{"op":10,"d":{"heartbeat_interval":40000}}"#)
    }

    fileprivate func received(_ bytes: [UInt8], from socket: WebSocketConnection) {
        guard let payload = try? JSONDocument(parsing: bytes).root else { return }
        switch payload["op"]?.int {
        case 2:
            heard.append("identify")
            sockets.append(socket)
            let resume = "ws://127.0.0.1:\(port)"
            dispatch(
                "READY",
                #"{"session_id":"s1","resume_gateway_url":"\#(resume)","guilds":[{"id":"800"}]}"#
            )
        case 6:
            let sequence = payload["d"]?["seq"]?.int ?? 0
            heard.append("resume \(sequence)")
            sockets.append(socket)
            for missed in dispatches.indices.map({ $0 + 1 }) where missed > sequence {
                send(missed, to: socket)
            }
            dispatches.append(("RESUMED", "{}"))
            send(dispatches.count, to: socket)
        default: break
        }
    }

    fileprivate func closed(_ socket: WebSocketConnection, code: UInt16?) {
        sockets.removeAll { $0 === socket }
        heard.append("close \(code ?? 1006)")
    }

    private final class Client: WebSocketDelegate {
        let discord: ScriptedDiscord
        init(discord: ScriptedDiscord) { self.discord = discord }

        func webSocket(_ socket: WebSocketConnection, received message: WebSocketMessage) {
            guard case .text(let bytes) = message else { return }
            discord.assumeIsolated { $0.received(bytes, from: socket) }
        }

        func webSocketClosed(_ socket: WebSocketConnection, code: UInt16?, reason: String) {
            discord.assumeIsolated { $0.closed(socket, code: code) }
        }
    }
}
