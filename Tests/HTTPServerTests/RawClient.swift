import Base
import EventLoop
import HTTPServer
import HTTPWire
import TestSupport
import Testing

/// A server on its own loop and port, and clients that send it bytes as they please.
final class ServerFixture: Sendable {
    let loop: EventLoop
    let server: HTTPServer
    let port: Int
    let log: ObserverLog

    init(
        limits: HTTPServerLimits = .standard,
        _ routes: [Route] = []
    ) async throws {
        loop = try EventLoop(name: "test-http")
        log = ObserverLog()
        let echo = Route.post("/echo") { request, _ in .text(String(decoding: request.body, as: UTF8.self)) }
        let hello = Route(method: "GET", pattern: "/hello") { _, _ in .text("hello") }
        server = HTTPServer(loop: loop, limits: limits, routes: routes + [echo, hello], observer: log)
        port = try await server.start(host: "127.0.0.1", port: 0)
    }

    deinit { loop.stop() }

    func connect() async throws -> RawClient {
        let client = RawClient(loop: loop)
        client.connect(port: port)
        try await eventually("a connection") { client.recorder.record.connected == 1 }
        return client
    }

    /// Sends the text on a new connection, as soon as there is one, and waits until the server has closed it.
    func exchange(_ text: String) async throws -> [Reply] {
        let client = RawClient(loop: loop, first: text)
        client.connect(port: port)
        try await client.closed()
        return try client.replies()
    }
}

struct Reply: Equatable {
    let status: Int
    let headers: HTTPHeaders
    let bytes: [UInt8]
    var body: String { String(decoding: bytes, as: UTF8.self) }
}

final class RawClient: ByteStreamDelegate {
    let recorder = ByteStreamRecorder()
    private let loop: EventLoop
    private let first: String
    private let stream = Locked<TCPStream?>(nil)

    /// `first` goes out in the turn in which the connection is there.
    init(loop: EventLoop, first: String = "") {
        self.loop = loop
        self.first = first
    }

    func streamConnected(_ stream: any ByteStream) {
        stream.write(Array(first.utf8))
        recorder.streamConnected(stream)
    }
    func stream(_ stream: any ByteStream, received bytes: [UInt8]) {
        recorder.stream(stream, received: bytes)
    }
    func streamDrained(_ stream: any ByteStream) { recorder.streamDrained(stream) }
    func streamClosed(_ stream: any ByteStream, reason: StreamClose) {
        recorder.streamClosed(stream, reason: reason)
    }

    func connect(port: Int) {
        loop.execute { [self] in
            let stream = TCPStream.connect(host: "127.0.0.1", port: port, on: loop, delegate: self)
            self.stream.withLock { $0 = stream }
        }
    }

    private func withStream(_ body: @escaping @Sendable (TCPStream) -> Void) {
        loop.execute { [self] in
            if let stream = stream.withLock({ $0 }) { body(stream) }
        }
    }

    func send(_ text: String) { withStream { $0.write(Array(text.utf8)) } }
    func close() { withStream { $0.close() } }
    func pause() { withStream { $0.pauseReading() } }
    func resume() { withStream { $0.resumeReading() } }

    var text: String { String(decoding: recorder.record.received, as: UTF8.self) }

    func closed() async throws {
        try await eventually("the server's close") { !recorder.record.closed.isEmpty }
    }

    /// Waits for that many responses.
    func replies(_ count: Int, methods: [String] = []) async throws -> [Reply] {
        try await eventually("\(count) responses") { try replies(methods: methods).count >= count }
        return try replies(methods: methods)
    }

    /// The whole responses received so far.
    func replies(methods: [String] = []) throws -> [Reply] {
        var rest = recorder.record.received
        var replies: [Reply] = []
        while !rest.isEmpty {
            let method = replies.count < methods.count ? methods[replies.count] : "GET"
            var parser = ResponseParser(method: method, limits: HTTPLimits(bodyBytesMax: 64 << 20))
            parser.append(rest)
            var head: HTTPResponseHead?
            var body: [UInt8] = []
            reading: while let event = try parser.next() {
                switch event {
                case .interim: continue
                case .head(let found): head = found
                case .body(let piece): body += piece
                case .upgraded(let found):
                    head = found
                    break reading
                case .end: break reading
                }
            }
            let after = parser.takeUnread()
            guard let head, after.count < rest.count else { break }
            if let length = head.headers["content-length"], method != "HEAD", head.status != 304 {
                guard Int(length) == body.count else { break }
            }
            replies.append(
                Reply(status: head.status, headers: head.headers, bytes: body)
            )
            rest = after
        }
        return replies
    }
}

/// What the server told its observer.
final class ObserverLog: HTTPServerObserver {
    private let lines = Locked<[String]>([])
    var all: [String] { lines.withLock { $0 } }

    private func add(_ line: String) { lines.withLock { $0.append(line) } }

    func requestFinished(route: String?, method: String, status: Int, duration: Duration) {
        add("\(method) \(route ?? "-") \(status)")
    }
    func requestRefused(_ error: HTTPWireError) { add("refused \(error.rawValue)") }
    func connectionRefused() { add("full") }
    func connectionTimedOut(_ timeout: HTTPTimeout) { add("timeout \(timeout.rawValue)") }
}

func request(_ target: String, method: String = "GET", _ lines: String..., body: String = "") -> String {
    "\(method) \(target) HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n" + body
}
