import Base
import RedisClient
import Testing

@Suite struct ReplyReaderTests {
    private static let conversations: [(String, [RedisReply])] = [
        ("+OK\r\n", [.status("OK")]),
        ("-ERR no\r\n", [.error("ERR no")]),
        (":-42\r\n", [.integer(-42)]),
        ("$0\r\n\r\n", [.bulk([])]),
        ("$-1\r\n*-1\r\n", [.null, .null]),
        ("$4\r\na\r\nb\r\n", [.bulk(Array("a\r\nb".utf8))]),
        ("*0\r\n", [.array([])]),
        (
            "*2\r\n*1\r\n$1\r\nx\r\n*2\r\n:1\r\n$-1\r\n+PONG\r\n",
            [.array([.array([.bulk([0x78])]), .array([.integer(1), .null])]), .status("PONG")]
        ),
    ]

    @Test func `replies are the same however the bytes are cut`() throws {
        for (text, expected) in Self.conversations {
            let bytes = Array(text.utf8)
            for size in 1...bytes.count {
                var reader = ReplyReader()
                var replies: [RedisReply] = []
                var start = 0
                while start < bytes.count {
                    let end = min(start + size, bytes.count)
                    try reader.feed(Array(bytes[start..<end]))
                    while let reply = try reader.next() { replies.append(reply) }
                    start = end
                }
                #expect(replies == expected, "\(text) in pieces of \(size)")
            }
        }
    }

    @Test func `bytes that are no reply are refused`() throws {
        for text in [
            "*2147483647\r\n", "HTTP/1.1 200 OK\r\n",
            "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
        ] {
            #expect(throws: RedisError.self, "\(text)") {
                var reader = ReplyReader()
                try reader.feed(Array(text.utf8))
                while try reader.next() != nil {}
            }
        }
    }

    @Test func `an unfinished reply is held up to the limit`() throws {
        #expect(throws: RedisError.protocolViolation("a reply of more than 100 bytes")) {
            var reader = ReplyReader(bufferedBytesMax: 100)
            try reader.feed(Array("$1000\r\n".utf8))
            for _ in 0..<10 {
                try reader.feed([UInt8](repeating: 0x61, count: 20))
                _ = try reader.next()
            }
        }
    }

    @Test func `noise neither crashes the reader nor makes it read for ever`() {
        for seed in 0..<64 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let alphabet = Array("+-:$*0123456789\r\nabc".utf8)
            var reader = ReplyReader(bufferedBytesMax: 1 << 16)
            do {
                for _ in 0..<50 {
                    try reader.feed(
                        (0..<7).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
                    )
                    while try reader.next() != nil {}
                }
            } catch {}
        }
    }
}
