import Base
import DiscordProtocol
import JSON
import Testing

@Suite struct GatewayMachineTests {
    private static let token = Secret("t0ken")
    private static let hello = #"{"op":10,"d":{"heartbeat_interval":40000},"s":null,"t":null}"#
    private static let ack = #"{"op":11,"d":null}"#

    /// A machine with its clock: what happens moves the clock to where it says.
    private struct Conversation {
        var machine: GatewayMachine
        var now = Duration.zero

        init(session: Session? = nil) {
            machine = GatewayMachine(token: token, intents: .product, shard: 0, count: 1, session: session)
        }

        mutating func receive(_ text: String, random: Double = 0.5) throws -> [GatewayMachine.Action] {
            machine.received(try GatewayPayload(parsing: Array(text.utf8)), now: now, random: random)
        }

        mutating func tick(at seconds: Double) -> [GatewayMachine.Action] {
            now = .seconds(seconds)
            return machine.tick(now: now, random: 0.5)
        }

        mutating func close(_ code: UInt16?) -> [GatewayMachine.Action] {
            machine.closed(code: code, now: now, random: 0.5)
        }

        /// Hears nothing until the machine has had enough of it.
        mutating func silence() -> [GatewayMachine.Action] {
            var actions: [GatewayMachine.Action] = []
            while let deadline = machine.deadline, !actions.contains(.close(4000)) {
                now = deadline
                actions += machine.tick(now: now, random: 0.5)
            }
            return actions
        }

        /// Waits as long as the machine asks for, then opens what it connects to.
        mutating func reconnect() -> GatewayMachine.Target? {
            if let deadline = machine.deadline { now = max(now, deadline) }
            let actions = machine.start(now: now) + machine.tick(now: now, random: 0.5)
            _ = machine.opened(now: now)
            guard case .connect(let target)? = actions.first else { return nil }
            return target
        }

        static func live(sequence: UInt64 = 1) throws -> Conversation {
            var conversation = Conversation()
            _ = conversation.reconnect()
            _ = try conversation.receive(hello)
            _ = conversation.machine.identifyTurn(now: conversation.now)
            _ = try conversation.receive(ready)
            if sequence > 1 { _ = try conversation.receive(message(sequence)) }
            return conversation
        }
    }

    private static let ready =
        #"{"op":0,"s":1,"t":"READY","d":{"session_id":"s1","resume_gateway_url":"wss://r.example","guilds":[]}}"#

    private static func message(_ sequence: UInt64) -> String {
        #"{"op":0,"s":\#(sequence),"t":"MESSAGE_CREATE","d":{"id":"1"}}"#
    }

    private static let held = Session(id: "s1", resumeURL: "wss://r.example", sequence: 7)

    @Test func `hello is answered by identify, ready starts the session before its dispatch`() throws {
        var talk = Conversation()
        #expect(talk.reconnect() == .gateway)
        let identify = GatewayCommand.identify(token: Self.token, intents: .product, shard: 0, count: 1)
        #expect(try talk.receive(Self.hello) == [.awaitTurn])
        #expect(talk.machine.identifyTurn(now: talk.now) == [.send(identify)])
        #expect(talk.machine.identifyTurn(now: talk.now).isEmpty, "once")
        let actions = try talk.receive(Self.ready)
        #expect(
            actions.first == .sessionStarted(Session(id: "s1", resumeURL: "wss://r.example", sequence: 1))
        )
        #expect(actions.count == 2 && talk.machine.isLive)
    }

    @Test func `the first heartbeat comes within the first interval, then one each interval`() throws {
        var talk = try Conversation.live(sequence: 5)
        #expect(talk.machine.deadline == .seconds(20))
        #expect(talk.tick(at: 19).isEmpty)
        #expect(talk.tick(at: 20) == [.send(.heartbeat(sequence: 5))])
        _ = try talk.receive(Self.ack)
        #expect(talk.machine.deadline == .seconds(60) && talk.machine.latency == .zero)
    }

    @Test func `a missed acknowledgement ends the connection but keeps the session`() throws {
        var talk = try Conversation.live(sequence: 5)
        _ = talk.tick(at: 20)
        #expect(talk.tick(at: 60) == [.close(4000)])
        #expect(talk.reconnect() == .resume(url: "wss://r.example"))
        let session = Session(id: "s1", resumeURL: "wss://r.example", sequence: 5)
        #expect(try talk.receive(Self.hello) == [.send(.resume(token: Self.token, session: session))])
    }

    @Test func `any frame counts as life, until nothing comes at all`() throws {
        var talk = try Conversation.live()
        _ = talk.tick(at: 20)
        for sequence in 2...4 as ClosedRange<UInt64> {
            _ = try talk.receive(Self.message(sequence))
            #expect(talk.tick(at: 20 + 40 * Double(sequence - 1)) == [.send(.heartbeat(sequence: sequence))])
        }
        #expect(talk.tick(at: 180) == [.close(4000)])
    }

    @Test func `op 1 is answered at once and leaves the schedule alone`() throws {
        var talk = try Conversation.live()
        #expect(try talk.receive(#"{"op":1,"d":null}"#) == [.send(.heartbeat(sequence: 1))])
        #expect(talk.machine.deadline == .seconds(20))
    }

    @Test func `op 7 resumes, also before hello`() throws {
        var talk = try Conversation.live()
        #expect(try talk.receive(#"{"op":7,"d":null}"#) == [.close(4000)])
        #expect(talk.reconnect() == .resume(url: "wss://r.example"))
        #expect(try talk.receive(#"{"op":7,"d":null}"#) == [.close(4000)])
    }

    @Test func `op 9 resumes soon, or identifies after one to five seconds, as it says`() throws {
        for (flag, random, wait, target) in [
            ("true", 0.0, 0.5, GatewayMachine.Target.resume(url: "wss://r.example")),
            ("false", 0.99, 4.96, .gateway),
        ] {
            var talk = try Conversation.live()
            let actions = try talk.receive(#"{"op":9,"d":\#(flag)}"#, random: random)
            #expect(actions.contains(.sessionLost) == (flag == "false") && actions.last == .close(4000))
            #expect(talk.machine.deadline == .seconds(wait))
            #expect(talk.reconnect() == target)
        }
    }

    @Test func `resume replays, ignores repeats and goes live with RESUMED`() throws {
        var talk = Conversation(session: Self.held)
        #expect(talk.reconnect() == .resume(url: "wss://r.example"))
        _ = try talk.receive(Self.hello)
        #expect(try talk.receive(Self.message(7)).isEmpty)
        #expect(try talk.receive(Self.message(8)).count == 1)
        #expect(!talk.machine.isLive)
        #expect(try talk.receive(#"{"op":0,"s":9,"t":"RESUMED","d":{}}"#) == [.resumed])
        #expect(talk.machine.isLive && talk.machine.session?.sequence == 9)
    }

    /// However Discord says no: by closing, asking to reconnect, calling the session valid, or not at all.
    @Test(arguments: ["close", "op 7", "op 9", "silence"])
    func `three resumes in a row that come to nothing give the session up`(refusal: String) throws {
        var talk = Conversation(session: Self.held)
        for attempt in 1...3 {
            #expect(talk.reconnect() == .resume(url: "wss://r.example"))
            _ = try talk.receive(Self.hello)
            let actions =
                switch refusal {
                case "close": talk.close(nil)
                case "op 7": try talk.receive(#"{"op":7,"d":null}"#)
                case "op 9": try talk.receive(#"{"op":9,"d":true}"#)
                default: talk.silence()
                }
            #expect(actions.contains(.sessionLost) == (attempt == 3), "\(attempt)")
        }
        #expect(talk.reconnect() == .gateway)
    }

    @Test func `a resume that brings dispatches is none in vain`() throws {
        var talk = Conversation(session: Self.held)
        for attempt in 1...6 {
            #expect(talk.reconnect() == .resume(url: "wss://r.example"))
            _ = try talk.receive(Self.hello)
            _ = try talk.receive(Self.message(UInt64(7 + attempt)))
            #expect(try talk.receive(#"{"op":7,"d":null}"#) == [.close(4000)])
        }
    }

    @Test func `an address that says no Hello gives way to the general one, with the session`() throws {
        var talk = Conversation(session: Self.held)
        let own = GatewayMachine.Target.resume(url: "wss://r.example")
        for target in [own, own, own, .gateway] {
            #expect(talk.reconnect() == target)
            _ = talk.close(nil)
        }
        #expect(talk.reconnect() == own)
        _ = try talk.receive(Self.hello)
        #expect(talk.machine.session == Self.held)
    }

    @Test func `an unreachable resume address gives way to the general one, with the session`() throws {
        var talk = Conversation(session: Self.held)
        var targets: [GatewayMachine.Target] = []
        for _ in 0..<5 {
            if let deadline = talk.machine.deadline { talk.now = deadline }
            let actions = talk.machine.start(now: talk.now) + talk.machine.tick(now: talk.now, random: 0.5)
            if case .connect(let target)? = actions.first { targets.append(target) }
            _ = talk.machine.connectFailed(now: talk.now, random: 0.5)
        }
        let own = GatewayMachine.Target.resume(url: "wss://r.example")
        #expect(targets == [own, own, own, .gateway, own] && talk.machine.session == Self.held)
    }

    @Test func `every close code has its consequence`() throws {
        let fatal: Set<UInt16> = [4004, 4010, 4011, 4012, 4013, 4014]
        let fresh: Set<UInt16> = [1000, 4003, 4005, 4007, 4009]
        let codes = [nil, 1006, 4006, 4999] + CloseCode.allCases.map { Optional($0.rawValue) }
        for code in codes {
            var talk = try Conversation.live()
            let actions = talk.close(code)
            if let code, fatal.contains(code) {
                #expect(actions == [.failed(try #require(CloseCode(rawValue: code)))])
                #expect(talk.machine.deadline == nil && talk.machine.start(now: .seconds(9999)).isEmpty)
                continue
            }
            let isFresh = code.map { fresh.contains($0) } ?? false
            #expect(actions == (isFresh ? [.sessionLost] : []), "\(code ?? 0)")
            #expect(
                talk.reconnect() == (isFresh ? .gateway : .resume(url: "wss://r.example")),
                "\(code ?? 0)"
            )
        }
    }

    @Test func `who waits for a turn beats meanwhile, and has none on a connection that went`() throws {
        var talk = Conversation()
        _ = talk.reconnect()
        #expect(try talk.receive(Self.hello) == [.awaitTurn])
        let due = try #require(talk.machine.deadline)
        talk.now = due
        #expect(talk.machine.tick(now: due, random: 0.5) == [.send(.heartbeat(sequence: nil))])
        _ = talk.close(nil)
        #expect(talk.machine.identifyTurn(now: talk.now).isEmpty)
    }

    @Test func `a message that cannot be read ends the connection and keeps the session`() throws {
        var talk = try Conversation.live(sequence: 5)
        #expect(talk.machine.unreadable(now: talk.now, random: 0) == [.close(4000)])
        #expect(talk.machine.unreadable(now: talk.now, random: 0).isEmpty, "of a connection that is gone")
        #expect(talk.reconnect() == .resume(url: "wss://r.example"))
    }

    @Test func `one that comes with each resume ends the session at the third`() throws {
        var talk = Conversation(session: Self.held)
        for attempt in 1...3 {
            #expect(talk.reconnect() == .resume(url: "wss://r.example"))
            _ = try talk.receive(Self.hello)
            let actions = talk.machine.unreadable(now: talk.now, random: 0)
            #expect(actions == (attempt == 3 ? [.sessionLost, .close(4000)] : [.close(4000)]))
        }
        #expect(talk.reconnect() == .gateway)
    }

    @Test func `those that come behind each resume are waited for longer and longer, until there was none`()
        throws
    {
        var talk = Conversation(session: Self.held)
        var waits: [Duration] = []
        for _ in 0..<12 {
            _ = talk.reconnect()
            _ = try talk.receive(Self.hello)
            _ = try talk.receive(#"{"op":0,"s":null,"t":"RESUMED","d":{}}"#)
            _ = talk.machine.unreadable(now: talk.now, random: 0)
            waits.append(try #require(talk.machine.deadline) - talk.now)
        }
        #expect(waits.prefix(4) == [.seconds(0.5), .seconds(1), .seconds(2), .seconds(4)])
        #expect(waits.last == .seconds(150))
        _ = talk.reconnect()
        _ = try talk.receive(Self.hello)
        _ = try talk.receive(#"{"op":0,"s":null,"t":"RESUMED","d":{}}"#)
        talk.now += .seconds(1801)
        _ = talk.machine.unreadable(now: talk.now, random: 0)
        #expect(talk.machine.deadline == talk.now + .seconds(0.5))
    }

    @Test func `a silent server is left, and suspending keeps the session`() throws {
        var talk = Conversation()
        _ = talk.reconnect()
        #expect(talk.tick(at: 20) == [.close(4000)])
        var live = try Conversation.live()
        #expect(live.machine.suspend() == [.close(4000)])
        #expect(try live.receive(Self.message(2)).isEmpty && live.machine.deadline == nil)
        #expect(live.reconnect() == .resume(url: "wss://r.example"))
    }
}
