import Base
import Compression
import Configuration
import DiscordProtocol
import EventModels
import Gateway
import JSON
import Testing

/// A long, seeded script of dispatches: what the gateway holds, what replicas make of its events, and what a gateway
/// makes that starts again from a checkpoint must be the same.
@Suite struct ReplayTests {
    typealias F = FoldFixture

    private static func script(seed: UInt64, count: Int) -> [(String, String)] {
        var random = SeededRandom(seed: seed)
        var script = [("GUILD_CREATE", F.guildCreate())]
        for step in 0..<count {
            let user = Int.random(in: 11...16, using: &random)
            let number = Int.random(in: 0..<4, using: &random)
            let roles = [20, 21, 22, 23].filter { _ in Bool.random(using: &random) }.shuffled(using: &random)
            let message = #""channel_id":"\#(number % 2 + 1)","guild_id":"800""#
            let who = F.user(user, "u\(user)")
            switch Int.random(in: 0..<18, using: &random) {
            case 0, 1:
                script.append(("VOICE_STATE_UPDATE", F.voice(user, channel: number == 0 ? nil : number)))
            case 2:
                let (id, channel) = (1000 + step, number % 2 + 1)
                script.append(("MESSAGE_CREATE", Samples.message(id, by: who, channel: channel)))
            case 3:
                let edit = Samples.message(1000 + step - number, by: who, #","edited_timestamp":"t\#(step)""#)
                script.append(("MESSAGE_UPDATE", edit))
            case 4: script.append(("MESSAGE_DELETE", #"{"id":"\#(1000 + step - number)",\#(message)}"#))
            case 5:
                let until = #","communication_disabled_until":"2026-01-01T00:00:0\#(number)Z""#
                let member = F.member(user, "u\(user)", nick: "n\(number)", roles: roles, extra: until)
                script.append(("GUILD_MEMBER_UPDATE", member))
            case 6: script.append(("GUILD_MEMBER_ADD", F.member(user, "u\(user)", roles: roles)))
            case 7: script.append(("GUILD_MEMBER_REMOVE", #"{"guild_id":"800","user":\#(who)}"#))
            case 8:
                let status = ["online", "idle", "dnd", "offline"][number]
                script.append(
                    (
                        "PRESENCE_UPDATE",
                        #"{"guild_id":"800","user":{"id":"\#(user)"},"status":"\#(status)","client_status":{"web":"x"}}"#
                    )
                )
            case 9:
                let overwrites =
                    number == 0 ? "[]" : #"[{"id":"800","type":0,"allow":"0","deny":"\#(number << 10)"}]"#
                script.append(
                    (
                        "CHANNEL_UPDATE",
                        #"{"id":"\#(number + 1)","guild_id":"800","type":2,"name":"c\#(step)","permission_overwrites":\#(overwrites)}"#
                    )
                )
            case 10:
                let role = #"{"id":"\#(20 + number)","name":"r\#(step)","permissions":"\#(step)"}"#
                script.append(("GUILD_ROLE_UPDATE", #"{"guild_id":"800","role":\#(role)}"#))
            case 11: script.append(("GUILD_ROLE_DELETE", #"{"guild_id":"800","role_id":"\#(20 + number)"}"#))
            case 12, 13: script.append(thread(30 + number, step, user))
            case 14, 15, 16: script.append(talk(step, number, user))
            default:
                guard step % 7 == 0 else { continue }
                let voice = (11...14).map { F.voice($0, channel: Int.random(in: 1...3, using: &random)) }
                script.append(
                    ("GUILD_CREATE", F.guildCreate(voice: voice.shuffled(using: &random), name: "G\(step)"))
                )
            }
        }
        return script
    }

    /// Kinds of which nothing is held, deletions in bulk, and typing that comes in masses.
    private static func talk(_ step: Int, _ number: Int, _ user: Int) -> (String, String) {
        switch step % 3 {
        case 0:
            let sample = Samples.withoutState[step / 3 % Samples.withoutState.count]
            return (sample.name, sample.data)
        case 1:
            let ids = [7, 1, 3].map { "\"\(1000 + step - $0 - number)\"" }.joined(separator: ",")
            return ("MESSAGE_DELETE_BULK", #"{"ids":[\#(ids)],"channel_id":"1","guild_id":"800"}"#)
        default: return ("TYPING_START", Samples.typing(user, second: step / 100))
        }
    }

    private static func thread(_ thread: Int, _ step: Int, _ user: Int) -> (String, String) {
        let id = #""id":"\#(thread)","guild_id":"800""#
        let name = ["THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE", "THREAD_MEMBERS_UPDATE"][step % 5 % 4]
        guard name == "THREAD_MEMBERS_UPDATE" else {
            let members = #""owner_id":"11","newly_created":true,"member":{"user_id":"16"}"#
            return (name, #"{\#(id),"type":12,"parent_id":"1","name":"t",\#(members)}"#)
        }
        let members = #""added_members":[{"user_id":"\#(user)"}],"removed_member_ids":["\#(user - 1)"]"#
        return (name, "{\(id),\(members)}")
    }

    @Test func `a snapshot and the events behind it give the gateway's state, wherever it was taken`() throws
    {
        for seed in 1...8 as ClosedRange<UInt64> {
            var fixture = FoldFixture()
            var late: GuildStates?
            for (index, step) in Self.script(seed: seed, count: 400).enumerated() {
                let events = try fixture.feed(step.0, step.1)
                for event in events { late?.apply(event) }
                if index == 150 {
                    var states = GuildStates()
                    for guild in fixture.replica.ids {
                        states[guild] = GuildState(decoding: try #require(fixture.replica[guild]).encoded())
                    }
                    late = states
                }
            }
            #expect(fixture.replica == fixture.state.guilds, "seed \(seed)")
            #expect(late == fixture.state.guilds, "seed \(seed)")
        }
    }

    /// What a replica holds of each user: asked for once, then kept by the log.
    @Test func `a member's facts and the events behind them give the gateway's answer`() throws {
        for seed in 1...8 as ClosedRange<UInt64> {
            var fixture = FoldFixture()
            var facts: [Snowflake: MemberFacts] = [:]
            var said: [Snowflake: MemberFacts] = [:]
            for (index, step) in Self.script(seed: seed, count: 400).enumerated() {
                for event in try fixture.feed(step.0, step.1) { facts.take(event) }
                guard index >= 100 else { continue }
                said = [:]
                for user in 11...16 as ClosedRange<UInt64> {
                    let answer = try fixture.state.member(Snowflake(user), of: F.guild)
                    #expect(answer.at == fixture.state.last)
                    said[Snowflake(user)] = answer.facts
                }
                if index == 100 { facts = said }
                #expect(facts == said, "seed \(seed), step \(index): \(step)")
            }
        }
    }

    @Test func `a gateway that goes on from a checkpoint makes the same events under the same ids`() throws {
        for seed in 1...8 as ClosedRange<UInt64> {
            let script = Self.script(seed: seed, count: 300)
            var through = FoldFixture()
            var again: FoldFixture?
            for (index, step) in script.enumerated() {
                let events = try through.feed(step.0, step.1)
                if let repeated = try again?.feed(step.0, step.1) {
                    #expect(repeated == events, "seed \(seed)")
                }
                if index == 120 {
                    let checkpoint = Checkpoint(folded: try through.folded(), frames: [], acknowledged: nil)
                    let restored = try Checkpoint(decoding: checkpoint.encoded())
                    #expect(restored == checkpoint)
                    again = FoldFixture()
                    again?.state = restored.folded.state
                    again?.sequence = restored.folded.session?.sequence ?? 0
                }
            }
            #expect(again?.state == through.state, "seed \(seed)")
        }
    }

    /// Of all events and of the state at the end.
    private static func fingerprint() throws -> UInt32 {
        var bytes: [UInt8] = []
        for seed in 1...4 as ClosedRange<UInt64> {
            var fixture = FoldFixture()
            for step in script(seed: seed, count: 300) {
                for event in try fixture.feed(step.0, step.1) { bytes += event.envelope }
            }
            bytes += Checkpoint(folded: try fixture.folded(), frames: [], acknowledged: nil).encoded()
        }
        return CRC32.of(bytes)
    }

    /// Each process has hash seeds of its own, so that Sets and Dictionaries have another order in each.
    @Test(.enabled(if: Environment.process["SWIFT_DETERMINISTIC_HASHING"] == nil))
    func `processes with other hash seeds make the same events and the same state`() async throws {
        let expected = try Self.fingerprint()
        let own = "seed".hashValue
        for _ in 0..<3 {
            await #expect(processExitsWith: .success) { [expected = expected as UInt32, own = own as Int] in
                #expect("seed".hashValue != own)
                let made = try Self.fingerprint()
                #expect(made == expected)
            }
        }
    }
}

extension [Snowflake: MemberFacts] {
    /// Who is not in it is no member.
    fileprivate mutating func take(_ event: StreamEvent) {
        guard let user = event.payload?["userId"]?.snowflake else {
            guard event.kind == .roleDeleted, let role = event.payload?["roleId"]?.snowflake else { return }
            return self = mapValues {
                MemberFacts(roles: $0.roles.subtracting([role]), timedOutUntil: $0.timedOutUntil)
            }
        }
        let role = event.payload?["roleId"]?.snowflake
        switch event.kind {
        case .memberJoined: self[user] = MemberFacts()
        case .memberLeft: self[user] = nil
        case .roleGranted: if let role { self[user]?.roles.insert(role) }
        case .roleRevoked: if let role { self[user]?.roles.remove(role) }
        case .memberTimeout:
            self[user]?.timedOutUntil = MemberFacts.timeoutEnd(event.payload?["timeoutUntil"]?.string)
        default: break
        }
    }
}
