import Base
import DiscordProtocol
import Testing

@Suite struct RESTLimiterTests {
    private static func moment(_ seconds: Double) -> RESTLimiter.Moment {
        RESTLimiter.Moment(now: .milliseconds((seconds * 1000).rounded()), wall: 0, random: 0.5)
    }

    private static func send(_ channel: Int = 1, timeout: Duration = .seconds(30), repeatable: Bool? = nil)
        -> RESTRequest
    {
        let route = RESTRoute(.post, "/channels/{channel.id}/messages", ["\(channel)"])
        return RESTRequest(route, isRepeatable: repeatable, timeout: timeout)
    }

    private static func read(_ channel: Int = 1) -> RESTRequest {
        RESTRequest(RESTRoute(.get, "/channels/{channel.id}/messages", ["\(channel)"]))
    }

    private static func answer(_ status: Int, _ headers: [String: String] = [:], _ body: String = "")
        -> RESTAnswer
    {
        RESTAnswer(status: status, body: Array(body.utf8)) { headers[$0] }
    }

    private static func bucket(_ remaining: Int, of limit: Int = 5, after: Double = 5) -> [String: String] {
        [
            "x-ratelimit-bucket": "b", "x-ratelimit-limit": "\(limit)",
            "x-ratelimit-remaining": "\(remaining)",
            "x-ratelimit-reset-after": "\(after)",
        ]
    }

    private static func isSend(_ actions: [RESTLimiter.Action], _ id: RESTLimiter.ID) -> Bool {
        actions.contains { if case .send(id, _) = $0 { true } else { false } }
    }

    @Test func `one request finds out about a bucket, then as many go as remain; reads side by side`() {
        var limiter = RESTLimiter()
        let ids = (0..<6).map { _ in limiter.enqueue(Self.read(), at: Self.moment(0)).0 }
        #expect(limiter.inFlightCount == 1)
        let actions = limiter.answered(ids[0], Self.answer(200, Self.bucket(3)), at: Self.moment(0.1))
        #expect((1...3).allSatisfy { Self.isSend(actions, ids[$0]) } && limiter.inFlightCount == 3)
        #expect(
            limiter.answered(ids[2], Self.answer(200, Self.bucket(0, after: 4.9)), at: Self.moment(0.2)).count
                == 1
        )
        // The window ends 4.9 s behind the answer; two of the last window are still on their way.
        #expect(limiter.tick(at: Self.moment(5.1)).isEmpty && limiter.deadline == .milliseconds(5120))
        #expect(Self.isSend(limiter.tick(at: Self.moment(5.12)), ids[4]))
    }

    @Test func `a write goes alone`() {
        var limiter = RESTLimiter()
        let first = limiter.enqueue(Self.send(), at: Self.moment(0)).0
        let second = limiter.enqueue(Self.send(), at: Self.moment(0)).0
        let third = limiter.enqueue(Self.send(), at: Self.moment(0)).0
        let actions = limiter.answered(first, Self.answer(200, Self.bucket(4)), at: Self.moment(0.1))
        #expect(Self.isSend(actions, second) && !Self.isSend(actions, third))
        #expect(Self.isSend(limiter.failed(second, .unknown("x"), at: Self.moment(0.2)), third))
    }

    @Test(arguments: ["user", "shared"]) func `a bucket's 429 is waited for in place`(scope: String) {
        var limiter = RESTLimiter()
        let first = limiter.enqueue(Self.send(), at: Self.moment(0)).0
        let second = limiter.enqueue(Self.send(), at: Self.moment(0)).0
        let headers = ["x-ratelimit-scope": scope, "retry-after": "2"]
        #expect(limiter.answered(first, Self.answer(429, headers), at: Self.moment(1)).isEmpty)
        let other = limiter.enqueue(Self.send(2), at: Self.moment(1))
        #expect(Self.isSend(other.1, other.0))
        #expect(limiter.tick(at: Self.moment(2.9)).isEmpty)
        let actions = limiter.tick(at: Self.moment(3.02))
        #expect(Self.isSend(actions, first) && !Self.isSend(actions, second))
        #expect(limiter.takeNotes().limited == [RESTAnswer.Scope(rawValue: scope): 1])
    }

    @Test func `the global 429 holds what the bot's token asks; Cloudflare's holds everything`() {
        let own = RESTRoute(.post, "/webhooks/{webhook.id}/{webhook.token}", ["1", "t"], authority: .path)
        for (answer, isEdge) in [
            (Self.answer(429, [:], #"{"global":true,"retry_after":1.5}"#), false),
            (Self.answer(429, ["x-ratelimit-scope": "global", "retry-after": "1.5"]), false),
            (Self.answer(429, ["retry-after": "1.5"], "<html>error code: 1015</html>"), true),
        ] {
            var limiter = RESTLimiter()
            let first = limiter.enqueue(Self.send(), at: Self.moment(0)).0
            _ = limiter.answered(first, answer, at: Self.moment(0))
            #expect(limiter.enqueue(Self.send(2), at: Self.moment(1)).1.isEmpty)
            #expect(limiter.enqueue(RESTRequest(own), at: Self.moment(1)).1.isEmpty == isEdge)
            #expect(limiter.deadline == .milliseconds(1520))
            #expect(limiter.tick(at: Self.moment(1.52)).count == (isEdge ? 3 : 2))
        }
    }

    @Test func `a wait that is longer than a request's time ends it at once`() {
        var limiter = RESTLimiter()
        let first = limiter.enqueue(Self.send(), at: Self.moment(0)).0
        let actions = limiter.answered(
            first,
            Self.answer(429, ["retry-after": "600"], "{}"),
            at: Self.moment(0)
        )
        #expect(actions == [.finish(first, .failure(.timedOut))])
        let (second, refused) = limiter.enqueue(Self.send(), at: Self.moment(1))
        #expect(refused == [.finish(second, .failure(.timedOut))])
    }

    @Test func `429s without end end`() {
        var limiter = RESTLimiter()
        let (id, first) = limiter.enqueue(Self.send(timeout: .seconds(3600)), at: Self.moment(0))
        var (actions, time, sent) = (first, 0.0, 0)
        while Self.isSend(actions, id), sent < 100 {
            sent += 1
            actions = limiter.answered(
                id,
                Self.answer(429, ["x-ratelimit-scope": "user"]),
                at: Self.moment(time)
            )
            time += 2
            if actions.isEmpty { actions = limiter.tick(at: Self.moment(time)) }
        }
        #expect(sent == 8 && actions == [.finish(id, .failure(.refused(status: 429, code: 0, message: "")))])
    }

    @Test func `what may be sent again is, later each time; what may not is unknown`() {
        for repeatable in [true, false] {
            var limiter = RESTLimiter()
            let (id, first) = limiter.enqueue(Self.send(repeatable: repeatable), at: Self.moment(0))
            var (actions, times, time) = (first, [Double](), 0.0)
            while Self.isSend(actions, id) {
                times.append(time)
                actions = limiter.answered(id, Self.answer(502), at: Self.moment(time))
                guard actions.isEmpty, let next = limiter.deadline else { continue }
                time = next / .seconds(1)
                actions = limiter.tick(at: Self.moment(time))
            }
            #expect(actions == [.finish(id, .failure(.unknownOutcome("Discord answered 502")))])
            #expect(times == (repeatable ? [0, 0.375, 1.125, 2.625] : [0]))
        }
    }

    @Test func `a request that was sent and then runs out of time is not said to be unsent`() {
        var limiter = RESTLimiter()
        let (id, _) = limiter.enqueue(Self.send(timeout: .seconds(10), repeatable: true), at: Self.moment(0))
        #expect(limiter.failed(id, .unknown("broke"), at: Self.moment(1)).isEmpty)
        var limited = limiter
        _ = limited.tick(at: Self.moment(2))
        let actions = limited.answered(id, Self.answer(429, ["retry-after": "60"], "{}"), at: Self.moment(3))
        #expect(actions == [.finish(id, .failure(.unknownOutcome("broke")))])
        #expect(limiter.tick(at: Self.moment(10)) == [.finish(id, .failure(.unknownOutcome("broke")))])
    }

    @Test func `time in line ends, and who is cancelled leaves at once`() {
        var limiter = RESTLimiter()
        let first = limiter.enqueue(Self.send(), at: Self.moment(0)).0
        let second = limiter.enqueue(Self.send(timeout: .seconds(3)), at: Self.moment(0)).0
        let third = limiter.enqueue(Self.send(), at: Self.moment(0)).0
        #expect(limiter.deadline == .seconds(3))
        #expect(limiter.tick(at: Self.moment(3)) == [.finish(second, .failure(.timedOut))])
        #expect(limiter.cancel(third, at: Self.moment(3)) == [.finish(third, .failure(.cancelled))])
        #expect(limiter.waitingCount == 0 && limiter.cancel(third, at: Self.moment(3)).isEmpty)
        #expect(limiter.cancel(first, at: Self.moment(3)) == [.finish(first, .failure(.cancelled))])
        // Its answer still teaches, and is nobody's.
        #expect(limiter.answered(first, Self.answer(200, Self.bucket(0)), at: Self.moment(4)).isEmpty)
        #expect(limiter.enqueue(Self.send(), at: Self.moment(4)).1.isEmpty)
    }

    @Test func `lines are bounded, each and together`() {
        var limits = RESTLimiter.Limits()
        (limits.waitingPerBucket, limits.waiting, limits.inFlight, limits.botInFlight) = (3, 5, 1, 1)
        var limiter = RESTLimiter(limits)
        let outcomes = (0..<5).map { _ in limiter.enqueue(Self.send(), at: Self.moment(0)).1 }
        #expect(outcomes.map(\.count) == [1, 0, 0, 0, 1])
        #expect(outcomes[4] == [.finish(5, .failure(.overloaded))])
        let others = (2..<5).map { limiter.enqueue(Self.send($0), at: Self.moment(0)).1.count }
        #expect(others == [0, 0, 1])
    }

    @Test func `buckets are forgotten when their window is over, and past the bound before`() {
        var limits = RESTLimiter.Limits()
        limits.buckets = 10
        var limiter = RESTLimiter(limits)
        for channel in 0..<40 {
            let (id, _) = limiter.enqueue(Self.send(channel), at: Self.moment(Double(channel) / 10))
            let answer = Self.answer(200, Self.bucket(1, after: 50))
            _ = limiter.answered(id, answer, at: Self.moment(Double(channel) / 10))
        }
        #expect(limiter.bucketCount <= 11 && limiter.takeNotes().bucketsForgotten >= 28)
        _ = limiter.tick(at: Self.moment(100))
        #expect(limiter.bucketCount == 0)
    }

    @Test func `the bot's token, once refused, is not shown again; webhooks go on`() {
        var limiter = RESTLimiter()
        let first = limiter.enqueue(Self.send(), at: Self.moment(0)).0
        let second = limiter.enqueue(Self.send(), at: Self.moment(0)).0
        let actions = limiter.answered(first, Self.answer(401), at: Self.moment(1))
        #expect(
            actions == [
                .finish(first, .failure(.unauthorized)), .finish(second, .failure(.unauthorized)),
            ]
        )
        let (third, refused) = limiter.enqueue(Self.read(), at: Self.moment(900))
        #expect(refused == [.finish(third, .failure(.unauthorized))] && limiter.isTokenRefused)
        let own = RESTRoute(.post, "/webhooks/{webhook.id}/{webhook.token}", ["1", "t"], authority: .path)
        let (fourth, sent) = limiter.enqueue(RESTRequest(own), at: Self.moment(900))
        #expect(Self.isSend(sent, fourth))
    }

    @Test func `answers to interactions do not wait behind the bot's own requests`() {
        var limiter = RESTLimiter()
        for channel in 0..<60 { _ = limiter.enqueue(Self.send(channel), at: Self.moment(0)) }
        #expect(limiter.inFlightCount == 12)
        let template = "/interactions/{interaction.id}/{interaction.token}/callback"
        let own = RESTRequest(RESTRoute(.post, template, ["1", "t"], authority: .path))
        let (id, actions) = limiter.enqueue(own, at: Self.moment(0))
        #expect(Self.isSend(actions, id))
    }

    @Test func `strange headers and bodies teach nothing wrong`() {
        let broken = Self.answer(
            429,
            ["retry-after": "soon", "x-ratelimit-scope": "x"],
            #"{"retry_after":-1}"#
        )
        #expect(broken.retryAfter == .seconds(1) && broken.scope == .user)
        let long = Self.answer(429, ["retry-after": "1e300"], #"{"retry_after":1e999}"#)
        #expect(long.retryAfter == RESTAnswer.waitMax)
        #expect(Self.answer(429, ["retry-after": "1"], #"{"retry_after":2.5}"#).retryAfter == .seconds(2.5))
        #expect(Self.answer(429, ["retry-after": "0"]).retryAfter == RESTAnswer.waitMin)
        #expect(Self.answer(200, ["x-ratelimit-bucket": "b", "x-ratelimit-remaining": "x"]).bucket == nil)
        let odd = Self.answer(200, Self.bucket(-3, of: -1, after: 0)).bucket
        #expect(odd?.limit == 1 && odd?.remaining == 0 && odd?.resetAfter == .zero)
    }
}
