package import Base

/// Channels and guilds where something has changed that decides what the bot may do.
package struct AccessChange: Sendable, Equatable {
    package var channels: Set<Snowflake>
    package var guilds: Set<Snowflake>

    package init(channels: Set<Snowflake> = [], guilds: Set<Snowflake> = []) {
        self.channels = channels
        self.guilds = guilds
    }
}

/// Targets that were refused of late, and are not asked again for a while: asking on costs the budget of invalid requests.
///
/// What a refusal is about depends on its code. A message that is gone must not silence its channel, a role above the bot's not
/// all roles of the guild, a missing intent not the guild.
package struct TargetQuarantine: Sendable {
    package static let targetsMax = 10_000
    static let firstWait = Duration.seconds(10)
    static let waitMax = Duration.seconds(3600)
    /// For 404s of one path, which Discord does not count as invalid.
    static let goneFirstWait = Duration.seconds(5)
    static let goneWaitMax = Duration.seconds(600)
    /// A webhook that is gone does not come back.
    static let webhookWait = Duration.seconds(86_400)
    /// After a target's time it is known so long: a refusal then doubles the time.
    static let memory = Duration.seconds(600)
    /// So many paths of a route are refused in a row, without a success, before the route is.
    static let routeStrikes = 5

    /// Unique over all kinds.
    enum Target: Hashable, Sendable {
        /// Everything behind a channel, guild or webhook.
        case major(String)
        /// Method and template with one major parameter.
        case route(String)
        /// Method and path.
        case path(String)
    }

    private struct Entry: Sendable {
        var status: Int
        var refusals = 0
        var until = Duration.zero
        var length = Duration.zero
        var forgottenAt: Duration
        /// As in `Target.major`; empty: of no channel, guild or webhook.
        var major: String
    }

    private var entries: [Target: Entry] = [:]
    /// Forgotten before their time since there were too many.
    private(set) var forgotten = 0

    package init() {}

    package var count: Int { entries.count }

    /// The names of a request's targets.
    struct Names: Sendable {
        let major: Target?
        let route: Target
        let path: Target

        init(_ route: RESTRoute) {
            let method = route.method.rawValue
            let kind = route.template.split(separator: "/").first ?? ""
            major = route.major.isEmpty ? nil : .major("\(kind) \(route.major)")
            self.route = .route("\(method) \(route.template) \(route.owner)")
            path = .path("\(method) \(route.path)")
        }

        var majorName: String { if case .major(let name)? = major { name } else { "" } }
        var all: [Target] { [major, route, path].compactMap { $0 } }
        var isChannel: Bool { majorName.hasPrefix("channels ") }
        var isGuild: Bool { majorName.hasPrefix("guilds ") }
        var isWebhook: Bool { majorName.hasPrefix("webhooks ") }
    }

    /// Nil: it may be asked. Otherwise what it answered, and how long it is left alone.
    func verdict(_ names: Names, now: Duration) -> (status: Int, wait: Duration)? {
        let held = names.all.compactMap { entries[$0] }.filter { $0.until > now }
        return held.max { $0.until < $1.until }.map { ($0.status, $0.until - now) }
    }

    mutating func succeeded(_ names: Names) { for target in names.all { entries[target] = nil } }

    /// An answer 401, 403 or 404 that is not about the bot's token.
    mutating func refused(_ names: Names, status: Int, code: Int, now: Duration) {
        let (first, most) =
            status == 404 ? (Self.goneFirstWait, Self.goneWaitMax) : (Self.firstWait, Self.waitMax)
        if let major = names.major, Self.isAboutMajor(names, status: status, code: code) {
            if names.isWebhook {
                hold(major, names, status, first: Self.webhookWait, most: Self.webhookWait, strikes: 1, now)
            } else {
                hold(major, names, status, first: Self.firstWait, most: Self.waitMax, strikes: 1, now)
            }
        } else {
            hold(names.path, names, status, first: first, most: most, strikes: 1, now)
            guard status != 404 else { return }
            hold(names.route, names, status, first: first, most: most, strikes: Self.routeStrikes, now)
        }
    }

    /// What may have been the cause of 403s, and of a channel or guild that was unknown, has changed: they may be asked again,
    /// `firstWait` behind the refusal. The next refusal doubles their time as if nothing had been. How many that were.
    mutating func lift(_ change: AccessChange, now: Duration) -> Int {
        guard !entries.isEmpty else { return 0 }
        let majors = Set(change.channels.map { "channels \($0)" } + change.guilds.map { "guilds \($0)" })
        var lifted = 0
        for (target, entry) in entries where entry.until > now && majors.contains(entry.major) {
            if case .major = target {} else if entry.status != 403 { continue }
            let earliest = max(now, entry.until - entry.length + Self.firstWait)
            guard earliest < entry.until else { continue }
            entries[target]?.until = earliest
            entries[target]?.refusals = 0
            lifted += 1
        }
        return lifted
    }

    /// Discord's codes: 10003 unknown channel, 10004 unknown guild, 10015 unknown webhook, 50001 missing access, 50027 invalid
    /// webhook token. Missing access to a guild's route may be for want of an intent: that says nothing about its others.
    private static func isAboutMajor(_ names: Names, status: Int, code: Int) -> Bool {
        switch code {
        case 10003, 50001: names.isChannel
        case 10004: names.isGuild
        case 10015, 50027: names.isWebhook
        default: names.isWebhook && status == 401
        }
    }

    private mutating func hold(
        _ target: Target,
        _ names: Names,
        _ status: Int,
        first: Duration,
        most: Duration,
        strikes: Int,
        _ now: Duration
    ) {
        let fresh = Entry(status: status, forgottenAt: now + Self.memory, major: names.majorName)
        var entry = entries[target] ?? fresh
        if entry.forgottenAt <= now { entry = fresh }
        entry.status = status
        entry.refusals += 1
        // Of several that were on their way together, one counts.
        if entry.refusals >= strikes, entry.until <= now {
            entry.length = entry.length == .zero ? first : min(most, entry.length * 2)
            entry.until = now + entry.length
        }
        entry.forgottenAt = max(entry.until, now) + Self.memory
        entries[target] = entry
        if entries.count > Self.targetsMax { makeRoom(now: now) }
    }

    /// A tenth goes at once, so that a flood does not sort them for each.
    private mutating func makeRoom(now: Duration) {
        entries = entries.filter { $0.value.forgottenAt > now }
        guard entries.count > Self.targetsMax else { return }
        let order = entries.sorted { $0.value.forgottenAt < $1.value.forgottenAt }
        for (target, _) in order.prefix(Self.targetsMax / 10) { entries[target] = nil }
        forgotten += Self.targetsMax / 10
    }
}
