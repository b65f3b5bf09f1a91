import Base
import JSON
import Simulator
import Testing

@Suite struct ChurnTests {
    /// A guild with its community under churn, and everything that was told.
    private struct Run {
        var world: World
        var told: [Dispatch] = []
        var changes: [Dispatch] = []
        private var community: CommunityMachine
        private var churn: ChurnMachine
        private var tick = 0

        init(seed: UInt64, members: Int = 120, churn rate: Double = 20, events: Double = 0) {
            world = WorldBuilder.build(seed: seed, guilds: 1, members: members)
            let guild = world.guilds[0]
            community = CommunityMachine(guild: guild, seed: seed, eventsPerSecond: events, start: .zero)
            churn = ChurnMachine(guild: guild, seed: seed, changesPerSecond: rate, start: .zero)
        }

        var now: Instant { CoreBench.at(Double(tick) / 10) }

        mutating func live(seconds: Int) { live(seconds: seconds) { _, _ in } }

        mutating func live(seconds: Int, each: (Run, Dispatch) throws -> Void) rethrows {
            for _ in 0..<seconds * 10 {
                tick += 1
                while let dispatches = churn.step(&world, now: now) {
                    changes += dispatches
                    told += dispatches
                    for dispatch in dispatches { try each(self, dispatch) }
                }
                while let dispatches = community.step(&world, now: now) {
                    told += dispatches
                    for dispatch in dispatches { try each(self, dispatch) }
                }
            }
        }
    }

    @Test func `gives the same bytes for the same seed, and others for another`() {
        func told(_ seed: UInt64) -> [Dispatch] {
            var run = Run(seed: seed, events: 20)
            run.live(seconds: 40)
            return run.told
        }
        let first = told(3)
        let (again, other) = (told(3), told(4))
        #expect(first.count > 800 && first == again && first != other)
    }

    @Test func `changes everything that permissions depend on, half of it for those watched`() throws {
        var run = Run(seed: 11)
        let watched = Set(run.world.guilds[0].watched)
        var counts: [String: Int] = [:]
        var concerned = (watched: 0, others: 0)
        try run.live(seconds: 200) { _, dispatch in
            counts[dispatch.name, default: 0] += 1
            let d = try JSONDocument(parsing: dispatch.d).root
            guard dispatch.name.hasPrefix("GUILD_MEMBER"), let user = d["user"]?["id"]?.snowflake else {
                return
            }
            if watched.contains(user) { concerned.watched += 1 } else { concerned.others += 1 }
        }
        #expect(watched.count == 8)
        for name in [
            "CHANNEL_UPDATE", "GUILD_ROLE_UPDATE", "GUILD_ROLE_CREATE", "GUILD_ROLE_DELETE",
            "GUILD_MEMBER_UPDATE",
            "GUILD_MEMBER_REMOVE", "GUILD_MEMBER_ADD", "CHANNEL_CREATE", "CHANNEL_DELETE", "THREAD_CREATE",
            "THREAD_UPDATE", "THREAD_DELETE", "THREAD_MEMBERS_UPDATE", "GUILD_UPDATE",
        ] {
            #expect(counts[name, default: 0] >= 5, "\(name) \(counts[name] ?? 0)")
        }
        let share = Double(concerned.watched) / Double(concerned.watched + concerned.others)
        #expect(0.4...0.6 ~= share, "\(share)")
        #expect(0.8...1.2 ~= Double(run.changes.count) / 4000 / 1.1, "\(run.changes.count)")
    }

    @Test func `grants and takes away sight, and the guild stays one`() {
        var run = Run(seed: 21)
        let guild = run.world.guilds[0]
        var seen: [Snowflake: Set<Bool>] = [:]
        var hidden = 0, rounds = 0
        run.live(seconds: 60) { run, _ in
            let guild = run.world.guilds[0]
            let time = run.now.unixMilliseconds
            for user in guild.watched where guild.members.contains(user) {
                for channel in guild.textChannels {
                    seen[channel, default: []].insert(guild.mayView(user, channel, at: time))
                }
            }
            rounds += guild.textChannels.count
            hidden += guild.textChannels.filter { !guild.mayView(nil, $0, at: time) }.count
        }
        for channel in guild.textChannels { #expect(seen[channel] == [true, false], "\(channel)") }
        #expect(hidden * 10 < rounds * 6, "\(hidden) of \(rounds)")
        let after = run.world.guilds[0]
        #expect(after.members.count >= guild.members.count - 4)
        #expect(
            after.channels.count <= guild.channels.count + 6 && after.roles.count <= guild.roles.count + 6
        )
        #expect(after.threads.count <= guild.threads.count + 8)
    }

    @Test func `never touches the bot, and never sends the owner away`() throws {
        var run = Run(seed: 31)
        let bot = run.world.botID
        let before = run.world.guilds[0].members[bot]?.json
        try run.live(seconds: 60) { run, dispatch in
            let guild = run.world.guilds[0]
            let unseen = (guild.channels.ids + guild.threads.ids).filter { channel in
                guild.permissions(of: bot, in: channel, at: run.now.unixMilliseconds) != .all
            }
            #expect(unseen.isEmpty)
            #expect(guild.ownerID.map { guild.members.contains($0) } == true)
            guard dispatch.name == "GUILD_MEMBER_UPDATE" else { return }
            let d = try JSONDocument(parsing: dispatch.d).root
            #expect(d["user"]?["id"]?.snowflake != bot)
        }
        #expect(run.world.guilds[0].members[bot]?.json == before)
    }

    @Test func `keeps time-outs across a departure, and brings people back without roles`() throws {
        var run = Run(seed: 5)
        var left: [Snowflake: Int64?] = [:]
        var returned = 0, stillTimedOut = 0
        var known: [Snowflake: Int64?] = [:]
        try run.live(seconds: 300) { run, dispatch in
            let d = try JSONDocument(parsing: dispatch.d).root
            guard let user = d["user"]?["id"]?.snowflake else { return }
            switch dispatch.name {
            case "GUILD_MEMBER_UPDATE":
                known[user] = d["communication_disabled_until"]?.string.flatMap {
                    Timestamp.unixMilliseconds($0)
                }
            case "GUILD_MEMBER_REMOVE": left.updateValue(known[user] ?? nil, forKey: user)
            case "GUILD_MEMBER_ADD":
                let place = try #require(left.index(forKey: user), "came back without having left")
                let until = left.remove(at: place).value
                #expect(d["roles"]?.array?.isEmpty == true && (d["flags"]?.int ?? 0) & 1 == 1)
                returned += 1
                guard let until, until > run.now.unixMilliseconds else { return }
                stillTimedOut += 1
                #expect(run.world.guilds[0].members[user]?.timedOutUntil == until)
            default: break
            }
        }
        #expect(returned > 50 && stillTimedOut > 0 && left.count <= 4, "\(returned) \(stillTimedOut)")
    }

    @Test func `takes its time, and another pace when told`() {
        var world = WorldBuilder.build(seed: 2, guilds: 1, members: 50)
        var churn = ChurnMachine(guild: world.guilds[0], seed: 2, changesPerSecond: 0, start: .zero)
        #expect(churn.nextAt == nil && churn.step(&world, now: CoreBench.at(100)) == nil)
        churn.setRate(0.5, now: .seconds(100))
        #expect(churn.nextAt.map { .seconds(101)...(.seconds(103)) ~= $0 } == true)
        #expect(churn.step(&world, now: CoreBench.at(100.9)) == nil)
        #expect(churn.step(&world, now: CoreBench.at(103))?.isEmpty == false)
        churn.setRate(0, now: .seconds(104))
        #expect(churn.step(&world, now: CoreBench.at(1000)) == nil)
    }

    /// Whoever says or does something where not everybody sees it does see it; and there is enough of that.
    @Test func `has the community live in hidden places too`() throws {
        var run = Run(seed: 8, members: 200, churn: 2, events: 40)
        var messages = (open: 0, hidden: 0, threads: 0, voice: 0)
        var before: [Snowflake: Snowflake] = [:]
        var crossings = 0
        for (user, state) in zip(run.world.guilds[0].voice.ids, run.world.guilds[0].voice.values) {
            before[user] = state.snowflake("channel_id")
        }
        try run.live(seconds: 200) { run, dispatch in
            let guild = run.world.guilds[0]
            let time = run.now.unixMilliseconds
            let d = try JSONDocument(parsing: dispatch.d).root
            guard let user = (d["user_id"] ?? d["author"]?["id"])?.snowflake else { return }
            let channel = d["channel_id"]?.snowflake
            switch dispatch.name {
            case "MESSAGE_CREATE":
                let channel = try #require(channel)
                if guild.access[channel]?.isThread == true { messages.threads += 1 }
                if guild.access[channel]?.isVoice == true { messages.voice += 1 }
                if guild.mayView(nil, channel, at: time) { messages.open += 1 } else { messages.hidden += 1 }
            case "VOICE_STATE_UPDATE":
                if let channel, let from = before[user], from != channel,
                    guild.mayView(nil, channel, at: time) != guild.mayView(nil, from, at: time)
                {
                    crossings += 1
                }
                before[user] = channel
            default: break
            }
        }
        #expect(messages.open > 1000 && messages.hidden > 150, "\(messages)")
        #expect(messages.threads > 100 && messages.voice > 30 && crossings > 10, "\(messages) \(crossings)")
    }

    @Test func `lets nobody speak where they may not`() throws {
        var run = Run(seed: 9, members: 200, churn: 0, events: 50)
        var hidden = 0
        try run.live(seconds: 100) { run, dispatch in
            guard dispatch.name == "MESSAGE_CREATE" || dispatch.name == "VOICE_STATE_UPDATE" else { return }
            let guild = run.world.guilds[0]
            let d = try JSONDocument(parsing: dispatch.d).root
            let user = try #require((d["user_id"] ?? d["author"]?["id"])?.snowflake)
            guard let channel = d["channel_id"]?.snowflake, guild.members.contains(user) else { return }
            let may = guild.permissions(of: user, in: channel, at: run.now.unixMilliseconds)
            #expect(may.contains(.viewChannel), "\(user) in \(channel)")
            if !guild.mayView(nil, channel, at: run.now.unixMilliseconds) { hidden += 1 }
        }
        #expect(hidden > 100)
    }
}
