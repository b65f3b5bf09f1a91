package import EventModels
package import RedisClient

/// Who is there, kept in Redis: each service writes its record, all read them. By Redis' own clock, so that hosts whose clocks
/// differ agree on who has gone.
package struct ServiceBoard: Sendable {
    /// A record, and how long ago it was written, in milliseconds.
    package struct Seen: Sendable, Equatable {
        package let record: ServiceRecord
        package let age: Int64

        package init(record: ServiceRecord, age: Int64) {
            self.record = record
            self.age = age
        }
    }

    /// Records that are kept; who comes when there are so many is not written.
    package static let countMax = 256

    private let redis: RedisClient

    package init(_ redis: RedisClient) { self.redis = redis }

    /// KEYS: the hash. ARGV: how long records count in milliseconds, most of them, field, record. 1: it was written.
    private static let writing = RedisScript(
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local all = redis.call('HGETALL', KEYS[1])
        for i = 1, #all, 2 do
            local at = tonumber(string.match(all[i + 1], '^(%d+) ') or '0')
            if now - at > tonumber(ARGV[1]) then redis.call('HDEL', KEYS[1], all[i]) end
        end
        local isThere = redis.call('HEXISTS', KEYS[1], ARGV[3]) == 1
        if not isThere and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
        redis.call('HSET', KEYS[1], ARGV[3], string.format('%d', now) .. ' ' .. ARGV[4])
        redis.call('PEXPIRE', KEYS[1], ARGV[1])
        return 1
        """
    )

    /// KEYS: the hash. Answers Redis' time in milliseconds, then the values.
    private static let reading = RedisScript(
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        return {string.format('%d', now), redis.call('HVALS', KEYS[1])}
        """
    )

    /// False: there are `countMax` others, or the record is too long.
    @discardableResult
    package func write(_ record: ServiceRecord) async throws(RedisError) -> Bool {
        let value = record.encoded()
        guard value.count <= ServiceRecord.bytesMax else { return false }
        let reply = try await redis.evaluate(
            Self.writing,
            keys: [RedisKeys.services],
            arguments: [
                Array(String(Self.keptFor).utf8), Array(String(Self.countMax).utf8),
                Array("\(record.name.rawValue) \(record.id)".utf8), value,
            ]
        )
        return reply.integer == 1
    }

    private static let keptFor = ServiceRecord.keptFor.components.seconds * 1000

    /// Those that were written within `ServiceRecord.keptFor`, by name and id; what is no record is passed over.
    package func read() async throws(RedisError) -> [Seen] {
        let reply = try await redis.evaluate(Self.reading, keys: [RedisKeys.services], arguments: [])
        guard let parts = reply.array, parts.count == 2, let now = parts[0].string.flatMap({ Int64($0) })
        else { throw .unexpectedReply("the script that reads services answered something else") }
        return Self.seen(parts[1].array?.compactMap(\.bytes) ?? [], now: now)
    }

    /// `<Unix ms> <record>` each.
    package static func seen(_ values: [[UInt8]], now: Int64) -> [Seen] {
        values.prefix(countMax).compactMap { value -> Seen? in
            guard let blank = value.firstIndex(of: 0x20),
                let at = Int64(String(decoding: value[..<blank], as: UTF8.self)), at >= 0,
                let record = ServiceRecord(decoding: Array(value[(blank + 1)...]))
            else { return nil }
            let age = max(0, now - at)
            return age <= keptFor ? Seen(record: record, age: age) : nil
        }
        .sorted { ($0.record.name.rawValue, $0.record.id) < ($1.record.name.rawValue, $1.record.id) }
    }
}
