internal import Base
internal import Compression
internal import DiscordProtocol
internal import EventLoop
internal import HTTPClient
internal import HTTPWire
internal import WebSocketTransport
internal import WebSocketWire

/// One socket to Discord's gateway: inflates what comes and hands it to its shard, sends what the shard says.
actor DiscordConnection: WebSocketBatchDelegate {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// Tells the shard's connections apart; what an old one still says is not heard.
    nonisolated let number: Int
    private unowned let shard: Shard
    private let compression: GatewayCompression
    private var zlib: ZlibInflater?
    private var zstd: ZstdDecompressor?
    private var socket: WebSocketConnection?
    private var isAbandoned = false

    /// A message of Discord, inflated; a guild with all its members is some MiB.
    static let messageBytesMax = 64 << 20

    /// Inflated messages that are handed on together; the last may be larger.
    private static let togetherBytesMax = 1 << 20

    init(number: Int, shard: Shard, compression: GatewayCompression, loop: EventLoop) {
        self.number = number
        self.shard = shard
        self.compression = compression
        self.loop = loop
    }

    /// Connects and shakes hands. Discord's first message may reach the shard before this returns.
    func open(_ url: String) async throws {
        switch compression {
        case .zlibStream: zlib = try ZlibInflater()
        case .zstdStream: zstd = try ZstdDecompressor()
        case .none: break
        }
        var limits = WebSocketLimits()
        limits.messageBytesMax = Self.messageBytesMax
        // Discord's heartbeats find a dead peer.
        limits.pingInterval = .seconds(3600)
        let socket = try await WebSocketClient.connect(
            url: url,
            headers: ["User-Agent": URLSessionHTTPClient.defaultUserAgent],
            loop: loop,
            limits: limits,
            timeout: .seconds(15),
            delegate: self
        )
        guard !isAbandoned else { return socket.abort() }
        self.socket = socket
    }

    // MARK: For the shard, on the loop

    nonisolated func send(_ command: GatewayCommand) {
        assumeIsolated { connection in _ = connection.socket?.send(text: command.encoded()) }
    }

    /// The shard hears no more of this connection.
    nonisolated func close(code: UInt16) {
        assumeIsolated { connection in
            connection.isAbandoned = true
            connection.socket?.close(code: code)
        }
    }

    // MARK: The socket's calls

    nonisolated func webSocket(_ socket: WebSocketConnection, received messages: [WebSocketMessage]) {
        assumeIsolated { $0.received(messages, socket) }
    }

    nonisolated func webSocketClosed(_ socket: WebSocketConnection, code: UInt16?, reason: String) {
        assumeIsolated { connection in
            guard !connection.isAbandoned else { return }
            connection.isAbandoned = true
            connection.shard.closed(by: connection.number, code: code == 1005 ? nil : code, reason: reason)
        }
    }

    private func received(_ messages: [WebSocketMessage], _ socket: WebSocketConnection) {
        guard !isAbandoned else { return }
        self.socket = socket
        var texts = InflatedTexts()
        // As Discord shrinks them, about.
        let growth = compression == .none ? 1 : 8
        texts.bytes.reserveCapacity(
            min(Self.togetherBytesMax, growth * messages.reduce(0) { $0 + $1.bytes.count })
        )
        do {
            for message in messages {
                try inflate(message, into: &texts)
                guard texts.bytes.count > Self.togetherBytesMax else { continue }
                shard.received(texts, from: number)
                if isAbandoned { return }
                texts = InflatedTexts()
            }
            shard.received(texts, from: number)
        } catch {
            shard.received(texts, from: number)
            if isAbandoned { return }
            // The context is lost, and with it every later message: only a new connection helps.
            isAbandoned = true
            socket.close(code: GatewayMachine.closeKeepingSession)
            shard.closed(by: number, code: nil, reason: "\(error)")
        }
    }

    private func inflate(_ message: WebSocketMessage, into texts: inout InflatedTexts) throws {
        switch message {
        case .text(let bytes): texts.bytes += bytes
        case .binary(let bytes):
            switch compression {
            case .zlibStream:
                let isWhole = try zlib?.inflate(bytes, limit: Self.messageBytesMax, into: &texts.bytes)
                guard isWhole == true else { return }
            case .zstdStream:
                guard let text = try zstd?.decompress(bytes, limit: Self.messageBytesMax) else { return }
                texts.bytes += text
            case .none: texts.bytes += bytes
            }
        }
        texts.ends.append(texts.bytes.count)
    }
}

/// Messages of Discord that came together, inflated, behind one another.
struct InflatedTexts: Sendable {
    var bytes: [UInt8] = []
    /// Where in `bytes` each ends. What stands behind the last of them is no message.
    var ends: [Int] = []
}
