import DiscordProtocol
import EventModels
import Gateway
import LinkProtocol
import Testing

@Suite struct ShardMachineTests {
    typealias F = FoldFixture

    private static func live(_ limits: ShardLimits = ShardLimits()) throws -> MachineFixture {
        var fixture = MachineFixture(limits: limits)
        fixture.linked()
        try fixture.connect()
        try fixture.dispatch("GUILD_CREATE", F.guildCreate())
        return fixture
    }

    @Test func `an event leaves when its record is on disk, not before`() throws {
        var fixture = try Self.live()
        let before = fixture.released.count
        fixture.isDiskQuick = false
        try fixture.dispatch("VOICE_STATE_UPDATE", F.voice(12, channel: 2))
        try fixture.dispatch("VOICE_STATE_UPDATE", F.voice(12, channel: 3))
        #expect(fixture.released.count == before && fixture.unflushed.count == 2)
        #expect(
            fixture.machine.folded.session?.sequence == 2 && fixture.machine.gateway.session?.sequence == 4
        )
        fixture.flush()
        #expect(fixture.events.suffix(2).map(\.name) == ["voice.joined", "voice.moved"])
        #expect(fixture.released.last?.prev == fixture.released.dropLast().last?.last)
    }

    @Test func `killed at any place, it goes on from what is on disk under the same ids`() throws {
        var whole = try Self.live()
        let steps = [(12, 2), (12, 3), (13, 2), (12, nil)] as [(Int, Int?)]
        for (user, channel) in steps {
            try whole.dispatch("VOICE_STATE_UPDATE", F.voice(user, channel: channel))
        }
        for killed in 0...steps.count {
            for written in 0...1 where killed < steps.count || written == 0 {
                var fixture = try Self.live()
                for (user, channel) in steps[..<killed] {
                    try fixture.dispatch("VOICE_STATE_UPDATE", F.voice(user, channel: channel))
                }
                fixture.isDiskQuick = false
                if killed < steps.count {
                    try fixture.dispatch(
                        "VOICE_STATE_UPDATE",
                        F.voice(steps[killed].0, channel: steps[killed].1)
                    )
                }
                var next = fixture.restarted(written: written)
                next.isDiskQuick = true
                try next.connect()
                let known = killed + written + 2
                #expect(next.resumes == [UInt64(known)] && next.identifies == 0)
                next.sequence = UInt64(known)
                for (user, channel) in steps[(known - 2)...] {
                    try next.dispatch("VOICE_STATE_UPDATE", F.voice(user, channel: channel))
                }
                #expect(next.released == whole.released, "killed at \(killed), written \(written)")
                #expect(next.machine.folded.state == whole.machine.folded.state)
            }
        }
    }

    @Test func `a resync is an input like any other, and the same after a restart`() throws {
        var fixture = try Self.live()
        fixture.run { $0.resync(at: $1) }
        try fixture.dispatch("VOICE_STATE_UPDATE", F.voice(12, channel: 2))
        fixture.run { $0.resync(at: $1) }
        #expect(fixture.events.filter { $0.kind == .guildSynced }.count == 3)
        #expect(fixture.events.map(\.id) == fixture.events.map(\.id).sorted())
        #expect(fixture.restarted().released == fixture.released)
    }

    /// All of them in one would be more than a frame can be where there are many.
    @Test func `a resync is a frame for each guild, in a chain`() throws {
        var fixture = try Self.live()
        for guild in 801...803 {
            let other = F.guildCreate().replacing(#""800""#, with: "\"\(guild)\"")
            try fixture.dispatch("GUILD_CREATE", other)
        }
        let before = fixture.released.count
        fixture.run { $0.resync(at: $1) }
        let frames = fixture.released[before...]
        #expect(frames.map(\.events.count) == [1, 1, 1, 1])
        #expect(frames.map(\.prev) == fixture.released[(before - 1)...].dropLast().map(\.last))
    }

    @Test func `dispatches that nothing is made of cost a number only, and are not asked for again`() throws {
        var fixture = try Self.live()
        for name in ["GUILD_EMOJIS_UPDATE", "SOMETHING_NEW", "RATE_LIMITED"] {
            try fixture.dispatch(name, #"{"guild_id":"800"}"#)
            #expect(fixture.journal.last?.input == .passed(sequence: fixture.sequence))
        }
        var next = fixture.restarted()
        try next.connect()
        #expect(next.resumes == [5])
    }

    @Test func `a new session's epoch is above the clock, its own last one and every log`() throws {
        var fixture = MachineFixture()
        fixture.wall = 50
        fixture.linked(top: 40)
        try fixture.connect()
        #expect(fixture.machine.folded.epoch == 50)
        fixture.wall = 10
        try fixture.say(#"{"op":9,"d":false}"#)
        fixture.now += .seconds(60)
        fixture.run { $0.tick(at: $1) }
        try fixture.greet(session: "s2")
        #expect(fixture.machine.folded.epoch == 51)
        fixture.linked(top: 90)
        try fixture.say(#"{"op":9,"d":false}"#)
        fixture.now += .seconds(60)
        fixture.run { $0.tick(at: $1) }
        try fixture.greet(session: "s3")
        #expect(fixture.machine.folded.epoch == 91 && fixture.machine.folded.session?.id == "s3")
    }

    @Test func `with an empty folder and a clock set back, no id is at or below a log's top`() throws {
        var fixture = MachineFixture()
        fixture.wall = 10
        try fixture.connect()
        try fixture.dispatch("GUILD_CREATE", F.guildCreate())
        #expect(fixture.released.isEmpty && fixture.machine.folded.parked.count == 2)
        var next = fixture.restarted()
        for isKilled in [false, true] {
            if isKilled { try next.connect() }
            var linked = isKilled ? next : fixture
            linked.linked(top: 500)
            #expect(linked.actions.contains(.setEpoch(501)))
            #expect(linked.events.map(\.name) == ["guild.synced", "voice.joined"])
            #expect(linked.events.allSatisfy { $0.id.epoch == 501 } && linked.machine.folded.parked.isEmpty)
            #expect(linked.restarted().released == linked.released)
        }
    }

    @Test func `sessions that end before a replica has linked lose nothing`() throws {
        var fixture = MachineFixture()
        fixture.wall = 10
        try fixture.connect()
        try fixture.dispatch("GUILD_CREATE", F.guildCreate())
        try fixture.say(#"{"op":9,"d":false}"#)
        fixture.now += .seconds(60)
        fixture.run { $0.tick(at: $1) }
        try fixture.greet(session: "s2")
        try fixture.dispatch("GUILD_CREATE", F.guildCreate(voice: []))
        try fixture.say(#"{"op":9,"d":false}"#)
        for (before, isRestarted) in [(fixture, false), (fixture, true)] {
            var linked = isRestarted ? before.restarted() : before
            linked.linked(top: 500)
            #expect(linked.actions.contains(.setEpoch(502)))
            #expect(
                linked.events.map { "\($0.id.epoch) \($0.name)" } == [
                    "501 guild.synced", "501 voice.joined", "502 guild.synced", "502 voice.left",
                ]
            )
            #expect(linked.restarted().released == linked.released)
        }
    }

    @Test func `what chose the epoch of a session was lost: nothing had left, and nothing is`() throws {
        var fixture = MachineFixture()
        fixture.wall = 10
        try fixture.connect()
        try fixture.dispatch("GUILD_CREATE", F.guildCreate())
        var recovery = Recovery(checkpoint: nil, records: fixture.journal)
        recovery.epochFloor = 501
        let recovered = Recovered(recovery, shard: .only, fold: F().fold)
        #expect(recovered.folded.session != nil && recovered.folded.parked.count == 2)
        #expect(recovered.folded.epoch == 501 && recovered.folded.isEpochOpen)
    }

    @Test func `two gateways that begin at once with their clocks behind choose other epochs`() throws {
        let epochs = try [0.25, 0.75].map { random in
            var fixture = MachineFixture()
            (fixture.random, fixture.wall) = (random, 10)
            try fixture.connect()
            fixture.linked(top: 500)
            return fixture.machine.folded.epoch
        }
        #expect(epochs[0] != epochs[1])
    }

    @Test func `superseded, it leaves Discord and comes back only after a restart, above the other`() throws {
        var fixture = try Self.live()
        fixture.run { $0.superseded(by: EventID(epoch: 9000, number: 1), at: $1) }
        #expect(fixture.actions.contains(.close(4000)) && fixture.machine.gateway.session == nil)
        fixture.now += .seconds(3600)
        fixture.run { $0.tick(at: $1) }
        fixture.run { $0.window(isFull: false, hasRoom: true, at: $1) }
        #expect(fixture.actions.last { if case .connect = $0 { true } else { false } } == .connect(.gateway))
        var next = fixture.restarted()
        try next.connect(session: "s2")
        #expect(next.identifies == 1 && next.machine.folded.epoch == 9001)
    }

    @Test func `past its bounds it lets go of Discord, and goes back when there is room`() throws {
        var limits = ShardLimits()
        limits.pendingBytesMax = 400
        var fixture = try Self.live(limits)
        fixture.isDiskQuick = false
        fixture.actions = []
        for user in 20..<24 { try fixture.dispatch("VOICE_STATE_UPDATE", F.voice(user, channel: 2)) }
        #expect(fixture.actions.contains(.close(4000)) && fixture.actions.contains(.note(.lettingGo)))
        #expect(fixture.machine.isWaitingForRoom && fixture.machine.gateway.session != nil)
        fixture.flush()
        #expect(fixture.actions.last == .connect(.resume(url: "ws://r")) && !fixture.machine.isWaitingForRoom)
        fixture.run { $0.window(isFull: true, hasRoom: false, at: $1) }
        #expect(fixture.machine.isWaitingForRoom)
        fixture.run { $0.window(isFull: false, hasRoom: false, at: $1) }
        #expect(fixture.machine.isWaitingForRoom)
        fixture.run { $0.window(isFull: false, hasRoom: true, at: $1) }
        #expect(!fixture.machine.isWaitingForRoom)
    }

    @Test func `a quarantined dispatch is passed over, once known for ever`() throws {
        var fixture = try Self.live()
        fixture.isDiskQuick = false
        try fixture.dispatch("VOICE_STATE_UPDATE", F.voice(12, channel: 2))
        let mark = FoldMark(epoch: fixture.machine.folded.epoch, sequence: 3)
        var next = fixture.restarted(written: 1, quarantine: [mark])
        next.isDiskQuick = true
        try next.connect()
        #expect(
            next.journal.last?.input == .quarantined(mark) && next.actions.contains(.note(.quarantined(mark)))
        )
        #expect(next.events.map(\.name) == ["guild.synced", "voice.joined"])
        next.sequence = 3
        try next.dispatch("VOICE_STATE_UPDATE", F.voice(12, channel: 3))
        #expect(next.events.last?.name == "voice.joined")
        #expect(next.restarted().released == next.released)
    }

    @Test func `a checkpoint is due by size and by age, one at a time, and again after a failure`() throws {
        var limits = ShardLimits()
        limits.journalBytesMax = 3000
        var fixture = try Self.live(limits)
        func due(_ fixture: MachineFixture) -> Int { fixture.actions.count { $0 == .checkpointDue } }
        #expect(due(fixture) == 0)
        for user in 20..<40 { try fixture.dispatch("VOICE_STATE_UPDATE", F.voice(user, channel: 2)) }
        #expect(due(fixture) == 1)
        fixture.run {
            $0.checkpointFailed(at: $1); return []
        }
        try fixture.dispatch("VOICE_STATE_UPDATE", F.voice(20, channel: 3))
        #expect(due(fixture) == 1)
        fixture.now += limits.checkpointRetry
        try fixture.dispatch("VOICE_STATE_UPDATE", F.voice(21, channel: 3))
        #expect(due(fixture) == 2)
        fixture.run { $0.checkpointWritten(at: $1) }
        #expect(due(fixture) == 2 && fixture.machine.journalBytes < 200)
        try fixture.dispatch("VOICE_STATE_UPDATE", F.voice(22, channel: 3))
        fixture.now += limits.journalAgeMax
        fixture.run { $0.tick(at: $1) }
        #expect(due(fixture) == 3)
    }

    @Test func `from a checkpoint and the records behind it comes what the whole journal gives`() throws {
        var fixture = try Self.live()
        try fixture.dispatch("VOICE_STATE_UPDATE", F.voice(12, channel: 2))
        let checkpoint = fixture.machine.checkpoint(
            held: HeldFrames(fixture.released, shard: .only),
            acknowledged: nil
        )
        let read = try Checkpoint(decoding: checkpoint.encoded())
        let at = fixture.journal.count
        try fixture.dispatch("VOICE_STATE_UPDATE", F.voice(12, channel: 3))
        let tail = Array(fixture.journal[at...])
        let recovered = Recovered(
            Recovery(checkpoint: read, records: tail),
            shard: .only,
            fold: FoldFixture().fold
        )
        #expect(recovered.folded == fixture.machine.folded && recovered.frames == fixture.released)
    }

    @Test func `where a later session's record was lost, the older one is not resumed`() throws {
        let fixture = try Self.live()
        var recovery = Recovery(checkpoint: nil, records: fixture.journal)
        recovery.epochFloor = 1000
        let same = Recovered(recovery, shard: .only, fold: FoldFixture().fold)
        #expect(same.folded == fixture.machine.folded)
        recovery.epochFloor = 2000
        let lost = Recovered(recovery, shard: .only, fold: FoldFixture().fold)
        #expect(lost.folded.session == nil && lost.folded.epoch == 2000)
        #expect(lost.folded.position == UInt64(fixture.journal.count) && lost.frames == fixture.released)
    }
}
