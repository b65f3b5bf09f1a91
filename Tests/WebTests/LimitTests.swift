import Base
import EventLoop
import HTTPWire
import RedisClient
import TestSupport
import Testing
import Web

/// The limits' machines, and Redis' script beside them.
@Suite struct LimitTests {
    private static let minute = LimitPolicy("minute", 3, perSeconds: 60)
    private static let day = LimitPolicy("day", 4, perSeconds: 86_400)
    /// A window of a minute and of a day begins here.
    private static let start: Int64 = 20_000 * 86_400_000

    /// When, in milliseconds after `start`, by which counters, and what is said.
    private static let table: [(at: Int64, counters: [LimitCounter], refused: Int?, used: [Int64])] = {
        let first = [LimitCounter("a", minute)]
        let both = [LimitCounter("k:m", minute), LimitCounter("k:d", day)]
        let mixed = [LimitCounter("a", minute), LimitCounter("k:m", minute), LimitCounter("k:d", day)]
        return [
            (0, first, nil, [1]), (1, first, nil, [2]), (50_000, first, nil, [3]), (59_999, first, 0, [3]),
            // Another window.
            (60_000, first, nil, [1]),
            // Two windows of one subject: the minute is used up first, then the day is, and a refused request counts nowhere.
            (60_000, both, nil, [1, 1]), (60_001, both, nil, [2, 2]), (60_002, both, nil, [3, 3]),
            (60_003, both, 0, [3, 3]), (60_004, both, 0, [3, 3]), (120_000, both, nil, [1, 4]),
            (120_001, both, 1, [1, 4]), (86_399_999, both, 1, [0, 4]), (86_400_000, both, nil, [1, 1]),
            // The first that is used up is named, and the others lose nothing by it.
            (86_400_001, mixed, nil, [1, 2, 2]), (86_400_002, mixed, nil, [2, 3, 3]),
            (86_400_003, mixed, 1, [2, 3, 3]), (86_400_004, first, nil, [3]),
            (86_400_005, mixed, 0, [3, 3, 3]),
            // A clock that is set back is in another window, and counts there.
            (60_000, first, nil, [1]), (0, [], nil, []),
        ]
    }()

    @Test func `a window lets its quota through and no more, and begins anew at its end`() {
        var local = LocalLimits()
        for (row, step) in Self.table.enumerated() {
            let now = Self.start + step.at
            let verdict = LimitVerdict(refused: step.refused, used: step.used, now: now)
            #expect(local.take(step.counters, now: now) == verdict, "row \(row)")
        }
    }

    @Test func `Redis' script says the same as the machine`() async throws {
        let server = try await RedisServer()
        try await withEventLoop { loop in
            let redis = RedisClient(try RedisConfig(url: server.url), on: loop)
            await redis.start()
            await redis.whenConnected()
            // Time stands still but for what the script is told, so no key may go by itself: far from now it would.
            for (row, step) in Self.table.enumerated() {
                let now = Self.start + step.at
                let reply = try await redis.evaluate(
                    LimitScript.take,
                    keys: step.counters.map(\.key),
                    arguments: LimitScript.arguments(step.counters, now: now)
                )
                let verdict = try #require(LimitScript.verdict(reply, count: step.counters.count))
                #expect(
                    verdict == LimitVerdict(refused: step.refused, used: step.used, now: now),
                    "row \(row)"
                )
            }
            let kept = try await redis.send(["PTTL", "k:d"]).integer ?? 0
            #expect((1...86_401_000).contains(kept))
            await redis.close()
        }
    }

    @Test func `Redis' own clock is asked where none is given`() async throws {
        let server = try await RedisServer()
        try await withEventLoop { loop in
            let redis = RedisClient(try RedisConfig(url: server.url), on: loop)
            await redis.start()
            await redis.whenConnected()
            let counters = [LimitCounter("a", Self.day)]
            let before = WallClock.unixMilliseconds()
            let reply = try await redis.evaluate(
                LimitScript.take,
                keys: ["a"],
                arguments: LimitScript.arguments(counters)
            )
            let after = WallClock.unixMilliseconds()
            let verdict = try #require(LimitScript.verdict(reply, count: 1))
            #expect((before...after).contains(verdict.now))
            await redis.close()
        }
    }

    @Test func `what is no verdict is taken for none`() {
        let number = RedisReply.integer(1)
        let replies: [RedisReply] = [
            .null, .integer(1), .array([]), .array([number, number]), .array([.integer(2), number, number]),
            .array([.integer(-1), number, number]), .array([.null, number, number]), .status("OK"),
        ]
        for reply in replies { #expect(LimitScript.verdict(reply, count: 1) == nil, "\(reply)") }
    }

    @Test func `a full table makes newcomers share, and has room again when windows end`() {
        var local = LocalLimits(countersMax: 2)
        func take(_ name: String, _ at: Int64) -> [Int64] {
            local.take([LimitCounter(name, Self.minute)], now: Self.start + at).used
        }
        #expect(take("a", 0) == [1] && take("b", 0) == [1])
        // Neither is forgotten, and nobody comes in uncounted.
        #expect(take("c", 1) == [1] && take("d", 2) == [2] && take("e", 3) == [3])
        #expect(local.shared == 3)
        #expect(local.take([LimitCounter("f", Self.minute)], now: Self.start + 4).refused == 0)
        #expect(take("a", 5) == [2] && take("b", 6) == [2])
        #expect(take("c", 60_000) == [1] && take("d", 60_001) == [1])
        #expect(local.count <= 3 && local.shared == 4)
    }

    @Test func `what is used up is believed for a second, and not when a clock was set back`() {
        let (minute, start) = (LimitCounter("a", Self.minute), Self.start)
        var exhausted = Exhausted()
        exhausted.note(minute, now: start)
        let counters = [LimitCounter("b", Self.minute), minute]
        #expect(exhausted.first(of: counters, now: start) == 1)
        #expect(exhausted.first(of: counters, now: start + 999) == 1)
        #expect(exhausted.first(of: counters, now: start + 1000) == nil)
        #expect(exhausted.first(of: counters, now: start - 1) == nil)
        exhausted.note(minute, now: start + 59_900)
        #expect(exhausted.first(of: counters, now: start + 59_999) == 1)
        #expect(exhausted.first(of: counters, now: start + 60_000) == nil)
        for number in 0...Exhausted.countersMax {
            exhausted.note(LimitCounter("n\(number)", Self.minute), now: start)
        }
        #expect(exhausted.count <= Exhausted.countersMax)
    }

    @Test func `headers say what is left of each policy, and to who is refused only what refused them`() {
        let counters = [LimitCounter("a", Self.minute), LimitCounter("k", Self.day)]
        func headers(_ answer: LimitAnswer) -> [String?] {
            var headers = HTTPHeaders()
            answer.add(to: &headers)
            return [headers["ratelimit-policy"], headers["ratelimit"]]
        }
        let policies = #""minute";q=3;w=60, "day";q=4;w=86400"#
        let allowed = LimitAnswer(
            counters,
            LimitVerdict(refused: nil, used: [1, 4], now: Self.start + 59_001)
        )
        #expect(allowed.problem == nil)
        #expect(headers(allowed) == [policies, #""minute";r=2;t=1, "day";r=0;t=86341"#])
        let refused = LimitAnswer(counters, LimitVerdict(refused: 1, used: [1, 9], now: Self.start))
        #expect(headers(refused) == [policies, #""day";r=0;t=86400"#])
        #expect(refused.problem?.status == 429)
        #expect(refused.problem?.headers.map { "\($0.name): \($0.value)" } == ["Retry-After: 86400"])
        #expect(headers(LimitAnswer([], LimitVerdict(refused: nil, used: [], now: 0))) == [nil, nil])
    }
}
