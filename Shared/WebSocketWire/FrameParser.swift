internal import Base

/// Bytes in, frame pieces out, unmasked. Checks everything that a single frame can break, before its payload
/// has arrived (RFC 6455 section 5).
package struct WebSocketFrameParser: Sendable {
    /// A frame or a part of one. Control frames always come whole.
    package struct Piece: Sendable, Equatable {
        package let header: WebSocketFrameHeader
        package let payload: [UInt8]
        package let isFirst: Bool
        package let isLast: Bool
    }

    private enum State: Sendable {
        case header
        case payload(WebSocketFrameHeader, received: Int)
    }

    private let expectsMask: Bool
    private let payloadBytesMax: Int
    private var queue = ByteQueue()
    private var state = State.header

    /// `expectsMask`: true on a server, whose clients must mask, false on a client, whose server must not.
    package init(expectsMask: Bool, payloadBytesMax: Int) {
        self.expectsMask = expectsMask
        self.payloadBytesMax = payloadBytesMax
    }

    package mutating func append(_ bytes: [UInt8]) { queue.append(bytes) }

    /// Nothing of the next frame is here: another parser would go on as well as this one.
    package var isBetweenFrames: Bool {
        if case .header = state { queue.isEmpty } else { false }
    }

    /// The next piece, or nil when more bytes are needed. Not to be called again after an error.
    package mutating func next() throws(WebSocketProtocolError) -> Piece? {
        switch state {
        case .header:
            guard let header = try readHeader() else { return nil }
            state = .payload(header, received: 0)
            return readPayload(header, received: 0)
        case .payload(let header, let received): return readPayload(header, received: received)
        }
    }

    private mutating func readPayload(_ header: WebSocketFrameHeader, received: Int) -> Piece? {
        let missing = header.payloadCount - received
        let count = min(missing, queue.count)
        if count < missing, header.opcode.isControl || count == 0 { return nil }
        var payload = queue.take(count)
        if let mask = header.mask { applyMask(mask, to: &payload, phase: received) }
        state = count == missing ? .header : .payload(header, received: received + count)
        return Piece(header: header, payload: payload, isFirst: received == 0, isLast: count == missing)
    }

    private mutating func readHeader() throws(WebSocketProtocolError) -> WebSocketFrameHeader? {
        guard queue.count > 0 else { return nil }
        let first = queue[0]
        guard first & 0x70 == 0 else { throw .violation("reserved bits are set without an extension") }
        guard let opcode = WebSocketOpcode(rawValue: first & 0x0F) else { throw .violation("unknown opcode") }
        let isFinal = first & 0x80 != 0
        if opcode.isControl, !isFinal { throw .violation("a control frame is fragmented") }
        guard queue.count > 1 else { return nil }
        let isMasked = queue[1] & 0x80 != 0
        guard isMasked == expectsMask else {
            throw .violation(isMasked ? "a server's frame is masked" : "a client's frame is not masked")
        }
        let short = Int(queue[1] & 0x7F)
        if opcode.isControl, short > 125 { throw .violation("a control frame is longer than 125 bytes") }
        let lengthBytes = short == 126 ? 2 : short == 127 ? 8 : 0
        let headerCount = 2 + lengthBytes
        guard queue.count >= headerCount else { return nil }
        let payloadCount = lengthBytes == 0 ? UInt64(short) : readInteger(at: 2, bytes: lengthBytes)
        // The shortest form is a must (section 5.2), and so is a clear first bit.
        if lengthBytes == 2, payloadCount < 126 { throw .violation("a length is not in its shortest form") }
        if lengthBytes == 8, payloadCount <= 0xFFFF || payloadCount >> 63 != 0 {
            throw .violation("a length is not in its shortest form")
        }
        if payloadCount > UInt64(payloadBytesMax), !opcode.isControl { throw .tooBig }
        guard queue.count >= headerCount + (isMasked ? 4 : 0) else { return nil }
        let mask = isMasked ? UInt32(readInteger(at: headerCount, bytes: 4)) : nil
        queue.skip(headerCount + (isMasked ? 4 : 0))
        return WebSocketFrameHeader(
            opcode: opcode,
            isFinal: isFinal,
            mask: mask,
            payloadCount: Int(payloadCount)
        )
    }

    private func readInteger(at offset: Int, bytes count: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in offset..<offset + count { value = value << 8 | UInt64(queue[index]) }
        return value
    }
}
