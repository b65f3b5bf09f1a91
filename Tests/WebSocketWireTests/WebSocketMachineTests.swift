import Base
import Testing
import WebSocketWire

@Suite struct WebSocketMachineTests {
    @Test func `the examples of RFC 6455 section 5_7 are read and written`() {
        let hello = Array("Hello".utf8)
        #expect(
            WebSocketFrameWriter.frame(.text, hello, mask: nil) == [0x81, 5, 0x48, 0x65, 0x6C, 0x6C, 0x6F]
        )
        let masked: [UInt8] = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        #expect(WebSocketFrameWriter.frame(.text, hello, mask: 0x37FA_213D) == masked)
        #expect(actions(of: [masked]) == [.deliver(.text(hello))])
        let fragments: [UInt8] = [0x01, 3, 0x48, 0x65, 0x6C, 0x80, 2, 0x6C, 0x6F]
        #expect(actions(of: [fragments], role: .client) == [.deliver(.text(hello))])
    }

    @Test func `every length form round-trips`() {
        for count in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            #expect(actions(of: [frame(.binary, payload)]) == [.deliver(.binary(payload))], "\(count)")
        }
    }

    @Test func `pings are answered between the fragments of a message`() {
        let bytes =
            frame(.text, "ab", fin: false) + frame(.ping, "p") + frame(.pong, "q") + frame(.continuation, "c")
        let expected: [WebSocketMachine.Action] = [
            .sendPong([0x70]), .pongReceived([0x71]), .deliver(.text(Array("abc".utf8))),
        ]
        #expect(actions(of: [bytes]) == expected)
        #expect(actions(of: bytes.map { [$0] }) == expected)
    }

    @Test func `what breaks the protocol is answered with its close code`() {
        let euro = Array("€".utf8)
        let table: [(String, [UInt8], UInt16)] = [
            ("unmasked", frame(.text, Array("a".utf8), mask: nil), 1002),
            ("reserved bit 1", [0xC1, 0x80, 0, 0, 0, 0], 1002),
            ("reserved bit 3", [0x91, 0x80], 1002),
            ("reserved data opcode", [0x83, 0x80], 1002),
            ("reserved control opcode", [0x8B, 0x80], 1002),
            ("fragmented ping", [0x09, 0x80], 1002),
            ("long ping", [0x89, 0xFE], 1002),
            ("long form of 125", [0x82, 0xFE, 0, 125], 1002),
            ("long form of 65535", [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 1002),
            ("length with first bit", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], 1002),
            ("lone continuation", frame(.continuation, "a"), 1002),
            ("message within a message", frame(.text, "a", fin: false) + frame(.text, "b"), 1002),
            ("half a close code", frame(.close, [3]), 1002),
            ("close 999", close(999), 1002), ("close 1004", close(1004), 1002),
            ("close 1005", close(1005), 1002),
            ("close 1006", close(1006), 1002), ("close 1015", close(1015), 1002),
            ("close 2999", close(2999), 1002),
            ("close 5000", close(5000), 1002),
            ("close reason", frame(.close, [3, 0xE8, 0xFF]), 1007),
            ("bad text", frame(.text, [0x61, 0xFF]), 1007),
            ("overlong", frame(.text, [0xC0, 0xAF]), 1007),
            ("overlong 3", frame(.text, [0xE0, 0x80, 0xAF]), 1007),
            ("surrogate", frame(.text, [0xED, 0xA0, 0x80]), 1007),
            ("past U+10FFFF", frame(.text, [0xF4, 0x90, 0x80, 0x80]), 1007),
            ("text cut in a character", frame(.text, Array(euro.prefix(2))), 1007),
            (
                "bad second fragment",
                frame(.text, euro, fin: false) + frame(.continuation, [0x80], fin: false), 1007
            ),
            ("too big", Array(frame(.binary, [UInt8](repeating: 0, count: 131_073)).prefix(10)), 1009),
            (
                "too big together",
                frame(.binary, [UInt8](repeating: 0, count: 131_072), fin: false) + frame(.continuation, "a"),
                1009
            ),
        ]
        for (name, bytes, code) in table {
            for pieces in [[bytes], bytes.count < 1000 ? bytes.map { [$0] } : [bytes]] {
                let all = actions(of: pieces)
                #expect(all.last?.failureCode == code, "\(name): \(all.count)")
                #expect(!all.contains { if case .deliver = $0 { true } else { false } }, "\(name)")
            }
        }
    }

    @Test func `a client refuses masked frames`() {
        #expect(actions(of: [frame(.text, "a")], role: .client).last?.failureCode == 1002)
    }

    @Test func `bad text fails before its frame has arrived whole`() {
        let start = Array(frame(.text, [0xFF] + [UInt8](repeating: 0x61, count: 1000)).prefix(10))
        #expect(actions(of: [start]).last?.failureCode == 1007)
    }

    @Test func `text may be cut within a character`() {
        let bytes = Array("añ€𝄞z".utf8)
        for cut in 0...bytes.count {
            let pieces =
                frame(.text, Array(bytes[..<cut]), fin: false) + frame(.continuation, Array(bytes[cut...]))
            #expect(actions(of: [pieces]) == [.deliver(.text(bytes))], "\(cut)")
        }
    }

    @Test func `the peer's close is echoed once and ends everything`() {
        let all = actions(of: [close(1001, "bye") + frame(.text, "late")])
        #expect(all == [.finish(reply: [0x03, 0xE9], code: 1001, reason: "bye")])
        #expect(actions(of: [frame(.close)]) == [.finish(reply: [], code: 1005, reason: "")])
        for code in [1000, 1003, 1007, 1014, 3000, 4999] as [UInt16] {
            #expect(
                actions(of: [close(code)]).count == 1 && actions(of: [close(code)]).last?.failureCode == nil
            )
        }
    }

    @Test func `after our close nothing is sent and data is dropped`() {
        var machine = WebSocketMachine(role: .server, messageBytesMax: 100)
        let out = machine.close(code: 1000, reason: "done", mask: 0)
        #expect(out == [0x88, 6, 0x03, 0xE8, 0x64, 0x6F, 0x6E, 0x65])
        #expect(
            machine.close(code: 1000, reason: "", mask: 0) == nil && machine.frame(.text, [], mask: 0) == nil
        )
        let all = actions(of: [frame(.text, "late") + frame(.ping) + close(1000)], on: &machine)
        #expect(all == [.finish(reply: nil, code: 1000, reason: "")])
    }

    @Test func `a long close reason is cut at a character`() {
        let payload = WebSocketFrameWriter.closePayload(
            code: 4000,
            reason: String(repeating: "é", count: 100)
        )
        #expect(payload.count == 124)
        #expect(String(validating: payload[2...], as: UTF8.self)?.count == 61)
    }

    @Test(arguments: 0..<64 as Range<UInt64>)
    func `chunk boundaries never change what comes out`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var bytes: [UInt8] = []
        for _ in 0..<8 {
            let text = Array(String(repeating: "aé€𝄞", count: Int.random(in: 0...40, using: &random)).utf8)
            let cut = Int.random(in: 0...text.count, using: &random)
            let mask = UInt32.random(in: 0...UInt32.max, using: &random)
            bytes += WebSocketFrameWriter.frame(.text, text[..<cut], isFinal: false, mask: mask)
            if Bool.random(using: &random) { bytes += frame(.ping, "x") }
            bytes += frame(.continuation, Array(text[cut...]))
        }
        if seed % 2 == 1 {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                1 << UInt8.random(in: 0..<8, using: &random)
        }
        let whole = actions(of: [bytes])
        var pieces: [[UInt8]] = []
        while !bytes.isEmpty {
            let count = Int.random(in: 1...min(bytes.count, 1 + Int(seed)), using: &random)
            pieces.append(Array(bytes.prefix(count)))
            bytes.removeFirst(count)
        }
        #expect(actions(of: pieces) == whole)
    }
}
