import Base
import DiscordProtocol
import Testing

@Suite struct InvalidRequestBudgetTests {
    private static let now: Int64 = 2_000_000_000_000
    private static let limit = InvalidRequestBudget.limitDefault

    private static func spent(_ count: Int, wall: Int64 = now) -> InvalidRequestBudget {
        var budget = InvalidRequestBudget()
        for _ in 0..<count { budget.count(wall: wall) }
        return budget
    }

    @Test func `stops below Discord's limit, and goes on when the oldest are 10 minutes old`() {
        #expect(Self.limit < 10_000)
        #expect(Self.spent(Self.limit - 1).wait(wall: Self.now) == .zero)
        let spent = Self.spent(Self.limit)
        // Counted per 10 s: until the whole slot is over.
        #expect(spent.wait(wall: Self.now) == .seconds(610))
        #expect(spent.wait(wall: Self.now + 609_999) == .milliseconds(1))
        #expect(spent.wait(wall: Self.now + 610_000) == .zero && spent.total(wall: Self.now + 610_000) == 0)
    }

    @Test func `never holds more within any 10 minutes than the limit`() {
        var (budget, random) = (InvalidRequestBudget(limit: 200), SeededRandom(seed: 7))
        var refused: [Int64] = []
        var wall = Self.now
        while wall < Self.now + 7_200_000 {
            if budget.wait(wall: wall) == .zero {
                budget.count(wall: wall)
                refused.append(wall)
            }
            wall += Int64.random(in: 0...4000, using: &random)
        }
        #expect(refused.count > 2000)
        var first = 0
        for index in refused.indices {
            while refused[index] - refused[first] >= 600_000 { first += 1 }
            #expect(index - first < 200)
        }
    }

    @Test func `the wait names when one more fits`() {
        var (budget, random) = (InvalidRequestBudget(limit: 50), SeededRandom(seed: 3))
        for step in 0..<60 {
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                budget.count(wall: Self.now + Int64(step) * 10_000)
            }
        }
        let wall = Self.now + 600_000
        let wait = budget.wait(wall: wall)
        #expect(wait > .zero)
        let freed = wall + Int64(wait / .milliseconds(1))
        #expect(budget.total(wall: freed - 1) >= 50 && budget.total(wall: freed) < 50)
    }

    @Test func `what other processes wrote counts, and nothing counts twice`() {
        var budget = Self.spent(3)
        #expect(budget.hasUnwritten)
        #expect(budget.takeUnwritten() == [InvalidRequestBudget.slot(Self.now): 3])
        #expect(!budget.hasUnwritten && budget.total(wall: Self.now) == 3)
        budget.count(wall: Self.now)
        budget.wrote([InvalidRequestBudget.slot(Self.now): 10])
        #expect(budget.total(wall: Self.now) == 11 && budget.hasUnwritten)
        _ = budget.takeUnwritten()
        budget.writeFailed(wall: Self.now)
        #expect(budget.total(wall: Self.now) == 11 && !budget.hasUnwritten)
        budget.wrote([InvalidRequestBudget.slot(Self.now): 10])
        #expect(budget.total(wall: Self.now) == 11)
    }

    @Test func `a clock set back does not forget`() {
        let spent = Self.spent(Self.limit)
        #expect(spent.wait(wall: Self.now - 60_000) > .zero)
        #expect(spent.wait(wall: Self.now - 60_000) <= .seconds(610))
        #expect(spent.wait(wall: Self.now - 3_600_000) == .zero)
    }

    // MARK: In the limiter

    private static func moment(_ seconds: Double) -> RESTLimiter.Moment {
        RESTLimiter.Moment(now: .seconds(seconds), wall: now + Int64(seconds * 1000), random: 0.5)
    }

    @Test func `a flood of failing requests stops at the budget, the real one`() {
        var limiter = RESTLimiter()
        var (sent, refused, held, time) = (0, 0, 0, 0.0)
        var number = 0
        while time < 599 {
            number += 1
            let route = RESTRoute(.get, "/channels/{channel.id}", ["\(number)"])
            let (_, actions) = limiter.enqueue(RESTRequest(route), at: Self.moment(time))
            var left = actions[...]
            while let action = left.popFirst() {
                switch action {
                case .send(let id, _):
                    sent += 1
                    let answer = RESTAnswer(status: 403, body: []) { _ in nil }
                    left += limiter.answered(id, answer, at: Self.moment(time))
                case .finish(_, .failure(.refused(403, _, _, _))): refused += 1
                case .finish(_, .failure(.invalidRequestBudgetSpent(let wait))):
                    held += 1
                    #expect(wait > .zero && wait <= .seconds(610))
                case .finish(_, let result): Issue.record("\(result)")
                }
            }
            time += 0.06
        }
        #expect(sent == Self.limit && refused == Self.limit && held == number - sent && held > 500)
    }

    @Test func `shared 429s and 404s cost nothing, others do`() {
        func cost(_ status: Int, scope: String? = nil) -> Int {
            var limiter = RESTLimiter()
            let request = RESTRequest(RESTRoute(.get, "/channels/{channel.id}", ["1"]))
            let (id, _) = limiter.enqueue(request, at: Self.moment(0))
            let answer = RESTAnswer(status: status, body: []) { $0 == "x-ratelimit-scope" ? scope : nil }
            _ = limiter.answered(id, answer, at: Self.moment(0))
            return limiter.budget.total(wall: Self.now)
        }
        #expect(cost(200) == 0 && cost(404) == 0 && cost(400) == 0 && cost(500) == 0)
        #expect(cost(429, scope: "shared") == 0)
        #expect(cost(401) == 1 && cost(403) == 1 && cost(429) == 1)
        #expect(cost(429, scope: "user") == 1 && cost(429, scope: "global") == 1)
    }

    @Test func `all that are on their way may be refused without passing the limit`() {
        var limiter = RESTLimiter(budget: InvalidRequestBudget(limit: 3))
        var sent: [RESTLimiter.ID] = []
        for number in 0..<10 {
            let route = RESTRoute(.get, "/channels/{channel.id}", ["\(number)"])
            for case .send(let id, _) in limiter.enqueue(RESTRequest(route), at: Self.moment(0)).1 {
                sent.append(id)
            }
        }
        #expect(sent.count == 3)
        let success = RESTAnswer(status: 200, body: []) { _ in nil }
        #expect(limiter.answered(sent[0], success, at: Self.moment(1)).count == 2)
        let refusal = RESTAnswer(status: 403, body: []) { _ in nil }
        #expect(limiter.answered(sent[1], refusal, at: Self.moment(1)).count == 1)
    }

    @Test func `nothing is sent before it is known what was refused`() {
        var limiter = RESTLimiter(isOpen: false)
        let request = RESTRequest(RESTRoute(.get, "/channels/{channel.id}", ["1"]))
        let (id, actions) = limiter.enqueue(request, at: Self.moment(0))
        #expect(actions.isEmpty && limiter.waitingCount == 1)
        limiter.budget.wrote([InvalidRequestBudget.slot(Self.now): Self.limit])
        guard case .finish(id, .failure(.invalidRequestBudgetSpent))? = limiter.open(at: Self.moment(0)).first
        else {
            Issue.record("not held")
            return
        }
    }
}
