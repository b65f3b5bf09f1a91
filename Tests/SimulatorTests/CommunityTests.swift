import Base
import JSON
import Simulator
import Testing

@Suite struct CommunityTests {
    private func live(seed: UInt64, seconds: Int, rate: Double = 50) -> (World, [Dispatch]) {
        var world = WorldBuilder.build(seed: seed, guilds: 1, members: 200)
        var machine = CommunityMachine(
            guild: world.guilds[0],
            seed: seed,
            eventsPerSecond: rate,
            start: .zero
        )
        var all: [Dispatch] = []
        for tick in 1...seconds * 10 {
            let now = CoreBench.at(Double(tick) / 10)
            while let dispatches = machine.step(&world, now: now) { all += dispatches }
        }
        return (world, all)
    }

    @Test func `gives the same bytes for the same seed, and others for another`() {
        let (first, second, other) = (
            live(seed: 3, seconds: 60), live(seed: 3, seconds: 60), live(seed: 4, seconds: 60)
        )
        #expect(first.1 == second.1)
        #expect(first.1 != other.1)
        #expect(!first.1.isEmpty)
    }

    @Test func `mixes what happens the way people do`() {
        let (world, dispatches) = live(seed: 11, seconds: 200)
        var counts: [String: Int] = [:]
        for dispatch in dispatches { counts[dispatch.name, default: 0] += 1 }
        func share(_ prefix: String) -> Double {
            Double(counts.filter { $0.key.hasPrefix(prefix) }.values.reduce(0, +)) / Double(dispatches.count)
        }
        #expect(
            0.25...0.45 ~= share("PRESENCE") && 0.28...0.48 ~= share("MESSAGE_")
                && 0.12...0.25 ~= share("VOICE")
        )
        #expect(counts["GUILD_MEMBER_ADD", default: 0] > 0 && counts["GUILD_MEMBER_REMOVE", default: 0] > 0)
        #expect(counts["TYPING_START", default: 0] > 0 && counts["GUILD_MEMBER_UPDATE", default: 0] > 0)
        #expect(8...30 ~= world.guilds[0].voice.count)
        #expect(170...230 ~= world.guilds[0].members.count)
        #expect(40...170 ~= world.guilds[0].presences.count)
    }

    /// Folding the dispatches over the first GUILD_CREATE gives what a later GUILD_CREATE says.
    @Test func `keeps GUILD_CREATE in step with what was told`() throws {
        let start = WorldBuilder.build(seed: 5, guilds: 1, members: 120).guilds[0]
        var voice: [Snowflake: Snowflake] = [:]
        for (user, state) in zip(start.voice.ids, start.voice.values) {
            voice[user] = state.snowflake("channel_id")
        }
        var members = Set(start.members.ids)
        var world = WorldBuilder.build(seed: 5, guilds: 1, members: 120)
        var machine = CommunityMachine(guild: start, seed: 5, eventsPerSecond: 100, start: .zero)
        for tick in 1...600 {
            while let dispatches = machine.step(&world, now: CoreBench.at(Double(tick) / 10)) {
                for dispatch in dispatches {
                    let d = try JSONDocument(parsing: dispatch.d).root
                    let user = d["user_id"]?.snowflake ?? d["user"]?["id"]?.snowflake
                    switch (dispatch.name, user) {
                    case ("VOICE_STATE_UPDATE", let user?): voice[user] = d["channel_id"]?.snowflake
                    case ("GUILD_MEMBER_ADD", let user?): members.insert(user)
                    case ("GUILD_MEMBER_REMOVE", let user?): members.remove(user)
                    default: break
                    }
                }
            }
        }
        let guild = world.guilds[0]
        #expect(Set(guild.members.ids) == members)
        var held: [Snowflake: Snowflake] = [:]
        for (user, state) in zip(guild.voice.ids, guild.voice.values) {
            held[user] = state.snowflake("channel_id")
        }
        #expect(held == voice)
        #expect(Set(guild.voice.ids).isSubset(of: members))
    }
}
