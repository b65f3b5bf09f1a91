import EventBus
import EventModels
import RedisClient
import TestSupport
import Testing

/// Who is there, in a real Redis.
@Suite struct ServiceBoardTests {
    private static func record(_ name: ServiceRecord.Name, _ id: String) -> ServiceRecord {
        var record = ServiceRecord(name, id: id, version: "1", since: 1_700_000_000_000)
        record.missing = "bus: “gone”"
        record.stored = [.init(shard: .only, events: 3, milliseconds: nil)]
        return record
    }

    private static func withBoard(_ body: (ServiceBoard, RedisClient) async throws -> Void) async throws {
        try await withEventLoop { loop in
            let server = try await RedisServer()
            let client = RedisClient(try quick(server.url), on: loop)
            await client.start()
            await client.whenConnected()
            try await body(ServiceBoard(client), client)
            await client.close()
        }
    }

    @Test func `each reads what all wrote, the newest of each, and how old it is`() async throws {
        try await Self.withBoard { board, _ async throws in
            #expect(try await board.read() == [])
            #expect(try await board.write(Self.record(.web, "b")))
            #expect(try await board.write(Self.record(.analytics, "z")))
            var again = Self.record(.web, "b")
            again.missing = nil
            #expect(try await board.write(again))
            let seen = try await board.read()
            #expect(seen.map(\.record) == [Self.record(.analytics, "z"), again])
            #expect(seen.allSatisfy { 0...5_000 ~= $0.age })
        }
    }

    @Test func `who is not heard of any more goes, and the key with the last`() async throws {
        try await Self.withBoard { board, client async throws in
            let old = Array("1000 ".utf8) + Self.record(.web, "old").encoded()
            var command: RedisCommand = ["HSET", RedisKeys.services, "web old"]
            command.append(bytes: old)
            _ = try await client.send(command)
            #expect(try await board.read() == [], "by Redis' clock it is years old")
            #expect(try await board.write(Self.record(.web, "new")))
            #expect(try await client.send(["HLEN", RedisKeys.services]).integer == 1)
            let left = try await client.send(["PTTL", RedisKeys.services]).integer ?? 0
            #expect(1...30_000 ~= left)
        }
    }

    @Test func `there are so many and no more, and those that are there go on`() async throws {
        try await Self.withBoard { board, client async throws in
            for number in 0..<ServiceBoard.countMax {
                #expect(try await board.write(Self.record(.web, "w\(number)")))
            }
            #expect(try await !board.write(Self.record(.web, "late")))
            #expect(try await board.write(Self.record(.web, "w7")))
            #expect(try await client.send(["HLEN", RedisKeys.services]).integer == 256)
        }
    }

    @Test func `what is no record, or too old, is passed over`() {
        let good = Self.record(.web, "w").encoded()
        let values: [[UInt8]] = [
            [], Array("x".utf8), Array("12".utf8) + good, Array("x ".utf8) + good, Array("50000 {}".utf8),
            Array("19999 ".utf8) + good,
            Array(#"50000 {"name":"other","id":"a","version":"","since":1}"#.utf8),
            Array("50000 ".utf8) + [UInt8](repeating: 0x20, count: ServiceRecord.bytesMax) + good,
            Array("20000 ".utf8) + good,
        ]
        let seen = ServiceBoard.seen(values, now: 50_000)
        #expect(seen == [.init(record: Self.record(.web, "w"), age: 30_000)])
        #expect(ServiceBoard.seen([Array("60000 ".utf8) + good], now: 50_000).first?.age == 0)
    }
}
