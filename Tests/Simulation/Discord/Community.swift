import Base
import EventModels

/// One guild as Discord knows it: small, but with everything that can change what a viewer sees.
struct Community {
    struct Room {
        var name: String
        var rules: Rules.Room
        /// Hidden from @everyone for ever: who is nobody in particular may never get what is written here.
        var isSecret = false
        var position: Int

        var isVoice: Bool { rules.isVoice }
    }

    struct Role {
        var name: String
        var permissions: UInt64
    }

    struct Person {
        var nick: String?
        var roles: [UInt64]
        var isOnline: Bool
        var room: UInt64?
        var isMuted = false
        /// Unix milliseconds; may be over.
        var timedOutUntil: Int64?
    }

    struct Word {
        let id: UInt64
        let room: UInt64
        let author: UInt64
    }

    /// A dispatch, and the message's id where one was written.
    typealias News = (name: String, d: String, message: UInt64?)

    let id: UInt64
    var name: String
    var owner: UInt64
    var rooms: [UInt64: Room] = [:]
    var people: [UInt64: Person] = [:]
    var roles: [UInt64: Role] = [:]
    var words: [Word] = []
    /// Of what happens, this part changes who may see what.
    var churn = 0.1
    /// People who were sent away and may come back.
    var away: [UInt64: Person] = [:]
    private var serial: UInt64

    /// Text in the channel that @everyone never sees begins with this.
    static let secret = "hidden-"

    init(id: UInt64, random: inout SeededRandom) {
        self.id = id
        name = "Guild \(id)"
        serial = id * 1_000_000
        owner = id * 1000
        roles[id] = Role(name: "@everyone", permissions: Rules.view | Rules.history | Rules.connect)
        roles[moderators] = Role(name: "Mod", permissions: Rules.manageThreads)
        roles[administrators] = Role(name: "Admin", permissions: Rules.administrator)
        roles[guests] = Role(name: "Guest", permissions: 0)
        furnish()
        let cast = [[], [administrators], [moderators], [guests], [], [guests]]
        for index in 0..<(cast.count + random.below(3)) {
            people[id * 1000 + UInt64(index)] = Person(
                nick: nil,
                roles: index < cast.count ? cast[index] : [],
                isOnline: random.chance(0.5),
                room: random.chance(0.3) ? id * 100 + 2 : nil
            )
        }
    }

    var moderators: UInt64 { id + 1 }
    var administrators: UInt64 { id + 2 }
    var guests: UInt64 { id + 3 }

    /// Those whom viewers may be: the owner, who holds the administrators' role, a moderator, a guest with an overwrite of
    /// their own, a plain member, and one who is sent away and comes back.
    var cast: [UInt64] { (0..<6).map { id * 1000 + $0 } }
    var leaver: UInt64 { id * 1000 + 5 }

    private mutating func furnish() {
        let hidden = Rules.Entry(id: id, isMember: false, allow: 0, deny: Rules.view)
        let silent = Rules.Entry(id: id, isMember: false, allow: 0, deny: Rules.connect)
        let forModerators = Rules.Entry(id: moderators, isMember: false, allow: Rules.view, deny: 0)
        let forGuest = Rules.Entry(id: id * 1000 + 3, isMember: true, allow: Rules.view, deny: 0)
        let notForGuests = Rules.Entry(id: guests, isMember: false, allow: 0, deny: Rules.view)
        let forTalkers = Rules.Entry(id: moderators, isMember: false, allow: Rules.connect, deny: 0)
        let plan: [(type: Int, overwrites: [Rules.Entry])] = [
            (0, []), (0, [hidden, forModerators]), (2, []), (2, [hidden, forModerators]),
            (2, [silent, forTalkers]), (0, [hidden, notForGuests, forGuest]),
        ]
        for (index, part) in plan.enumerated() {
            rooms[id * 100 + UInt64(index)] = Room(
                name: "room-\(index)",
                rules: Rules.Room(type: part.type, overwrites: part.overwrites),
                isSecret: index == 1,
                position: index
            )
        }
    }

    mutating func fresh() -> UInt64 {
        serial += 1
        return serial
    }

    /// Rooms that are there from the beginning to the end.
    func isLasting(_ room: UInt64) -> Bool { room < id * 100 + 10 }

    /// Everything that permissions depend on.
    var rules: Rules {
        Rules(
            guild: id,
            owner: owner,
            roles: roles.mapValues(\.permissions),
            rooms: rooms.mapValues(\.rules)
        )
    }

    func sight(of looker: Looker, at now: Int64) -> TrueSight {
        guard case .user(let user) = looker else { return rules.sight(of: .everyone, at: now) }
        guard let person = people[user] else { return .nothing }
        let who = Rules.Who(id: user, roles: Set(person.roles), timedOutUntil: person.timedOutUntil)
        return rules.sight(of: who, at: now)
    }

    // MARK: What happens

    /// Something happens at `now`, Unix milliseconds: the dispatches that tell it.
    mutating func live(_ random: inout SeededRandom, now: Int64) -> [News] {
        if random.chance(churn) { return rule(&random, now: now) }
        switch random.below(40) {
        case 0..<14: return speak(&random)
        case 14..<23: return wander(&random)
        case 23..<26: return blink(&random)
        case 26..<28: return edit(&random)
        case 28..<30: return delete(&random)
        case 30..<32: return react(&random)
        case 32: return comeOrGo(&random)
        case 33..<35: return change(&random)
        case 35: return redecorate(&random)
        case 36..<38: return build(&random)
        case 38: return demolish(&random)
        default: return changeRole(&random)
        }
    }
}
