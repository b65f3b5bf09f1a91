internal import EventLoop
internal import HTTPWire

/// Writes the body of a response that is made while it is sent.
package struct HTTPBodyWriter: Sendable {
    /// The client is gone, or the server cut it off.
    package struct Closed: Error {}

    let connection: HTTPConnection
    let exchange: Int

    /// Queues the bytes and returns when there is room for more.
    package func write(_ bytes: [UInt8]) async throws(Closed) {
        guard await connection.write(bytes, for: exchange) else { throw Closed() }
    }
}

extension HTTPConnection {
    func beginStreaming(
        _ body: @escaping @Sendable (HTTPBodyWriter) async throws -> Void,
        for exchange: Exchange,
        keepAlive: Bool
    ) {
        var exchange = exchange
        let number = exchange.number
        exchange.task = Task {
            do {
                try await body(HTTPBodyWriter(connection: self, exchange: number))
                self.finishStreaming(number, keepAlive: keepAlive)
            } catch {
                if self.isStreaming(number) { self.end() }
            }
        }
        phase = .streaming(exchange)
        disarm()
    }

    private func isStreaming(_ number: Int) -> Bool {
        if case .streaming(let exchange) = phase { exchange.number == number } else { false }
    }

    /// False when this body is no longer wanted.
    func write(_ bytes: [UInt8], for number: Int) async -> Bool {
        guard case .streaming(let exchange) = phase, exchange.number == number else { return false }
        stream.write(exchange.head.minorVersion == 1 ? ChunkWriter.chunk(bytes) : bytes)
        guard stream.queuedBytes > limits.queuedBytesMax else { return true }
        if blockedWriters.isEmpty { watchFlush() }
        await withCheckedContinuation { blockedWriters.append($0) }
        return isStreaming(number)
    }

    private func finishStreaming(_ number: Int, keepAlive: Bool) {
        guard case .streaming(let exchange) = phase, exchange.number == number else { return }
        if exchange.head.minorVersion == 1 { stream.write(ChunkWriter.end) }
        settle(keepAlive: keepAlive)
        advance()
    }

    func unblockWriters() {
        let writers = blockedWriters
        blockedWriters = []
        for writer in writers { writer.resume() }
    }
}
