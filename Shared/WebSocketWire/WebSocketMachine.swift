package enum WebSocketRole: Sendable { case server, client }

/// One endpoint of an open connection, without its socket: frames in, actions out (RFC 6455 sections 5 to 7).
///
/// The shell writes what `frame` makes, in order, and asks for the next action until there is none. No
/// extension is ever negotiated, so reserved bits are a protocol error.
package struct WebSocketMachine: Sendable {
    package enum Action: Sendable, Equatable {
        case deliver(WebSocketMessage)
        /// Answer a ping with this payload.
        case sendPong([UInt8])
        /// The peer answered a ping, or sent a pong of its own accord.
        case pongReceived([UInt8])
        /// The close handshake is complete. When `reply` is there, write it first. Then a server ends TCP,
        /// and a client waits a moment for the server to (section 7.1.1). `code` is 1005 when the peer gave
        /// none.
        case finish(reply: [UInt8]?, code: UInt16, reason: String)
        /// The peer broke the protocol: write the close frame and end TCP.
        case fail(closePayload: [UInt8], WebSocketProtocolError)
    }

    private enum State: Sendable, Equatable {
        /// Leaves to `.closing` (we close first) or `.closed` (the peer closes, or breaks the rules).
        case open
        /// Our close frame is out; data that still comes is dropped. Leaves to `.closed` by the peer's.
        case closing
        case closed
    }

    package let role: WebSocketRole
    private var parser: WebSocketFrameParser
    private var assembler: WebSocketMessageAssembler
    private var state = State.open

    /// `messageBytesMax` bounds a message however it is cut; a bigger one is answered with close code 1009.
    package init(role: WebSocketRole, messageBytesMax: Int) {
        self.role = role
        parser = WebSocketFrameParser(expectsMask: role == .server, payloadBytesMax: messageBytesMax)
        assembler = WebSocketMessageAssembler(bytesMax: messageBytesMax)
    }

    package var isOpen: Bool { state == .open }

    package mutating func received(_ bytes: [UInt8]) {
        if state != .closed { parser.append(bytes) }
    }

    /// What to do next, or nil when more bytes are needed. Nothing follows `.finish` and `.fail`.
    package mutating func nextAction() -> Action? {
        guard state != .closed else { return nil }
        do throws(WebSocketProtocolError) {
            while let piece = try parser.next() {
                if let action = try action(for: piece) { return action }
            }
            return nil
        } catch {
            state = .closed
            return .fail(
                closePayload: WebSocketFrameWriter.closePayload(code: error.code, reason: error.reason),
                error
            )
        }
    }

    private mutating func action(
        for piece: WebSocketFrameParser.Piece
    ) throws(WebSocketProtocolError) -> Action? {
        switch piece.header.opcode {
        case .text, .binary, .continuation:
            let message = try assembler.add(piece)
            guard state == .open, let message else { return nil }
            return .deliver(message)
        case .ping: return state == .open ? .sendPong(piece.payload) : nil
        case .pong: return .pongReceived(piece.payload)
        case .close:
            let (code, reason) = try Self.closeContent(piece.payload)
            let reply = state == .open ? Array(piece.payload.prefix(2)) : nil
            state = .closed
            return .finish(reply: reply, code: code, reason: reason)
        }
    }

    /// What a close frame says, 1005 where it gives no code (section 7.1.5).
    package static func closeContent(_ payload: [UInt8]) throws(WebSocketProtocolError)
        -> (code: UInt16, reason: String)
    {
        if payload.isEmpty { return (WebSocketCloseCode.noStatus, "") }
        guard payload.count >= 2 else { throw .violation("a close frame has half a code") }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        guard WebSocketCloseCode.isSendable(code) else {
            throw .violation("a close code is not for the wire")
        }
        guard let reason = String(validating: payload[2...], as: UTF8.self) else { throw .notUTF8 }
        return (code, reason)
    }

    /// A frame to write, or nil when the connection takes no more: nothing may follow a close frame. A
    /// client's `mask` is 32 fresh random bits; a server's is ignored.
    package func frame(_ opcode: WebSocketOpcode, _ payload: [UInt8], mask: @autoclosure () -> UInt32)
        -> [UInt8]?
    {
        precondition(opcode != .close, "closing goes through close(code:reason:mask:)")
        guard state == .open else { return nil }
        return encoded(opcode, payload, mask: mask())
    }

    /// Begins the close handshake: the frame to write, or nil when one is out already.
    package mutating func close(code: UInt16, reason: String, mask: @autoclosure () -> UInt32) -> [UInt8]? {
        precondition(WebSocketCloseCode.isSendable(code), "this close code may not be sent")
        guard state == .open else { return nil }
        state = .closing
        return encoded(.close, WebSocketFrameWriter.closePayload(code: code, reason: reason), mask: mask())
    }

    /// The close frame that `.finish` or `.fail` asks for.
    package func closeFrame(payload: [UInt8], mask: @autoclosure () -> UInt32) -> [UInt8] {
        encoded(.close, payload, mask: mask())
    }

    private func encoded(_ opcode: WebSocketOpcode, _ payload: [UInt8], mask: @autoclosure () -> UInt32)
        -> [UInt8]
    {
        switch role {
        case .server: WebSocketFrameWriter.frame(opcode, payload, mask: nil)
        case .client: WebSocketFrameWriter.frame(opcode, payload, mask: mask())
        }
    }
}
