import Base
import EventLoop

/// One viewer, as an EventSource is one: comes again with the last id it was told, after the time it was told, and gives
/// up for good on an answer that is no event stream.
final class Viewer: ByteStreamDelegate {
    private struct Connection {
        var stream: TCPStream?
        var reader = StreamReader()
        var lastEventID: [UInt8] = []
        var retryMilliseconds = 1_000
        var isOver = false
    }

    private let number: Int
    private let group: ViewerGroup
    private let host: String
    private let port: Int
    private let audience: Audience
    private let connection = Locked(Connection())

    init(number: Int, group: ViewerGroup, host: String, port: Int, audience: Audience) {
        self.number = number
        self.group = group
        self.host = host
        self.port = port
        self.audience = audience
    }

    func connect() {
        let stream = TCPStream.connect(host: host, port: port, on: audience.loop, delegate: self)
        connection.withLock {
            $0.stream = stream
            $0.reader = StreamReader()
            $0.isOver = false
        }
    }

    func close() { connection.withLock { $0.stream }?.close() }

    func streamConnected(_ stream: any ByteStream) {
        var request = "GET \(group.target) HTTP/1.1\r\nHost: \(host):\(port)\r\nAccept: text/event-stream\r\n"
        if let cookie = group.cookie { request += "Cookie: \(cookie)\r\n" }
        let last = String(decoding: connection.withLock { $0.lastEventID }, as: UTF8.self)
        if !last.isEmpty { request += "Last-Event-ID: \(last)\r\n" }
        stream.write(Array("\(request)\r\n".utf8))
        audience.connected(number, after: last)
    }

    func stream(_ stream: any ByteStream, received bytes: [UInt8]) {
        var blocks: [StreamReader.Block] = []
        var isOver = false
        let refusedStatus = connection.withLock { connection in
            do {
                try connection.reader.read(bytes) { block in
                    if let retry = block.retryMilliseconds { connection.retryMilliseconds = retry }
                    if let id = block.idText { connection.lastEventID = Array(id) }
                    blocks.append(block)
                }
            } catch { isOver = true }
            isOver = isOver || connection.reader.isEnded
            return connection.reader.refusedStatus
        }
        audience.took(blocks, viewer: number)
        if let refusedStatus {
            end { audience.gaveUp(number, status: refusedStatus) }
            stream.close()
        } else if isOver {
            comeAgain()
            stream.close()
        }
    }

    func streamDrained(_ stream: any ByteStream) {}

    func streamClosed(_ stream: any ByteStream, reason: StreamClose) { comeAgain() }

    private func comeAgain() {
        end { audience.ended(number, retryMilliseconds: connection.withLock { $0.retryMilliseconds }) }
    }

    /// Does it once for each connection.
    private func end(_ body: () -> Void) {
        let isFirst = connection.withLock { connection in
            defer { connection.isOver = true }
            return !connection.isOver
        }
        if isFirst { body() }
    }
}
