package enum WebSocketMessage: Sendable, Equatable {
    /// Valid UTF-8.
    case text([UInt8])
    case binary([UInt8])

    package var bytes: [UInt8] {
        switch self {
        case .text(let bytes), .binary(let bytes): bytes
        }
    }
}

/// Joins the pieces of data frames into messages (RFC 6455 section 5.4), text checked as it arrives.
package struct WebSocketMessageAssembler: Sendable {
    private struct Open: Sendable {
        let isText: Bool
        var bytes: [UInt8]
        var validator = UTF8Validator()
    }

    private let bytesMax: Int
    private var open: Open?

    package init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// The message that the piece completes, if it does.
    package mutating func add(
        _ piece: WebSocketFrameParser.Piece
    ) throws(WebSocketProtocolError) -> WebSocketMessage? {
        precondition(!piece.header.opcode.isControl, "control frames are not parts of messages")
        if piece.isFirst { try begin(piece.header) }
        guard var message = open else { throw .violation("a continuation continues nothing") }
        open = nil
        if message.bytes.isEmpty { message.bytes = piece.payload } else { message.bytes += piece.payload }
        if message.isText, !message.validator.accepts(piece.payload) { throw .notUTF8 }
        guard piece.isLast, piece.header.isFinal else {
            open = message
            return nil
        }
        guard message.isText else { return .binary(message.bytes) }
        guard message.validator.isComplete else { throw .notUTF8 }
        return .text(message.bytes)
    }

    private mutating func begin(_ header: WebSocketFrameHeader) throws(WebSocketProtocolError) {
        if header.opcode == .continuation {
            guard let open else { throw .violation("a continuation continues nothing") }
            // Before the payload arrives: nobody may make us hold more than one message's worth.
            if open.bytes.count + header.payloadCount > bytesMax { throw .tooBig }
        } else {
            guard open == nil else { throw .violation("a message begins within another") }
            if header.payloadCount > bytesMax { throw .tooBig }
            open = Open(isText: header.opcode == .text, bytes: [])
        }
    }
}
