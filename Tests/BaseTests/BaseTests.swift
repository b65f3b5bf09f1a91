import Base
import Testing

@Suite struct BaseTests {
    @Test func `snowflakes are decimal, exact, and tell their time and shard`() {
        #expect(Snowflake("175928847299117063")?.unixMilliseconds == 1_462_015_105_796)
        #expect(Snowflake("80351110224678912")?.shard(of: 3) == 2)
        #expect(Snowflake("80351110224678912")?.shard(of: 16) == 9)
        #expect(Snowflake("18446744073709551615")?.rawValue == .max)
        let refused = ["", "+1", "-1", " 1", "1 ", "0x1", "18446744073709551616", "1.0", "٣"]
        #expect(refused.filter { Snowflake($0) != nil }.isEmpty)
    }

    @Test func `ids that follow each other are spread over a table, whatever bits they share`() {
        for shift in [0, 17, 22, 40] as [UInt64] {
            for seed in [0, 1, -5] {
                var places = [Int](repeating: 0, count: 256)
                for number in 0..<4096 as Range<UInt64> {
                    places[Snowflake(number << shift)._rawHashValue(seed: seed) & 255] += 1
                }
                // 16 each on average.
                #expect((places.max() ?? 0) < 48 && places.count { $0 == 0 } < 26, "\(shift) \(seed)")
            }
        }
        #expect(Set((0..<1000).map { Snowflake($0) }).count == 1000)
    }

    @Test func `a secret matches only itself and does not print`() {
        let secret = Secret("s3cret")
        #expect(secret.matches("s3cret".utf8))
        #expect(!["", "s3cre", "s3cret2", "S3cret"].contains { secret.matches($0.utf8) })
        #expect("\(secret) \(String(reflecting: secret))".contains("s3cret") == false)
    }

    @Test func `back-off doubles up to its limit and starts over after a reset`() {
        var backoff = Backoff(base: .milliseconds(100), limit: .seconds(1))
        let waits = (0..<6).map { _ in backoff.next(random: 1) }
        #expect(
            waits == [
                .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800), .seconds(1),
                .seconds(1),
            ]
        )
        #expect(backoff.next(random: 0) == .milliseconds(500))
        backoff.reset()
        #expect(backoff.next(random: 0) == .milliseconds(50))
    }

    @Test func `a byte is found where it stands first, from any place on`() {
        var random = SeededRandom(seed: 7)
        for count in 0..<40 {
            // Few values, and those that differ in one bit: what a search by words would confuse.
            let bytes = (0..<count).map { _ in
                [0, 1, 0x0A, 0x0B, 0x8A, 0x0D, 0xFF][Int(random.next() % 7)] as UInt8
            }
            var queue = ByteQueue([9, 9, 9] + bytes)
            queue.skip(min(3, queue.count))
            for byte in [0, 1, 0x0A, 0x0B, 0x8A, 0x0D, 0xFF, 7] as [UInt8] {
                for start in 0...count {
                    let expected = bytes[start...].firstIndex(of: byte)
                    #expect(queue.firstOffset(of: byte, from: start) == expected)
                }
            }
        }
    }

    @Test(arguments: 0..<16 as Range<UInt64>) func `a byte queue gives back what it got, in any pieces`(
        seed: UInt64
    ) {
        var random = SeededRandom(seed: seed)
        var queue = ByteQueue()
        var sent: [UInt8] = []
        var got: [UInt8] = []
        for _ in 0..<400 {
            let piece = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            queue.append(piece)
            sent += piece
            got += queue.take(Int.random(in: 0...queue.count, using: &random))
        }
        got += queue.takeAll()
        #expect(got == sent)
        #expect(queue.isEmpty)
    }
}
