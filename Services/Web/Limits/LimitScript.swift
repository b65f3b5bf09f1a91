package import RedisClient

/// `FixedWindow.take` as a script of Redis: one command for all of a request's counters.
package enum LimitScript {
    /// Redis' own clock unless the first argument is a time: replicas whose clocks differ count in the same windows.
    package static let take = RedisScript(
        """
        local now = tonumber(ARGV[1])
        if now == 0 then
            local time = redis.call('TIME')
            now = time[1] * 1000 + math.floor(time[2] / 1000)
        end
        local answer, windows, refused = {0, now}, {}, 0
        for i, key in ipairs(KEYS) do
            local quota, length = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
            windows[i] = math.floor(now / length)
            local held, used = redis.call('HMGET', key, 'w', 'n'), 0
            if tonumber(held[1] or -1) == windows[i] then used = tonumber(held[2]) end
            if refused == 0 and used >= quota then refused = i end
            answer[i + 2] = used
        end
        answer[1] = refused
        if refused > 0 then return answer end
        for i, key in ipairs(KEYS) do
            answer[i + 2] = answer[i + 2] + 1
            redis.call('HSET', key, 'w', string.format('%.0f', windows[i]), 'n', answer[i + 2])
            local length = tonumber(ARGV[2 * i + 1])
            redis.call('PEXPIRE', key, string.format('%.0f', length - now % length + \(keptPastEnd)))
        end
        return answer
        """
    )

    /// Milliseconds that a count outlives its window.
    private static let keptPastEnd = 1000

    /// `now` in Unix milliseconds; nil: Redis' own.
    package static func arguments(_ counters: [LimitCounter], now: Int64? = nil) -> [[UInt8]] {
        let numbers = [now ?? 0] + counters.flatMap { [$0.policy.quota, $0.policy.window] }
        return numbers.map { Array(String($0).utf8) }
    }

    package static func verdict(_ reply: RedisReply, count: Int) -> LimitVerdict? {
        let numbers = reply.array?.compactMap(\.integer) ?? []
        guard numbers.count == count + 2, 0...Int64(count) ~= numbers[0] else { return nil }
        let refused = numbers[0] == 0 ? nil : Int(numbers[0]) - 1
        return LimitVerdict(refused: refused, used: Array(numbers[2...]), now: numbers[1])
    }
}
