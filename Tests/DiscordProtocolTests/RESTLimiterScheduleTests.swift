import Base
import DiscordProtocol
import Testing

/// The limiter against a model of Discord, over schedules drawn by chance.
@Suite struct RESTLimiterScheduleTests {
    private static let messages = "/channels/{channel.id}/messages"
    private static let message = "/channels/{channel.id}/messages/{message.id}"
    private static let pins = "/channels/{channel.id}/messages/pins"
    private static let role = "/guilds/{guild.id}/members/{user.id}/roles/{role.id}"

    private static let rules: [String: ModelDiscord.Rule] = [
        "POST \(messages)": .init(bucket: "send", limit: 5, window: .seconds(5), isSliding: true),
        "GET \(messages)": .init(bucket: "read", limit: 20, window: .seconds(1)),
        "GET \(pins)": .init(bucket: "pins", limit: 4, window: .milliseconds(900), isSliding: true),
        "PATCH \(message)": .init(bucket: "change", limit: 3, window: .milliseconds(700)),
        "DELETE \(message)": .init(bucket: "change", limit: 3, window: .milliseconds(700)),
        "PUT \(role)": .init(bucket: "roles", limit: 10, window: .seconds(10)),
        "GET /users/{user.id}": .init(bucket: nil),
    ]

    private static func request(_ random: inout SeededRandom, _ number: Int) -> RESTRequest {
        let channel = String(Int.random(in: 1...4, using: &random))
        let route =
            switch Int.random(in: 0..<9, using: &random) {
            case 0...2: RESTRoute(.post, messages, [channel])
            case 3: RESTRoute(.get, messages, [channel])
            case 4: RESTRoute(.get, pins, [channel])
            case 5: RESTRoute(.patch, message, [channel, "\(number)"])
            case 6: RESTRoute(.delete, message, [channel, "\(number)"])
            case 7: RESTRoute(.put, role, ["9\(channel)", "1", "2"])
            default: RESTRoute(.get, "/users/{user.id}", ["\(number)"])
            }
        return RESTRequest(route, timeout: .seconds(600))
    }

    /// One of each route, far apart: what shares a bucket can be known only from its first answer.
    private static func acquainted(_ seed: UInt64, travel: ClosedRange<Int>) -> LimiterRun {
        var run = LimiterRun(ModelDiscord(rules: rules), seed: seed, travel: travel)
        let first = [
            RESTRoute(.post, messages, ["1"]), RESTRoute(.get, messages, ["1"]),
            RESTRoute(.patch, message, ["1", "1"]), RESTRoute(.delete, message, ["1", "1"]),
            RESTRoute(.put, role, ["91", "1", "2"]), RESTRoute(.get, pins, ["1"]),
        ]
        for (number, route) in first.enumerated() {
            run.ask(RESTRequest(route), at: .seconds(20 * number))
        }
        run.run()
        return run
    }

    @Test(arguments: 0..<24) func `no schedule provokes a 429, starves anybody or changes the order`(
        seed: Int
    ) {
        var random = SeededRandom(seed: UInt64(seed))
        let travel = [1...3, 1...300, 40...60, 1...3000][seed % 4]
        var run = Self.acquainted(UInt64(seed), travel: travel)
        let (start, before) = (run.now, run.results.count)
        var requests: [RESTLimiter.ID: RESTRequest] = [:]
        let bursts = (0..<6).map { _ in Int.random(in: 0..<20_000, using: &random) }.sorted()
        var asked: [(Duration, RESTRequest)] = []
        for number in 0..<300 {
            let burst = bursts[Int.random(in: 0..<6, using: &random)]
            let at = start + .milliseconds(burst + Int.random(in: 0..<50, using: &random))
            asked.append((at, Self.request(&random, number)))
        }
        for (number, (at, request)) in asked.sorted(by: { $0.0 < $1.0 }).enumerated() {
            run.ask(request, at: at)
            requests[RESTLimiter.ID(before + number + 1)] = request
        }
        run.run()
        #expect(run.discord.limited == 0, "Discord had to say 429")
        #expect(run.results.count == before + 300)
        #expect(run.results.values.allSatisfy { if case .success = $0 { true } else { false } })
        #expect(run.limiter.waitingCount == 0 && run.limiter.inFlightCount == 0)
        #expect(run.onTheirWayMax <= 16)
        expectOrder(run, requests)
        expectSeconds(run.discord.arrivals)
    }

    /// Writes of one bucket reach Discord in the order in which they were asked for.
    private func expectOrder(_ run: LimiterRun, _ requests: [RESTLimiter.ID: RESTRequest]) {
        var last: [String: RESTLimiter.ID] = [:]
        for id in run.arrived {
            guard let route = requests[id]?.route, route.method != .get else { continue }
            let rule = Self.rules["\(route.method.rawValue) \(route.template)"]
            let line = "\(rule?.bucket ?? "") \(route.major)"
            #expect(last[line] ?? 0 < id, "\(line): \(id) came after \(last[line] ?? 0)")
            last[line] = id
        }
    }

    /// Nor is there a second, wherever it begins, with more than the limit.
    private func expectSeconds(_ arrivals: [Duration]) {
        var first = 0
        for index in arrivals.indices {
            while arrivals[index] - arrivals[first] >= .seconds(1) { first += 1 }
            #expect(index - first < 45, "\(index - first + 1) requests in a second")
        }
    }

    @Test(arguments: [RESTRoute.Method.delete, .patch])
    func `what may share a bucket that is spent is not asked first`(
        method: RESTRoute.Method
    ) {
        // Discord counts the DELETE with the PUT; the PATCH has a bucket of its own.
        let rules = Self.rules.merging([
            "DELETE \(Self.role)": .init(bucket: "roles", limit: 10, window: .seconds(10))
        ]) { $1 }
        var run = LimiterRun(ModelDiscord(rules: rules), seed: 3, travel: 20...40)
        for user in 0..<10 {
            run.ask(RESTRequest(RESTRoute(.put, Self.role, ["9", "\(user)", "2"])), at: .zero)
        }
        for user in 0..<3 {
            run.ask(RESTRequest(RESTRoute(method, Self.role, ["9", "\(user)", "2"])), at: .seconds(2))
        }
        // Another guild's is none of it.
        run.ask(RESTRequest(RESTRoute(method, Self.role, ["8", "1", "2"])), at: .seconds(2))
        run.run()
        #expect(run.discord.limited == 0, "Discord had to say 429")
        #expect(run.results.count == 14 && run.finishedAt > .seconds(10) && run.finishedAt < .seconds(12))
        #expect(run.arrived.firstIndex(of: 14) == 10, "\(run.arrived)")
    }

    @Test func `many channels at once are held to the rate, and the rate is used`() {
        var run = LimiterRun(ModelDiscord(rules: Self.rules), seed: 1, travel: 20...40)
        for channel in 0..<900 {
            let route = RESTRoute(.post, Self.messages, ["\(channel)"])
            run.ask(RESTRequest(route, timeout: .seconds(600)), at: .zero)
        }
        run.run()
        #expect(run.discord.limited == 0 && run.results.count == 900)
        // 900 at 45 a second; each keeps its place until a second behind its answer.
        #expect(run.finishedAt > .seconds(19) && run.finishedAt < .seconds(24), "\(run.finishedAt)")
    }

    @Test func `a bucket is used up to its limit`() {
        var run = LimiterRun(ModelDiscord(rules: Self.rules), seed: 2, travel: 20...40)
        for _ in 0..<26 {
            run.ask(RESTRequest(RESTRoute(.post, Self.messages, ["1"]), timeout: .seconds(600)), at: .zero)
        }
        run.run()
        // 5 in each 5 s: the 26th opens the sixth window.
        #expect(run.finishedAt > .seconds(25) && run.finishedAt < .seconds(27), "\(run.finishedAt)")
        #expect(run.discord.limited == 0)
    }

    @Test func `a route that moves to another bucket keeps its order and its requests`() {
        var run = LimiterRun(ModelDiscord(rules: Self.rules), seed: 3)
        for number in 0..<4 {
            let route = RESTRoute(.patch, Self.message, ["1", "\(number)"])
            run.ask(RESTRequest(route, timeout: .seconds(600)), at: .seconds(number))
        }
        run.run()
        run.discord.rules["PATCH \(Self.message)"] = .init(bucket: "other", limit: 2, window: .seconds(3))
        for number in 4..<30 {
            let route = RESTRoute(number % 3 == 0 ? .delete : .patch, Self.message, ["1", "\(number)"])
            run.ask(RESTRequest(route, timeout: .seconds(600)), at: .seconds(60))
        }
        run.run()
        let failures = run.results.values.filter { if case .failure = $0 { true } else { false } }
        #expect(run.results.count == 30 && failures.isEmpty)
        #expect(run.limiter.waitingCount == 0 && run.discord.limited <= 1)
    }
}
