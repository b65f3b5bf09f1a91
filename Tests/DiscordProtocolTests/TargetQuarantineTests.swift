import Base
import DiscordProtocol
import Testing

/// What a refusal is about, seen through the limiter.
@Suite struct TargetQuarantineTests {
    private final class Bench {
        var limiter = RESTLimiter()
        var now = 0.0

        private var moment: RESTLimiter.Moment {
            RESTLimiter.Moment(now: .seconds(now), wall: 2_000_000_000_000, random: 0.5)
        }

        /// Nil: it was sent, and answered so.
        func ask(_ route: RESTRoute, _ status: Int, _ code: Int = 0) -> RESTError? {
            let (id, actions) = limiter.enqueue(RESTRequest(route), at: moment)
            guard case .send? = actions.first else {
                guard case .finish(_, .failure(let error))? = actions.first else { return .cancelled }
                return error
            }
            let body = code == 0 ? [] : Array(#"{"code":\#(code),"message":"m"}"#.utf8)
            _ = limiter.answered(id, RESTAnswer(status: status, body: body) { _ in nil }, at: moment)
            return nil
        }

        func lift(_ change: AccessChange) { limiter.changed(change, at: moment) }

        func isHeld(_ route: RESTRoute) -> Bool {
            if case .quarantined = ask(route, 200) { true } else { false }
        }
    }

    private static func send(_ channel: Int) -> RESTRoute {
        RESTRoute(.post, "/channels/{channel.id}/messages", ["\(channel)"])
    }

    private static func message(_ id: Int, _ method: RESTRoute.Method = .get) -> RESTRoute {
        RESTRoute(method, "/channels/{channel.id}/messages/{message.id}", ["1", "\(id)"])
    }

    private static func role(_ user: Int, _ role: Int) -> RESTRoute {
        RESTRoute(.put, "/guilds/{guild.id}/members/{user.id}/roles/{role.id}", ["9", "\(user)", "\(role)"])
    }

    private static func webhook(_ token: String, message: String? = nil) -> RESTRoute {
        let hook = "/webhooks/{webhook.id}/{webhook.token}"
        guard let message else { return RESTRoute(.post, hook, ["5", token], authority: .path) }
        return RESTRoute(.patch, hook + "/messages/{message.id}", ["5", token, message], authority: .path)
    }

    @Test func `what the bot is let into again is asked again, ten seconds behind the refusal`() {
        let bench = Bench()
        // 10 s, then 20.
        for _ in 0..<2 {
            #expect(bench.ask(Self.message(7), 403, 50001) == nil)
            #expect(bench.ask(Self.role(1, 1), 403, 50013) == nil)
            #expect(bench.ask(Self.webhook("a"), 401) == nil || bench.now > 0)
            bench.now += 10
        }
        bench.now -= 8
        bench.lift(AccessChange(channels: [Snowflake(2)], guilds: [Snowflake(8)]))
        #expect(
            bench.ask(Self.send(1), 200) == .quarantined(status: 403, wait: .seconds(18)),
            "another channel"
        )
        bench.lift(AccessChange(channels: [Snowflake(1)], guilds: [Snowflake(9), Snowflake(5)]))
        #expect(bench.ask(Self.send(1), 200) == .quarantined(status: 403, wait: .seconds(8)))
        #expect(bench.ask(Self.role(1, 1), 200) == .quarantined(status: 403, wait: .seconds(8)))
        #expect(bench.limiter.takeNotes().lifted == 2)
        bench.now += 8
        #expect(bench.ask(Self.message(7), 403, 50001) == nil, "it was asked")
        #expect(!bench.isHeld(Self.role(1, 1)) && bench.isHeld(Self.webhook("a")))
        #expect(
            bench.ask(Self.send(1), 200) == .quarantined(status: 403, wait: .seconds(40)),
            "as if nothing had been"
        )
        bench.now += 11
        bench.lift(AccessChange(channels: [Snowflake(1)]))
        #expect(bench.ask(Self.send(1), 200) == nil, "at once")
    }

    @Test func `what is gone stays gone, whatever the bot may do`() {
        let bench = Bench()
        #expect(bench.ask(Self.message(7), 404, 10008) == nil && bench.ask(Self.message(7), 200) != nil)
        bench.now = 5
        #expect(bench.ask(Self.message(7), 404, 10008) == nil)
        #expect(bench.ask(Self.role(1, 1), 404, 10007) == nil)
        bench.lift(AccessChange(channels: [Snowflake(1)], guilds: [Snowflake(9)]))
        #expect(bench.isHeld(Self.message(7)) && bench.isHeld(Self.role(1, 1)))
        #expect(bench.limiter.takeNotes().lifted == 0)
    }

    @Test func `a message that is gone silences only itself`() {
        let bench = Bench()
        #expect(bench.ask(Self.message(7), 404, 10008) == nil)
        #expect(bench.ask(Self.message(7), 200) == .quarantined(status: 404, wait: .seconds(5)))
        #expect(!bench.isHeld(Self.message(8)) && !bench.isHeld(Self.message(7, .delete)))
        #expect(!bench.isHeld(Self.send(1)))
    }

    @Test(arguments: [(404, 10003), (403, 50001)]) func `a channel that is gone or closed is left alone`(
        answer: (Int, Int)
    ) {
        let bench = Bench()
        #expect(bench.ask(Self.message(7), answer.0, answer.1) == nil)
        #expect(bench.isHeld(Self.send(1)) && bench.isHeld(Self.message(8)))
        #expect(!bench.isHeld(Self.send(2)))
        bench.now = 10
        #expect(!bench.isHeld(Self.send(1)))
    }

    @Test func `a guild is left alone when it is unknown, not for want of an intent`() {
        let members = RESTRoute(.get, "/guilds/{guild.id}/members", ["9"])
        let bench = Bench()
        #expect(bench.ask(members, 403, 50001) == nil)
        #expect(bench.isHeld(members) && !bench.isHeld(Self.role(1, 1)))
        #expect(bench.ask(RESTRoute(.get, "/guilds/{guild.id}", ["9"]), 404, 10004) == nil)
        #expect(bench.isHeld(Self.role(1, 1)))
    }

    @Test func `a missing permission is the path's, and after five in a row the route's`() {
        let bench = Bench()
        for user in 1...4 { #expect(bench.ask(Self.role(user, 3), 403, 50013) == nil) }
        #expect(bench.isHeld(Self.role(4, 3)) && !bench.isHeld(Self.role(5, 4)))
        // That success ended the row.
        for user in 10...14 { #expect(bench.ask(Self.role(user, 3), 403, 50013) == nil) }
        #expect(bench.isHeld(Self.role(5, 4)))
        let other = RESTRoute(.put, "/guilds/{guild.id}/members/{user.id}/roles/{role.id}", ["8", "1", "1"])
        #expect(!bench.isHeld(other) && !bench.isHeld(RESTRoute(.get, "/guilds/{guild.id}", ["9"])))
    }

    @Test func `a guild that a path names further on is told from other guilds`() {
        func commands(_ guild: Int) -> RESTRoute {
            let template = "/applications/{application.id}/guilds/{guild.id}/commands"
            return RESTRoute(.get, template, ["77", "\(guild)"])
        }
        let bench = Bench()
        for guild in 1...5 { #expect(bench.ask(commands(guild), 403, 50001) == nil) }
        #expect(!bench.isHeld(commands(6)) && bench.isHeld(commands(5)))
    }

    @Test func `the time doubles while refusals go on, up to an hour, and a success or quiet ends that`() {
        let bench = Bench()
        var times: [Duration] = []
        for _ in 0..<11 {
            #expect(bench.ask(Self.send(1), 403, 50013) == nil)
            guard case .quarantined(403, let wait) = bench.ask(Self.send(1), 200) else { continue }
            times.append(wait)
            bench.now += wait / .seconds(1)
        }
        #expect(times.prefix(4) == [.seconds(10), .seconds(20), .seconds(40), .seconds(80)])
        #expect(times.count == 11 && times.last == .seconds(3600))
        #expect(bench.ask(Self.send(1), 200) == nil && bench.ask(Self.send(1), 403, 50013) == nil)
        #expect(bench.ask(Self.send(1), 200) == .quarantined(status: 403, wait: .seconds(10)))
        bench.now += 10 + 600
        #expect(bench.ask(Self.send(1), 403, 50013) == nil)
        #expect(bench.ask(Self.send(1), 200) == .quarantined(status: 403, wait: .seconds(10)))
    }

    @Test(arguments: [(404, 10015), (401, 0), (401, 50027)])
    func `a webhook that is gone is never used again`(
        answer: (Int, Int)
    ) {
        let bench = Bench()
        #expect(bench.ask(Self.webhook("a"), answer.0, answer.1) == nil)
        bench.now = 86_000
        #expect(bench.isHeld(Self.webhook("a")) && bench.isHeld(Self.webhook("a", message: "1")))
        // It was about that webhook: neither another one nor the bot's token.
        #expect(!bench.isHeld(Self.webhook("b")) && !bench.limiter.isTokenRefused)
        #expect(bench.ask(Self.send(1), 200) == nil)
    }

    @Test func `a webhook's message that is gone is the message's alone`() {
        let bench = Bench()
        #expect(bench.ask(Self.webhook("a", message: "1"), 404, 10008) == nil)
        #expect(bench.isHeld(Self.webhook("a", message: "1")) && !bench.isHeld(Self.webhook("a")))
    }

    @Test func `those in line behind a refusal are told at their turn`() {
        var limiter = RESTLimiter()
        let moment = RESTLimiter.Moment(now: .zero, wall: 0, random: 0)
        let (first, _) = limiter.enqueue(RESTRequest(Self.send(1)), at: moment)
        let (second, none) = limiter.enqueue(RESTRequest(Self.send(1)), at: moment)
        #expect(none.isEmpty)
        let body = Array(#"{"code":50001,"message":""}"#.utf8)
        let actions = limiter.answered(first, RESTAnswer(status: 403, body: body) { _ in nil }, at: moment)
        #expect(actions.contains(.finish(second, .failure(.quarantined(status: 403, wait: .seconds(10))))))
        #expect(limiter.waitingCount == 0)
    }

    @Test func `the table is bounded`() {
        let bench = Bench()
        for id in 0..<10_500 {
            bench.now += 0.03
            _ = bench.ask(Self.message(id), 404)
        }
        #expect(bench.limiter.quarantine.count <= 10_000)
        #expect(bench.isHeld(Self.message(10_499)))
    }
}
