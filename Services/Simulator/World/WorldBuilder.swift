package import Base
internal import JSON

/// Makes the world of a seed: the same seed gives the same bytes.
package struct WorldBuilder {
    private var random: SeededRandom
    private let seed: UInt64

    /// VIEW, SEND, history, react, connect, speak, stream and what else everybody may.
    package static let everyonePermissions = "1799804002094657"
    package static let botJoined: Int64 = 1_766_000_000_000
    /// 2021-01-01; guilds are founded within the two years after it.
    private static let founding: Int64 = 1_609_459_200_000

    package static func build(seed: UInt64, guilds: Int, members: Int) -> World {
        var builder = WorldBuilder(seed: seed)
        return builder.world(guilds, members)
    }

    private init(seed: UInt64) {
        self.seed = seed
        random = SeededRandom(seed: seed)
    }

    private mutating func world(_ guildCount: Int, _ memberCount: Int) -> World {
        let botID = id(near: Self.founding + 100_000_000_000)
        let applicationID = botID
        var bot = Guild.plainUser(botID)
        bot.set("username", "guildwire")
        bot.set("avatar", hash())
        bot.set("bot", true)
        bot.set("public_flags", 0)
        var world = World(bot: bot, botID: botID, applicationID: applicationID)
        for number in 0..<guildCount { world.append(guild(number, memberCount, world)) }
        return world
    }

    private static let firstWords = [
        "Lantern", "Pixel", "Moonlit", "Copper", "Driftwood", "Northern", "Velvet", "Paper", "Hidden",
        "Amber",
    ]
    private static let lastWords = [
        "Harbor", "Orchard", "Tavern", "Arcade", "Observatory", "Garden", "Workshop", "Lighthouse", "Library",
        "Campfire",
    ]

    private mutating func guild(_ number: Int, _ memberCount: Int, _ world: World) -> Guild {
        let founded = Self.founding + Int64.random(in: 0..<63_000_000_000, using: &random)
        let guildID = id(near: founded)
        let words = (pick(Self.firstWords), pick(Self.lastWords))
        var names = Names(seed: seed &+ UInt64(number) &* 0x9E37_79B9)
        var people: [Member] = []
        for _ in 0..<max(1, memberCount - 1) { people.append(person(&names, founded)) }
        let ownerID = people[0].id
        var fields = Self.guildDefaults(id: guildID, name: "\(words.0) \(words.1)", owner: ownerID)
        fields.set("icon", hash())
        var guild = Guild(id: guildID, fields: fields, bot: world.bot, botID: world.botID)
        let watched = people.map(\.id).filter { $0 != ownerID }.sorted().prefix(8)
        let cast = GuildPlan.Cast(
            guest: watched.first ?? ownerID,
            exempt: watched.dropFirst().first ?? ownerID
        )
        GuildPlan.lay(out: &guild, bot: world.botID, cast: cast) { id(near: founded + 1_000_000) }
        let ranks = GuildPlan.ranks(guild)
        for (place, person) in people.enumerated() {
            guild.members[person.id] = ranked(person, place, watched.firstIndex(of: person.id), ranks)
        }
        guild.members[world.botID] = botMember(world, ranks)
        guild.chooseWatched()
        ThreadPlan.lay(out: &guild) { id(near: founded + 2_000_000) }
        populate(&guild, bot: world.botID)
        return guild
    }

    package static func guildDefaults(id: Snowflake, name: String, owner: Snowflake) -> JSONFields {
        var fields = JSONFields()
        fields.set("id", id)
        fields.set("name", name)
        for name in ["icon", "splash", "discovery_splash", "banner", "description", "vanity_url_code"] {
            fields.setNull(name)
        }
        fields.set("owner_id", owner)
        for name in ["afk_channel_id", "application_id", "system_channel_id", "rules_channel_id"] {
            fields.setNull(name)
        }
        for name in ["public_updates_channel_id", "safety_alerts_channel_id", "incidents_data"] {
            fields.setNull(name)
        }
        fields.set("afk_timeout", 300)
        fields.set("verification_level", 1)
        fields.set("default_message_notifications", 1)
        fields.set("explicit_content_filter", 2)
        fields.set("mfa_level", 0)
        fields.set("system_channel_flags", 0)
        fields.set("premium_tier", 1)
        fields.set("premium_subscription_count", 3)
        fields.set("preferred_locale", "en-US")
        fields.set("nsfw_level", 0)
        fields.set("max_members", 500_000)
        fields.set("premium_progress_bar_enabled", false)
        for name in ["features", "emojis", "stickers"] { fields[name] = JSONText.emptyArray }
        return fields
    }

    private mutating func person(_ names: inout Names, _ founded: Int64) -> Member {
        let name = names.next()
        let userID = id(near: Self.founding - Int64.random(in: 0..<120_000_000_000, using: &random))
        var user = Guild.plainUser(userID)
        user.set("username", name.username)
        user.set("global_name", chance(0.92) ? name.display : nil)
        user.set("avatar", chance(0.85) ? hash() : nil)
        user.set("public_flags", 0)
        let joined = founded + Int64.random(in: 0..<(Self.botJoined - founded), using: &random)
        var fields = Guild.plainMember(joinedAt: joined)
        if chance(0.08) { fields.set("nick", name.display.uppercased().prefix(12).description) }
        return Member(id: userID, user: user, fields: fields)
    }

    /// The first is the owner and admin, the next few moderate, others are what they are. Among those who are
    /// watched there is one of each kind.
    private mutating func ranked(
        _ person: Member,
        _ place: Int,
        _ watched: Int?,
        _ ranks: GuildPlan.Ranks
    ) -> Member {
        var roles: [Snowflake] = []
        if place == 0 || watched == 4 { roles.append(ranks.admin) }
        if (1...3).contains(place) || watched == 2 { roles.append(ranks.moderator) }
        if place % 23 == 7 { roles.append(ranks.streamer) }
        if chance(0.35) { roles.append(ranks.regular) }
        if chance(0.15) { roles.append(ranks.artist) }
        if chance(0.30) || watched == 1 { roles.append(ranks.player) }
        if chance(0.75) { roles.append(ranks.member) }
        if chance(0.15) || watched == 3 { roles.append(ranks.vip) }
        if watched == 5 { roles = [] }
        if watched == 0 { roles.removeAll { $0 == ranks.vip } }
        var member = person
        var fields = JSONFields()
        fields.set("roles", roles.sorted())
        member.update(fields: fields)
        return member
    }

    private func botMember(_ world: World, _ ranks: GuildPlan.Ranks) -> Member {
        var fields = Guild.plainMember(joinedAt: Self.botJoined)
        fields.set("roles", [ranks.bot])
        return Member(id: world.botID, user: world.bot, fields: fields)
    }

    /// Who is online, and who sits in voice already.
    private mutating func populate(_ guild: inout Guild, bot: Snowflake) {
        let start = Instant(monotonic: .zero, unixMicroseconds: Self.botJoined * 1000)
        var rooms = CommunityVoice()
        for member in guild.members.values {
            let status = member.id == bot ? "online" : CommunityPresence.firstStatus(&random)
            guard status != "offline" else { continue }
            guild.presences[member.id] = CommunityPresence.state(member.id, status, &random, start)
        }
        let people = guild.members.ids.filter { $0 != bot && guild.presences.contains($0) }
        let wanted = CommunityVoice.crowd(members: guild.members.count)
        for user in people.shuffled(using: &random).prefix(wanted) {
            guild.voice[user] = rooms.arrival(user, guild, at: Self.botJoined, &random)
        }
    }

    private mutating func id(near unixMilliseconds: Int64) -> Snowflake {
        let jitter = Int64.random(in: 0..<900_000, using: &random)
        return Snowflake(unixMilliseconds: unixMilliseconds + jitter, serial: random.next())
    }

    private mutating func hash() -> String {
        let digits = Array("0123456789abcdef")
        return String((0..<32).map { _ in digits[Int.random(in: 0..<16, using: &random)] })
    }

    private mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }
    private mutating func pick(_ list: [String]) -> String {
        list[Int.random(in: 0..<list.count, using: &random)]
    }
}
