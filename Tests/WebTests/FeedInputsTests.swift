import Base
import Testing
import Web
import WebSocketWire

/// What clients of the feed send, byte for byte.
@Suite struct FeedInputsTests {
    private static func frame(
        _ opcode: WebSocketOpcode,
        _ payload: [UInt8] = [],
        isFinal: Bool = true,
        mask: UInt32? = 0x0102_0304
    ) -> [UInt8] {
        WebSocketFrameWriter.frame(opcode, payload, isFinal: isFinal, mask: mask)
    }

    private static func close(_ code: UInt16, _ reason: String = "") -> [UInt8] {
        frame(.close, WebSocketFrameWriter.closePayload(code: code, reason: reason))
    }

    private static func inputs() -> FeedInputs {
        var inputs = FeedInputs()
        inputs.hear(4)
        return inputs
    }

    /// The code of a close frame of ours.
    private static func code(_ frame: [UInt8]?) -> UInt16? {
        frame.flatMap { FeedTranscript($0).closed?.code }
    }

    @Test func `a ping is answered with what it carried, of several the newest, and a pong is passed over`() {
        var inputs = Self.inputs()
        #expect(inputs.take(Self.frame(.pong, [9]), from: 4) == FeedInputs.Heard())
        let pings = Self.frame(.ping, [1, 2, 3]) + Self.frame(.pong) + Self.frame(.ping, [4, 5])
        let heard = inputs.take(pings, from: 4)
        #expect(heard == FeedInputs.Heard(pong: [0x8A, 2, 4, 5]))
        #expect(inputs.unfinished == 0)
    }

    @Test func `a close is answered with its code, and nothing behind it is read`() {
        let table: [(sent: [UInt8], answer: [UInt8])] = [
            (Self.close(1000, "bye"), [0x88, 2, 0x03, 0xE8]), (Self.frame(.close), [0x88, 0]),
            (Self.close(4999), [0x88, 2, 0x13, 0x87]),
        ]
        for (sent, answer) in table {
            var inputs = Self.inputs()
            let heard = inputs.take(sent + Self.frame(.text, [0x61]), from: 4)
            #expect(heard == FeedInputs.Heard(last: answer))
        }
    }

    /// Frames that end the stream, by reason and close code.
    private static let refused: [(what: String, bytes: [UInt8], refusal: FeedInputs.Refusal, code: UInt16)] =
        [
            ("a text", frame(.text, [0x61]), .message, 1003),
            ("an empty text", frame(.text), .message, 1003),
            ("a binary message", frame(.binary, [0]), .message, 1003),
            ("a fragment", frame(.text, [0x61], isFinal: false), .message, 1003),
            ("a continuation of nothing", frame(.continuation, [0x61]), .violation, 1002),
            ("126 bytes of text", frame(.text, [UInt8](repeating: 0x61, count: 126)), .tooBig, 1009),
            ("the head of a terabyte", [0x82, 0xFF, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4], .tooBig, 1009),
            ("a length with its first bit set", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], .violation, 1002),
            ("a length that is not in its shortest form", [0x89, 0xFE, 0, 1], .violation, 1002),
            ("a ping of 126 bytes", frame(.ping, [UInt8](repeating: 1, count: 126)), .violation, 1002),
            ("a fragmented ping", frame(.ping, [1], isFinal: false), .violation, 1002),
            ("no mask", frame(.ping, [1], mask: nil), .violation, 1002),
            ("a reserved bit", [0xC9, 0x80, 1, 2, 3, 4], .violation, 1002),
            ("an unknown opcode", [0x83, 0x80, 1, 2, 3, 4], .violation, 1002),
            ("an unknown control opcode", [0x8B, 0x80, 1, 2, 3, 4], .violation, 1002),
            ("half a close code", frame(.close, [3]), .violation, 1002),
            ("a close code that is not for the wire", close(1006), .violation, 1002),
            ("a reason that is not UTF-8", frame(.close, [3, 0xE8, 0xFF]), .notUTF8, 1007),
            ("HTTP", Array("GET / HTTP/1.1\r\n\r\n".utf8), .violation, 1002),
        ]

    @Test func `whatever else comes ends the stream with its close code, however it is cut`() {
        for (what, bytes, refusal, code) in Self.refused {
            var whole = Self.inputs()
            let heard = whole.take(bytes, from: 4)
            #expect(heard.refusal == refusal && Self.code(heard.last) == code, "\(what)")
            #expect(heard.pong == nil && whole.unfinished == 0, "\(what)")
            var cut = Self.inputs()
            var found: FeedInputs.Heard?
            for byte in bytes where found == nil {
                let heard = cut.take([byte], from: 4)
                if heard.last != nil { found = heard }
            }
            #expect(found?.refusal == refusal && Self.code(found?.last) == code, "\(what), byte by byte")
        }
    }

    @Test func `a reader is kept for as long as a frame is incomplete, and no longer`() {
        var inputs = Self.inputs()
        let ping = Self.frame(.ping, [UInt8](repeating: 7, count: 125))
        for (index, byte) in ping.enumerated() {
            let heard = inputs.take([byte], from: 4)
            let isLast = index == ping.count - 1
            #expect((heard.pong != nil) == isLast && inputs.unfinished == (isLast ? 0 : 1))
        }
        _ = inputs.take([0x89], from: 4)
        #expect(inputs.unfinished == 1)
        let isForgotten = inputs.forget(4)
        #expect(isForgotten && inputs.unfinished == 0 && inputs.count == 0)
        // Who has the descriptor next begins anew.
        inputs.hear(4)
        #expect(inputs.take(Self.frame(.ping, [1]), from: 4).pong == [0x8A, 1, 1])
        let isAnother = inputs.forget(5)
        #expect(!isAnother)
    }

    @Test func `a flood of pings ends the stream, as many in their time do not`() {
        var inputs = Self.inputs()
        let ping = Self.frame(.ping, [1])
        for _ in 0..<10 {
            for _ in 0..<FeedInputs.framesMax { #expect(inputs.take(ping, from: 4).refusal == nil) }
            inputs.tick()
        }
        let many = (0...FeedInputs.framesMax).flatMap { _ in ping }
        let heard = inputs.take(many, from: 4)
        #expect(heard.refusal == .flood && Self.code(heard.last) == 1008)
        // Another's are counted apart.
        inputs.hear(5)
        #expect(inputs.take(ping, from: 5).refusal == nil)
    }

    @Test(arguments: 0..<64 as Range<UInt64>)
    func `whatever comes, however it is cut, one end is all that is said`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var bytes = (0..<3).flatMap { _ in Self.frame(.ping, [1]) }
        let noise = Int.random(in: 0...60, using: &random)
        bytes += (0..<noise).map { _ in UInt8.random(in: 0...255, using: &random) }
        bytes += Self.refused[Int.random(in: 0..<Self.refused.count, using: &random)].bytes
        var whole = Self.inputs()
        let expected = whole.take(bytes, from: 4)
        var cut = Self.inputs()
        var rest = bytes[...]
        var found = FeedInputs.Heard()
        while !rest.isEmpty, found.last == nil {
            let piece = rest.prefix(Int.random(in: 1...7, using: &random))
            rest = rest.dropFirst(piece.count)
            found = cut.take(Array(piece), from: 4)
        }
        #expect(found.last == expected.last && found.refusal == expected.refusal)
        for frame in [expected.pong, expected.last].compactMap({ $0 }) {
            #expect(FeedTranscript(frame).fault == nil)
        }
    }
}
