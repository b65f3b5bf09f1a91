package import Base
internal import JSON

/// The life of one guild: what happens next, drawn from a seed. The same seed, world and times give the same
/// dispatches.
package struct CommunityMachine: Sendable {
    package let guild: Snowflake
    /// When the next thing happens, on the monotonic clock; nil: never.
    package private(set) var nextAt: Duration?

    private let eventsPerSecond: Double
    private let mix: CommunityMix
    private let usualMembers: Int
    var random: SeededRandom
    private var names: Names
    private var voice = CommunityVoice()
    /// What follows from what happened: comes before anything new.
    var pending: [Proposal] = []
    var conversation: Snowflake?

    struct Proposal: Sendable {
        let name: String
        let fields: JSONFields

        /// Whom it is of.
        var subject: Snowflake? {
            fields.value(name == "MESSAGE_CREATE" ? "author" : "user")?["id"]?.snowflake
        }
    }

    package init(
        guild: Guild,
        seed: UInt64,
        mix: CommunityMix = .usual,
        eventsPerSecond: Double,
        start: Duration
    ) {
        self.mix = mix
        self.guild = guild.id
        self.eventsPerSecond = eventsPerSecond
        usualMembers = guild.members.count
        random = SeededRandom(seed: seed ^ guild.id.rawValue)
        names = Names(seed: seed ^ guild.id.rawValue ^ 0x5EED)
        if eventsPerSecond > 0 { nextAt = start + wait() }
    }

    /// The next thing, when it is due. Nil: nothing is due by `now`. Empty: it came to nothing.
    package mutating func step(_ world: inout World, now: Instant) -> [Dispatch]? {
        guard let due = nextAt, due <= now.monotonic else { return nil }
        // After a pause the guild lives on from now: what was missed is not made up for.
        nextAt = max(due, now.monotonic - .seconds(1)) + wait()
        guard let index = world.index(of: guild), !world.guilds[index].isUnavailable else { return [] }
        // Whoever has gone meanwhile says nothing more.
        pending.removeAll { proposal in
            proposal.subject.map { !world.guilds[index].members.contains($0) } ?? false
        }
        guard let proposal = pending.isEmpty ? drawn(world, index, now) : pending.removeFirst() else {
            return []
        }
        do {
            return try world.perform(proposal.name, proposal.fields, now: now)
        } catch {
            return []
        }
    }

    /// Between events: from half to one and a half times the mean.
    private mutating func wait() -> Duration {
        .seconds(Double.random(in: 0.5..<1.5, using: &random) / eventsPerSecond)
    }

    /// Where shares were given something else is drawn for what comes to nothing, so that the pace is what was asked for.
    private mutating func drawn(_ world: World, _ index: Int, _ now: Instant) -> Proposal? {
        for _ in 0..<(mix == .usual || mix == .everything ? 1 : 8) {
            if let proposal = propose(world, index, now) { return proposal }
        }
        return nil
    }

    private mutating func propose(_ world: World, _ index: Int, _ now: Instant) -> Proposal? {
        let guild = world.guilds[index]
        guard guild.members.count > 1 else { return nil }
        switch mix.draw(&random) {
        case .presence: return presence(guild, world.botID, now)
        case .message: return message(guild, world.botID, now)
        case .edit: return edit(guild, now)
        case .deletion: return deletion(guild)
        case .voice:
            return voice.change(guild, bot: world.botID, at: now.unixMilliseconds, &random).map {
                Proposal(name: "VOICE_STATE_UPDATE", fields: scoped($0))
            }
        case .reaction: return reaction(guild, world.botID, now)
        case .typing: return typing(guild, world.botID, now)
        case .members: return comingOrGoing(guild, world.botID, now)
        case .roles: return roleChange(guild, world.botID)
        case .names: return rename(guild, world.botID)
        case .rarity: return rarity(guild, world.botID, now)
        }
    }

    private mutating func presence(_ guild: Guild, _ bot: Snowflake, _ now: Instant) -> Proposal? {
        guard let user = anyone(guild, bot, online: Int.random(in: 0..<4, using: &random) > 0) else {
            return nil
        }
        let crowd = Double(guild.presences.count) / Double(max(1, guild.members.count))
        let status = CommunityPresence.nextStatus(guild.status(of: user), crowd: crowd, &random)
        // Who talks does not vanish from the list of those who are online.
        if status == "offline", guild.voice.contains(user) { return nil }
        let state = CommunityPresence.state(user, status, &random, now)
        return Proposal(name: "PRESENCE_UPDATE", fields: scoped(state))
    }

    /// Those who are watched stay: a test looks through their eyes.
    private mutating func comingOrGoing(_ guild: Guild, _ bot: Snowflake, _ now: Instant) -> Proposal? {
        let arrives = guild.members.count + Int.random(in: -4...4, using: &random) <= usualMembers
        if arrives { return newcomer(now) }
        guard let user = anyone(guild, bot, online: false), guild.ownerID != user,
            !guild.watched.contains(user)
        else { return nil }
        var fields = JSONFields()
        fields["user"] = guild.members[user]?.userJSON
        return Proposal(name: "GUILD_MEMBER_REMOVE", fields: scoped(fields))
    }

    private mutating func newcomer(_ now: Instant) -> Proposal {
        let name = names.next()
        let age = Int64.random(in: 10_000_000_000..<200_000_000_000, using: &random)
        let id = Snowflake(unixMilliseconds: WorldBuilder.botJoined - age, serial: random.next())
        var user = Guild.plainUser(id)
        user.set("username", name.username)
        user.set("global_name", name.display)
        user.set("avatar", String(random.next(), radix: 16) + String(random.next(), radix: 16))
        var fields = JSONFields()
        fields["user"] = user.encoded()
        var online = CommunityPresence.state(id, "online", &random, now)
        online["guild_id"] = JSONText.id(guild)
        pending.append(Proposal(name: "PRESENCE_UPDATE", fields: online))
        return Proposal(name: "GUILD_MEMBER_ADD", fields: scoped(fields))
    }

    /// Anybody but the bot; among those online where that is asked for and anybody is.
    mutating func anyone(_ guild: Guild, _ bot: Snowflake, online: Bool) -> Snowflake? {
        let ids = online && guild.presences.count > 1 ? guild.presences.ids : guild.members.ids
        for _ in 0..<6 {
            let id = ids[Int.random(in: 0..<ids.count, using: &random)]
            if id != bot, guild.members.contains(id) { return id }
        }
        return nil
    }

    func scoped(_ fields: JSONFields) -> JSONFields {
        var scoped = JSONFields()
        scoped.set("guild_id", guild)
        scoped.merge(fields)
        return scoped
    }
}
