import Base
import EventModels
import JSON
import Web

/// One guild as the log tells it, and what each subject is shown of it.
struct TrueGuild {
    struct Member: Equatable {
        var roles: Set<UInt64> = []
        var timedOutUntil: Int64?
    }

    private(set) var rules: Rules
    /// Members by id, as far as the log and Discord told.
    private(set) var members: [UInt64: Member] = [:]
    private(set) var sights: [Looker: TrueSight] = [:]

    init(_ state: GuildState, members: [UInt64: Member]) {
        rules = Rules(state)
        self.members = members
    }

    /// Takes an event that is in `state` already.
    mutating func take(_ event: StreamEvent, _ state: GuildState) {
        switch event.name.prefix(while: { $0 != "." }) {
        case "member", "role": takeMember(event)
        default: break
        }
        // Who leaves the guild leaves its threads.
        if event.mayChangeRules || event.kind == .memberLeft { rules = Rules(state) }
    }

    /// Nothing says any more what has happened to the members: they are as Discord has them now.
    mutating func learn(_ known: [UInt64: Member]) { members = known }

    private mutating func takeMember(_ event: StreamEvent) {
        guard let payload = event.payload else { return }
        let role = payload["roleId"]?.snowflake?.rawValue
        guard let user = payload["userId"]?.snowflake?.rawValue else {
            if event.name == "role.deleted", let role {
                for id in members.keys { members[id]?.roles.remove(role) }
            }
            return
        }
        switch event.name {
        case "member.joined": members[user] = Member()
        case "member.left": members[user] = nil
        case "member.timeout":
            members[user]?.timedOutUntil = payload["timeoutUntil"].flatMap { SimulatedTime.milliseconds($0) }
        case "role.granted": if let role { members[user]?.roles.insert(role) }
        case "role.revoked": if let role { members[user]?.roles.remove(role) }
        default: break
        }
    }

    /// Whether a time-out may end: then time alone changes what is shown.
    var hasTimedOut: Bool { members.values.contains { $0.timedOutUntil != nil } }

    mutating func look(_ lookers: [Looker], at now: Int64) {
        for looker in lookers {
            switch looker {
            case .everyone: sights[looker] = rules.sight(of: .everyone, at: now)
            case .user(let user):
                guard let member = members[user] else {
                    sights[looker] = .nothing
                    continue
                }
                let who = Rules.Who(id: user, roles: member.roles, timedOutUntil: member.timedOutUntil)
                sights[looker] = rules.sight(of: who, at: now)
            }
        }
    }
}

/// Who looks.
enum Looker: Hashable {
    case everyone
    case user(UInt64)
}

extension Looker {
    var subject: Subject {
        switch self {
        case .everyone: .everyone
        case .user(let user): .user(Snowflake(user))
        }
    }
}

extension Rules {
    /// What permissions depend on in the state that the log tells.
    init(_ state: GuildState) {
        self.init(guild: state.id.rawValue, owner: state.ownerID?.rawValue)
        for role in state.roles.values { roles[role.id.rawValue] = role.permissions.rawValue }
        for channel in state.channels.values {
            let entries = (state.overwrites[channel.id] ?? []).map {
                Entry(
                    id: $0.id.rawValue,
                    isMember: $0.isMember,
                    allow: $0.allow.rawValue,
                    deny: $0.deny.rawValue
                )
            }
            rooms[channel.id.rawValue] = Room(
                type: channel.type,
                parent: channel.parentID?.rawValue,
                overwrites: entries,
                members: Set((state.threadMembers[channel.id] ?? []).map(\.rawValue))
            )
        }
    }
}

extension StreamEvent {
    /// Permissions may depend on it.
    var mayChangeRules: Bool {
        ["guild.", "channel.", "role.", "thread.", "log."].contains { name.hasPrefix($0) }
    }

    var mayChangeSight: Bool { mayChangeRules || name.hasPrefix("member.") }
}

/// Discord's form of a time, within the day on which every simulation plays.
enum SimulatedTime {
    /// Midnight before `World.began`, Unix milliseconds.
    private static let midnight = World.began - 8 * 3_600_000

    static func text(_ milliseconds: Int64) -> String {
        let rest = milliseconds - midnight
        let (hours, minutes) = (two(rest / 3_600_000), two(rest / 60_000 % 60))
        let thousandths = String(String(1000 + rest % 1000).dropFirst())
        return "2027-01-15T\(hours):\(minutes):\(two(rest / 1000 % 60)).\(thousandths)000+00:00"
    }

    private static func two(_ number: Int64) -> String { String(String(100 + number).dropFirst()) }

    /// Of what `text` wrote, or of a number of milliseconds.
    static func milliseconds(_ value: JSONValue) -> Int64? {
        if let number = value.int64 { return number }
        guard let text = value.string, let time = text.split(separator: "T").last else { return nil }
        let parts = time.prefix(12).split { $0 == ":" || $0 == "." }.compactMap { Int64($0) }
        guard parts.count == 4 else { return nil }
        return midnight + ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000 + parts[3]
    }
}
