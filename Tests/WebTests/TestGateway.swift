import Base
import EventLoop
import EventModels
import HTTPServer
import LinkProtocol
import WebSocketTransport
import WebSocketWire

/// The gateway's side of the link on a real socket, without a Discord: `LinkHub`, and events when a test says so.
actor TestGateway {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private(set) var statuses: [Bool] = []
    private(set) var goodbyes = 0
    /// Links that ended without goodbye and without a close frame.
    private(set) var deaths = 0
    /// Replicas' names by link, publisher changes and resyncs, in order.
    private(set) var publishers: [LinkID?] = []
    private(set) var resyncs = 0
    private(set) var made: [EventID] = []
    /// Commands that came.
    private(set) var asked = 0
    /// What is answered; nil: nothing.
    private var answer: @Sendable (LinkCommand.Request) -> LinkResult.Outcome? = { _ in nil }
    private var hub = LinkHub(gateway: "test")
    private var sockets: [LinkID: WebSocketConnection] = [:]
    private var names: [LinkID: String] = [:]
    private var links: UInt64 = 0
    private var sequence: UInt64 = 0
    private let server: HTTPServer
    private(set) var port = 0

    init(loop: EventLoop) {
        self.loop = loop
        let holder = Locked<TestGateway?>(nil)
        server = HTTPServer(
            loop: loop,
            routes: [
                .get("/link") { request, _ in
                    webSocketResponse(to: request, subprotocol: LinkMessage.subprotocol) { socket in
                        holder.withLock { $0 }?.assumeIsolated { $0.opened(socket) }
                    }
                }
            ]
        )
        holder.withLock { $0 = self }
    }

    func start() async throws {
        port = try await server.start(host: "127.0.0.1", port: 0)
        perform(hub.addShard(PublisherMachine(shard: .only), epoch: 5, now: loop.now))
        tick()
    }

    func stop() async { await server.stop(drain: .zero) }

    private func tick() {
        perform(hub.tick(now: loop.now))
        loop.schedule(after: .milliseconds(50)) { [weak self] in self?.assumeIsolated { $0.tick() } }
    }

    private func opened(_ socket: WebSocketConnection) {
        links += 1
        let link = LinkID(links)
        sockets[link] = socket
        socket.delegate = Peer(link: link, gateway: self)
        hub.opened(link, now: loop.now)
    }

    fileprivate func received(_ message: WebSocketMessage, from link: LinkID) {
        guard case .text(let bytes) = message, let decoded = try? LinkMessage(decoding: bytes) else { return }
        if case .status(let isUp, _) = decoded { statuses.append(isUp) }
        if case .goodbye = decoded { goodbyes += 1 }
        if case .hello(let hello) = decoded { names[link] = hello.name }
        perform(hub.received(decoded, from: link, now: loop.now))
    }

    fileprivate func closed(_ link: LinkID, died: Bool) {
        sockets[link] = nil
        if died { deaths += 1 }
        perform(hub.closed(link, died: died, now: loop.now))
    }

    private func perform(_ actions: [LinkHub.Action]) {
        for action in actions {
            switch action {
            case .send(let link, let message): sockets[link]?.send(text: message.encoded(ts: 0))
            case .close(let link, let code, let reason):
                sockets[link]?.close(code: code.rawValue, reason: reason)
            case .answer(let link, let command):
                asked += 1
                guard let outcome = answer(command.request) else { break }
                sockets[link]?.send(
                    text: LinkMessage.result(LinkResult(id: command.id, outcome)).encoded(ts: 0)
                )
            case .resync: resyncs += 1
            case .quarantined, .superseded: break
            }
        }
        let publisher = hub.publisher(of: .only)?.publisher
        if publisher != publishers.last ?? nil { publishers.append(publisher) }
    }

    // MARK: For tests

    /// Dispatches of one event each.
    func make(_ count: Int, payloadBytes: Int = 20) {
        for _ in 0..<count {
            let event = StreamEvent(
                id: EventID(epoch: 5, sequence: sequence, ordinal: 0),
                kind: .reactionAdded,
                guild: Snowflake(1),
                ts: 1,
                payload: Array("{\"x\":\"\(String(repeating: "x", count: payloadBytes))\"}".utf8)
            )
            sequence += 1
            let frame = EventFrame(shard: .only, prev: made.last, events: [event])
            made.append(event.id)
            perform(hub.append(frame, now: loop.now))
        }
    }

    func answers(_ answer: @escaping @Sendable (LinkCommand.Request) -> LinkResult.Outcome?) {
        self.answer = answer
    }

    var unacked: Int { hub.publisher(of: .only)?.unackedFrames.count ?? 0 }
    var linked: Int { hub.linkedCount }
    var publisherName: String? { (hub.publisher(of: .only)?.publisher).flatMap { names[$0] } }

    /// Every connection breaks, as a network's end breaks it.
    func cutAll() { for socket in sockets.values { socket.abort() } }

    private final class Peer: WebSocketDelegate {
        let link: LinkID
        let gateway: TestGateway

        init(link: LinkID, gateway: TestGateway) {
            self.link = link
            self.gateway = gateway
        }

        func webSocket(_ socket: WebSocketConnection, received message: WebSocketMessage) {
            gateway.assumeIsolated { $0.received(message, from: link) }
        }

        func webSocketClosed(_ socket: WebSocketConnection, code: UInt16?, reason: String) {
            gateway.assumeIsolated { $0.closed(link, died: code == nil) }
        }
    }
}
