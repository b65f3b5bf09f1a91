import WebSocketWire

/// What the feed's clients send, of all of a loop's. They have nothing to say but pings, pongs and the end; whatever else
/// comes ends the stream with a close code. Pure: bytes in, what to answer out.
///
/// A client is remembered by its descriptor alone; a reader is kept only while a frame of it is incomplete.
package struct FeedInputs {
    /// Why a client's stream was ended; the raw value is the metric's label.
    package enum Refusal: String, Sendable, CaseIterable {
        /// What RFC 6455 does not allow: 1002.
        case violation = "protocol"
        /// A message, which nobody here reads: 1003.
        case message
        /// A reason for closing that is not UTF-8: 1007.
        case notUTF8 = "not_utf8"
        /// More frames than `framesMax`: 1008.
        case flood
        /// A frame above `payloadBytesMax`: 1009, before its payload has come.
        case tooBig = "too_big"
    }

    /// What one client's bytes come to.
    package struct Heard: Equatable, Sendable {
        /// The answer to the newest of its pings.
        package var pong: [UInt8]?
        /// A close frame: the last that it gets.
        package var last: [UInt8]?
        package var refusal: Refusal?

        package init(pong: [UInt8]? = nil, last: [UInt8]? = nil, refusal: Refusal? = nil) {
            self.pong = pong
            self.last = last
            self.refusal = refusal
        }
    }

    /// Of one client between two ticks of the viewers' loop (3 s).
    package static let framesMax = 60
    /// Of a frame that has to be read to be refused; control frames have no more (RFC 6455 section 5.5).
    package static let payloadBytesMax = 125

    private var clients: Set<CInt> = []
    private var readers: [CInt: WebSocketFrameParser] = [:]
    /// Of those that sent any since the last tick.
    private var frames: [CInt: Int] = [:]

    package init() {}

    package var count: Int { clients.count }
    /// Clients of which half a frame has come.
    package var unfinished: Int { readers.count }

    package mutating func hear(_ descriptor: CInt) { clients.insert(descriptor) }

    package func hears(_ descriptor: CInt) -> Bool { clients.contains(descriptor) }

    /// False for a viewer that is no client of the feed.
    package mutating func forget(_ descriptor: CInt) -> Bool {
        guard !clients.isEmpty, clients.remove(descriptor) != nil else { return false }
        readers[descriptor] = nil
        frames[descriptor] = nil
        return true
    }

    package mutating func tick() {
        if !frames.isEmpty { frames = [:] }
    }

    /// Nothing more is to be given that follows a `last`.
    package mutating func take(_ bytes: [UInt8], from descriptor: CInt) -> Heard {
        var reader =
            readers.removeValue(forKey: descriptor)
            ?? WebSocketFrameParser(expectsMask: true, payloadBytesMax: Self.payloadBytesMax)
        reader.append(bytes)
        var heard = Heard()
        do throws(WebSocketProtocolError) {
            while heard.last == nil, let piece = try reader.next() { try take(piece, descriptor, &heard) }
        } catch {
            heard.refusal = Refusal(error.code)
            heard.last = FeedMessage.close(error.code, error.reason)
        }
        if heard.last == nil, !reader.isBetweenFrames { readers[descriptor] = reader }
        return heard
    }

    private mutating func take(
        _ piece: WebSocketFrameParser.Piece,
        _ descriptor: CInt,
        _ heard: inout Heard
    ) throws(WebSocketProtocolError) {
        frames[descriptor, default: 0] += 1
        guard frames[descriptor, default: 0] <= Self.framesMax else {
            throw WebSocketProtocolError(
                code: WebSocketCloseCode.policyViolation,
                reason: "too many frames"
            )
        }
        switch piece.header.opcode {
        case .ping: heard.pong = FeedMessage.pong(piece.payload)
        case .pong: break
        case .close:
            _ = try WebSocketMachine.closeContent(piece.payload)
            heard.last = FeedMessage.closed(by: piece.payload)
        case .continuation: throw .violation("a continuation continues nothing")
        case .text, .binary:
            throw WebSocketProtocolError(
                code: WebSocketCloseCode.unacceptableData,
                reason: "the feed takes no messages"
            )
        }
    }
}

extension FeedInputs.Refusal {
    fileprivate init(_ code: UInt16) {
        switch code {
        case WebSocketCloseCode.unacceptableData: self = .message
        case WebSocketCloseCode.invalidPayload: self = .notUTF8
        case WebSocketCloseCode.policyViolation: self = .flood
        case WebSocketCloseCode.messageTooBig: self = .tooBig
        default: self = .violation
        }
    }
}
