package import Base
internal import JSON

/// Changes of who may see what in one guild, drawn from a seed: the same seed, world and times give the same
/// dispatches. The bot keeps seeing everything: its role is never touched, and it stays.
///
/// What it makes is bounded: 6 roles, 6 channels and 8 threads of its own, 4 members who were sent away.
package struct ChurnMachine: Sendable {
    package let guild: Snowflake
    /// When the next change happens, on the monotonic clock; nil: never.
    package private(set) var nextAt: Duration?

    private var changesPerSecond: Double
    /// Whose guild it was; it is theirs again after a while.
    let founder: Snowflake?
    var random: SeededRandom
    /// What it made and has not taken away again.
    var roles: [Snowflake] = []
    var channels: [Snowflake] = []
    var threads: [Snowflake] = []
    /// Who was sent away and comes back, the first first.
    var away: [Absent] = []
    private var serial = 0

    struct Absent: Sendable {
        let member: Member
        let presence: JSONFields?
    }

    /// A dispatch to be.
    struct Change: Sendable {
        let name: String
        let fields: JSONFields

        init(_ name: String, _ write: (inout JSONFields) -> Void) {
            var fields = JSONFields()
            write(&fields)
            self.name = name
            self.fields = fields
        }
    }

    package init(guild: Guild, seed: UInt64, changesPerSecond: Double, start: Duration) {
        self.guild = guild.id
        self.changesPerSecond = changesPerSecond
        founder = guild.ownerID
        random = SeededRandom(seed: seed ^ guild.id.rawValue ^ 0xC4_0212)
        if changesPerSecond > 0 { nextAt = start + wait() }
    }

    /// Another pace from now on; what was begun is remembered.
    package mutating func setRate(_ changesPerSecond: Double, now: Duration) {
        self.changesPerSecond = changesPerSecond
        nextAt = changesPerSecond > 0 ? now + wait() : nil
    }

    /// The next change, when it is due, with what follows from it at once. Nil: nothing is due by `now`.
    package mutating func step(_ world: inout World, now: Instant) -> [Dispatch]? {
        guard let due = nextAt, due <= now.monotonic else { return nil }
        nextAt = max(due, now.monotonic - .seconds(1)) + wait()
        guard let index = world.index(of: guild), !world.guilds[index].isUnavailable else { return [] }
        for _ in 0..<8 {
            let changes = propose(world.guilds[index], now)
            let dispatches = perform(changes, &world, now)
            if !dispatches.isEmpty { return dispatches }
        }
        return []
    }

    private mutating func perform(_ changes: [Change], _ world: inout World, _ now: Instant) -> [Dispatch] {
        var all: [Dispatch] = []
        for change in changes {
            var fields = change.fields
            if change.name != "GUILD_UPDATE" {
                fields.set("guild_id", guild)
            } else {
                fields.set("id", guild)
            }
            do {
                all += try world.perform(change.name, fields, now: now)
            } catch {
                // The guild has changed in the meantime, through the control API: this change is no longer possible.
                break
            }
        }
        return all
    }

    /// Between changes: from half to one and a half times the mean.
    private mutating func wait() -> Duration {
        .seconds(Double.random(in: 0.5..<1.5, using: &random) / changesPerSecond)
    }

    private mutating func propose(_ guild: Guild, _ now: Instant) -> [Change] {
        switch number(1000) {
        case 0..<240: memberRoles(guild)
        case 240..<360: timeOut(guild, now)
        case 360..<450: sendAwayOrBack(guild, now)
        case 450..<700: overwrites(guild, now)
        case 700..<780: rolePermissions(guild)
        case 780..<830: roleMadeOrDeleted(guild, now)
        case 830..<880: channelMadeOrDeleted(guild, now)
        case 880..<935: threadMadeOrEnded(guild, now)
        case 935..<994: threadMembers(guild, now)
        default: owner(guild)
        }
    }

    // MARK: Draws

    mutating func number(_ below: Int) -> Int { Int.random(in: 0..<below, using: &random) }

    /// So many times in a hundred.
    mutating func chance(_ percent: Int) -> Bool { number(100) < percent }

    mutating func pick<Element>(_ list: [Element]) -> Element? {
        list.isEmpty ? nil : list[number(list.count)]
    }

    /// A member of whom `isFit` holds, half the time one of those watched; never the bot.
    mutating func target(_ guild: Guild, where isFit: (Member) -> Bool = { _ in true }) -> Member? {
        if chance(50) { return pick(guild.watched.compactMap { guild.members[$0] }.filter(isFit)) }
        for _ in 0..<12 {
            let member = guild.members.values[number(guild.members.count)]
            if member.id != guild.botID, !guild.watched.contains(member.id), isFit(member) { return member }
        }
        return nil
    }

    /// An id of its own for what it makes: the world's are drawn when something happens, too late to be remembered.
    mutating func newID(_ now: Instant) -> Snowflake {
        serial += 1
        return Snowflake(
            unixMilliseconds: now.unixMilliseconds,
            serial: 0x20_0000 | UInt64(serial & 0x1F_FFFF)
        )
    }

    /// Numbers the names of what it makes.
    var lastNumber: Int { serial }
}
