import Base
import DiscordProtocol
import Testing

/// First responses to interactions, which have three seconds, and what is said of requests that were sent more than once.
@Suite struct RESTCallbackTests {
    private static func moment(_ seconds: Double) -> RESTLimiter.Moment {
        RESTLimiter.Moment(now: .milliseconds((seconds * 1000).rounded()), wall: 0, random: 0.5)
    }

    private static func callback(_ id: Int) -> RESTRequest {
        let template = "/interactions/{interaction.id}/{interaction.token}/callback"
        let route = RESTRoute(.post, template, ["\(id)", "token-\(id)"], authority: .path)
        var request = RESTRequest(route, isRepeatable: true, timeout: .seconds(3))
        request.tryTimeout = .seconds(1)
        return request
    }

    private static func edit(_ channel: Int = 1, timeout: Duration = .seconds(30)) -> RESTRequest {
        let template = "/channels/{channel.id}/messages/{message.id}"
        return RESTRequest(RESTRoute(.patch, template, ["\(channel)", "2"]), timeout: timeout)
    }

    private static func answer(_ status: Int, _ body: String = "", _ headers: [String: String] = [:])
        -> RESTAnswer
    {
        RESTAnswer(status: status, body: Array(body.utf8)) { headers[$0] }
    }

    private static func sends(_ actions: [RESTLimiter.Action]) -> [RESTLimiter.ID] {
        actions.compactMap { if case .send(let id, _) = $0 { id } else { nil } }
    }

    @Test func `callbacks of many interactions are on their way together, up to what may be`() {
        var limiter = RESTLimiter()
        var sent = (1...30).flatMap { Self.sends(limiter.enqueue(Self.callback($0), at: Self.moment(2)).1) }
        #expect(sent.count == limiter.limits.inFlight && limiter.inFlightCount == 16)
        // An answer with headers, which a route of one bucket has, holds nobody up either.
        let headers = [
            "x-ratelimit-bucket": "b", "x-ratelimit-limit": "1", "x-ratelimit-remaining": "0",
            "x-ratelimit-reset-after": "60",
        ]
        for id in sent {
            sent += Self.sends(limiter.answered(id, Self.answer(204, "", headers), at: Self.moment(2.2)))
        }
        #expect(sent.count == 30, "all within the time of two answers")
    }

    @Test func `a callback that Discord does not answer holds up nothing else, and is sent again in time`() {
        var limiter = RESTLimiter()
        let (first, actions) = limiter.enqueue(Self.callback(1), at: Self.moment(0))
        #expect(actions == [.send(first, timeout: .seconds(1))])
        #expect(limiter.failed(first, .unknown("no answer"), at: Self.moment(1)).isEmpty)
        let (second, others) = limiter.enqueue(Self.callback(2), at: Self.moment(1))
        #expect(Self.sends(others) == [second])
        #expect(Self.sends(limiter.tick(at: Self.moment(1.5))) == [first])
    }

    @Test func `refusals of some interactions say nothing about the others`() {
        var limiter = RESTLimiter()
        for id in 1...8 {
            let (request, actions) = limiter.enqueue(Self.callback(id), at: Self.moment(0))
            #expect(Self.sends(actions) == [request], "\(id)")
            _ = limiter.answered(request, Self.answer(403, #"{"code":50013}"#), at: Self.moment(0))
        }
    }

    // MARK: Sent more than once

    @Test func `an answer to a second try says that there was a first`() {
        for status in [200, 404] {
            for isFirstLost in [true, false] {
                var limiter = RESTLimiter()
                let (id, _) = limiter.enqueue(Self.edit(), at: Self.moment(0))
                if isFirstLost {
                    _ = limiter.answered(id, Self.answer(502), at: Self.moment(0))
                    #expect(Self.sends(limiter.tick(at: Self.moment(1))) == [id])
                }
                let answer = Self.answer(status, status == 404 ? #"{"code":10008,"message":"m"}"# : "")
                let wanted: Result<RESTReply, RESTError> =
                    status == 200
                    ? .success(RESTReply(status: 200, body: [], isResent: isFirstLost))
                    : .failure(
                        .refused(status: 404, code: 10008, message: "m", isResent: isFirstLost)
                    )
                #expect(limiter.answered(id, answer, at: Self.moment(1)) == [.finish(id, wanted)])
            }
        }
    }

    @Test func `what cannot be sent a second time is not said to be unsent`() {
        let lost = RESTLimiter.Action.finish(1, .failure(.unknownOutcome("Discord answered 502")))
        for answer in [Self.answer(401), nil] {
            var limiter = RESTLimiter()
            let (id, _) = limiter.enqueue(Self.edit(), at: Self.moment(0))
            _ = limiter.answered(id, Self.answer(502), at: Self.moment(0))
            #expect(Self.sends(limiter.tick(at: Self.moment(1))) == [id])
            let actions =
                answer.map { limiter.answered(id, $0, at: Self.moment(1)) }
                ?? limiter.failed(id, .notSent("no address"), at: Self.moment(1))
            #expect(actions == [lost])
        }
    }

    // MARK: A token that was refused

    @Test func `who waits is told of the token's refusal, also where nobody waits for the refused request`() {
        var limiter = RESTLimiter()
        let (first, _) = limiter.enqueue(Self.edit(), at: Self.moment(0))
        let (second, _) = limiter.enqueue(Self.edit(), at: Self.moment(0))
        _ = limiter.cancel(first, at: Self.moment(0))
        let actions = limiter.answered(first, Self.answer(401), at: Self.moment(1))
        #expect(actions == [.finish(second, .failure(.unauthorized))])
    }

    @Test func `what comes back after the token's refusal is not sent again with it`() {
        for status in [502, 429] {
            var limiter = RESTLimiter()
            let (first, _) = limiter.enqueue(Self.edit(1), at: Self.moment(0))
            let (second, _) = limiter.enqueue(Self.edit(2), at: Self.moment(0))
            _ = limiter.answered(first, Self.answer(401), at: Self.moment(1))
            let headers = ["x-ratelimit-scope": "user", "retry-after": "1"]
            var actions = limiter.answered(second, Self.answer(status, "", headers), at: Self.moment(1))
            actions += limiter.tick(at: Self.moment(20))
            #expect(Self.sends(actions).isEmpty)
            let error = status == 429 ? RESTError.unauthorized : .unknownOutcome("Discord answered 502")
            #expect(actions == [.finish(second, .failure(error))])
        }
    }

    // MARK: Time

    @Test func `a line that is known to be spent for longer than a request's time is not waited in`() {
        var limiter = RESTLimiter()
        let (first, _) = limiter.enqueue(Self.edit(), at: Self.moment(0))
        let headers = [
            "x-ratelimit-bucket": "b", "x-ratelimit-limit": "5", "x-ratelimit-remaining": "0",
            "x-ratelimit-reset-after": "60",
        ]
        _ = limiter.answered(first, Self.answer(200, "", headers), at: Self.moment(0))
        let (second, actions) = limiter.enqueue(Self.edit(timeout: .seconds(30)), at: Self.moment(1))
        #expect(actions == [.finish(second, .failure(.timedOut))])
        #expect(limiter.enqueue(Self.edit(timeout: .seconds(60)), at: Self.moment(1)).1.isEmpty)
    }

    @Test func `however long a request may wait, a try of it does not`() {
        var limiter = RESTLimiter()
        let (again, first) = limiter.enqueue(Self.edit(1, timeout: .seconds(900)), at: Self.moment(0))
        #expect(first == [.send(again, timeout: .seconds(15))])
        let route = RESTRoute(.post, "/channels/{channel.id}/messages", ["2"])
        let (once, second) = limiter.enqueue(RESTRequest(route, timeout: .seconds(900)), at: Self.moment(0))
        #expect(second == [.send(once, timeout: .seconds(30))])
    }
}
