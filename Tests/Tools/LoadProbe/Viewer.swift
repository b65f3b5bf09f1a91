import Base
import EventLoop
import EventModels

/// All viewers and their record, on one loop.
actor Audience {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private(set) var record: Record
    private var viewers: [Viewer] = []
    private var closing = false

    init(loop: EventLoop, viewers count: Int) {
        self.loop = loop
        record = Record(viewers: count, start: WallClock.unixMicroseconds())
    }

    func open(_ addresses: [(host: String, port: Int)], viewers count: Int) {
        viewers = (0..<count).map { number in
            let (host, port) = addresses[number % addresses.count]
            return Viewer(number: number, host: host, port: port, audience: self)
        }
        for viewer in viewers { viewer.connect(after: nil) }
    }

    func close() {
        closing = true
        for viewer in viewers { viewer.close() }
    }

    nonisolated func took(_ blocks: [StreamReader.Block], viewer: Int) {
        let time = WallClock.unixMicroseconds()
        assumeIsolated { audience in
            for block in blocks { audience.record.took(block, viewer: viewer, at: time) }
        }
    }

    nonisolated func ended(_ number: Int, retryMilliseconds: Int) {
        assumeIsolated { audience in
            guard !audience.closing else { return }
            audience.record.reconnected()
            audience.loop.schedule(after: .milliseconds(retryMilliseconds)) {
                self.assumeIsolated { $0.viewers[number].connect(after: $0.record.lastID(of: number)) }
            }
        }
    }
}

/// One event stream.
final class Viewer: ByteStreamDelegate {
    private struct Connection {
        var stream: TCPStream?
        var reader = StreamReader()
        var lastEventID: EventID?
        var retryMilliseconds = 1_000
    }

    private let number: Int
    private let host: String
    private let port: Int
    private let audience: Audience
    private let connection = Locked(Connection())

    init(number: Int, host: String, port: Int, audience: Audience) {
        self.number = number
        self.host = host
        self.port = port
        self.audience = audience
    }

    func connect(after id: EventID?) {
        let stream = TCPStream.connect(host: host, port: port, on: audience.loop, delegate: self)
        connection.withLock { $0 = Connection(stream: stream, lastEventID: id) }
    }

    func close() { connection.withLock { $0.stream }?.close() }

    func streamConnected(_ stream: any ByteStream) {
        var request = "GET /api/stream HTTP/1.1\r\nHost: \(host):\(port)\r\nAccept: text/event-stream\r\n"
        if let id = connection.withLock({ $0.lastEventID }) { request += "Last-Event-ID: \(id)\r\n" }
        stream.write(Array("\(request)\r\n".utf8))
    }

    func stream(_ stream: any ByteStream, received bytes: [UInt8]) {
        let blocks = connection.withLock { connection in
            var blocks: [StreamReader.Block] = []
            connection.reader.read(bytes) { block in
                if let retry = block.retryMilliseconds { connection.retryMilliseconds = retry }
                blocks.append(block)
            }
            return blocks
        }
        audience.took(blocks, viewer: number)
    }

    func streamDrained(_ stream: any ByteStream) {}

    func streamClosed(_ stream: any ByteStream, reason: StreamClose) {
        audience.ended(number, retryMilliseconds: connection.withLock { $0.retryMilliseconds })
    }
}
