import Base
import EventLoop
import EventModels
import HTTPWire
import JSON

/// What the simulator says that it sent: `GET /control/log`.
struct SentLog {
    struct Dispatch {
        let kind: String
        /// Microseconds since 1970.
        let at: Int64
    }

    /// By Discord's sequence number; the probe follows one shard and one session.
    private(set) var dispatches: [UInt64: Dispatch] = [:]

    /// Dispatches of which each makes at least one event that everyone may see.
    static let certain: Set<String> = [
        "MESSAGE_CREATE", "MESSAGE_DELETE", "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE",
        "PRESENCE_UPDATE",
        "VOICE_STATE_UPDATE", "GUILD_MEMBER_ADD", "GUILD_MEMBER_REMOVE",
    ]

    init(_ body: [UInt8]) throws {
        for line in body.split(separator: 10) {
            let entry = try JSONDocument(parsing: Array(line)).root
            guard let s = entry["s"]?.uint64, let kind = entry["t"]?.string, let at = entry["at"]?.double
            else { continue }
            dispatches[s] = Dispatch(kind: kind, at: Int64(at * 1000))
        }
    }
}

/// One GET over a stream of its own.
actor SmallClient: ByteStreamDelegate {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    struct Failed: Error, CustomStringConvertible { let description: String }

    private var parser = ResponseParser(limits: HTTPLimits(bodyBytesMax: 1 << 30))
    private var body: [UInt8] = []
    private var request: [UInt8] = []
    private var waiting: CheckedContinuation<Result<[UInt8], any Error>, Never>?

    init(loop: EventLoop) { self.loop = loop }

    func get(host: String, port: Int, target: String) async throws -> [UInt8] {
        request = Array("GET \(target) HTTP/1.1\r\nHost: \(host):\(port)\r\nConnection: close\r\n\r\n".utf8)
        let result = await withCheckedContinuation { continuation in
            waiting = continuation
            _ = TCPStream.connect(host: host, port: port, on: loop, delegate: self)
        }
        return try result.get()
    }

    private func finish(_ result: Result<[UInt8], any Error>) {
        let waiting = self.waiting
        self.waiting = nil
        waiting?.resume(returning: result)
    }

    nonisolated func streamConnected(_ stream: any ByteStream) {
        assumeIsolated { stream.write($0.request) }
    }

    nonisolated func stream(_ stream: any ByteStream, received bytes: [UInt8]) {
        assumeIsolated { client in
            client.parser.append(bytes)
            client.drain(ended: false)
        }
    }

    nonisolated func streamDrained(_ stream: any ByteStream) {}

    nonisolated func streamClosed(_ stream: any ByteStream, reason: StreamClose) {
        assumeIsolated { client in
            client.drain(ended: true)
            client.finish(.failure(Failed(description: "the connection ended early: \(reason)")))
        }
    }

    private func drain(ended: Bool) {
        do {
            while let event = try parser.next() { take(event) }
            if ended, let event = try parser.finish() { take(event) }
        } catch { finish(.failure(error)) }
    }

    private func take(_ event: ResponseParser.Event) {
        switch event {
        case .head(let head):
            if head.status != 200 { finish(.failure(Failed(description: "status \(head.status)"))) }
        case .body(let bytes): body += bytes
        case .end: finish(.success(body))
        default: break
        }
    }
}
