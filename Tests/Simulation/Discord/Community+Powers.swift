import Base

/// Who may see what changes.
extension Community {
    /// What overwrites and roles give and take.
    static let bits = [Rules.view, Rules.view, Rules.connect, Rules.history]

    mutating func rule(_ random: inout SeededRandom, now: Int64) -> [News] {
        switch random.below(18) {
        case 0..<5: overwrite(&random)
        case 5..<7: empower(&random)
        case 7..<10: promote(&random)
        case 10..<12: silence(&random, now: now)
        case 12: handOver(&random)
        case 13..<15: sendAwayOrBack(&random)
        case 15..<17: thread(&random)
        default: hide(&random)
        }
    }

    /// A channel's overwrites change by one entry.
    private mutating func overwrite(_ random: inout SeededRandom) -> [News] {
        let spare = rooms.keys.sorted().filter { rooms[$0]?.rules.isThread == false }
        guard let id = random.pick(spare), var room = rooms[id] else { return [] }
        let ofMember = random.chance(0.3)
        // Nothing may ever show the secret channel to everybody.
        let names = ofMember ? cast : roles.keys.sorted().filter { !room.isSecret || $0 != self.id }
        guard let name = random.pick(names) else { return [] }
        var entry = Rules.Entry(id: name, isMember: ofMember, allow: 0, deny: 0)
        let bit = random.pick(Self.bits) ?? Rules.view
        if let index = room.rules.overwrites.firstIndex(where: { $0.id == name && $0.isMember == ofMember }) {
            entry = room.rules.overwrites.remove(at: index)
        }
        let isDenied = entry.deny & bit != 0
        entry.allow &= ~bit
        entry.deny &= ~bit
        switch random.below(3) {
        case 0 where !isDenied: entry.deny |= bit
        case 1: entry.allow |= bit
        default: break
        }
        if entry.allow | entry.deny != 0 { room.rules.overwrites.append(entry) }
        rooms[id] = room
        return [("CHANNEL_UPDATE", channel(id, room), nil)]
    }

    /// A room is hidden from everybody, or shown to them.
    private mutating func hide(_ random: inout SeededRandom) -> [News] {
        let spare = rooms.keys.sorted().filter {
            rooms[$0]?.rules.isThread == false && rooms[$0]?.isSecret == false
        }
        guard let id = random.pick(spare), var room = rooms[id] else { return [] }
        if let index = room.rules.overwrites.firstIndex(where: { $0.id == self.id }) {
            room.rules.overwrites.remove(at: index)
        } else {
            room.rules.overwrites.append(hiding)
        }
        rooms[id] = room
        return [("CHANNEL_UPDATE", channel(id, room), nil)]
    }

    /// What a role may do changes by one permission.
    private mutating func empower(_ random: inout SeededRandom) -> [News] {
        guard let id = random.pick(roles.keys.sorted()), var changed = roles[id] else { return [] }
        let ordinary = Self.bits
        let bits = id == self.id ? ordinary : ordinary + [Rules.manageThreads, Rules.administrator]
        changed.permissions ^= random.pick(bits) ?? Rules.view
        roles[id] = changed
        return [("GUILD_ROLE_UPDATE", #"{"guild_id":"\#(self.id)","role":\#(role(id, changed))}"#, nil)]
    }

    /// Somebody's roles change.
    private mutating func promote(_ random: inout SeededRandom) -> [News] {
        guard let person = random.pick(people.keys.sorted()) else { return [] }
        people[person]?.roles = roles.keys.sorted().filter { $0 != id && random.chance(0.35) }
        return [("GUILD_MEMBER_UPDATE", memberOfGuild(person), nil)]
    }

    /// Somebody is timed out for some seconds, or that is taken back.
    private mutating func silence(_ random: inout SeededRandom, now: Int64) -> [News] {
        guard let person = random.pick(people.keys.sorted()) else { return [] }
        let until = people[person]?.timedOutUntil
        let isOver = until.map { $0 <= now } ?? true
        people[person]?.timedOutUntil = isOver ? now + random.within(500...6_000) : nil
        return [("GUILD_MEMBER_UPDATE", memberOfGuild(person), nil)]
    }

    private mutating func handOver(_ random: inout SeededRandom) -> [News] {
        guard let heir = random.pick(cast.filter { people[$0] != nil && $0 != leaver }) else { return [] }
        owner = heir
        return [("GUILD_UPDATE", update(), nil)]
    }

    /// The one who is sent away and comes back, with the roles they had or without.
    private mutating func sendAwayOrBack(_ random: inout SeededRandom) -> [News] {
        if var person = away.removeValue(forKey: leaver) {
            if random.chance(0.5) { person.roles = [] }
            person.roles.removeAll { roles[$0] == nil }
            person.room = nil
            person.isOnline = false
            people[leaver] = person
            return [("GUILD_MEMBER_ADD", memberOfGuild(leaver), nil)]
        }
        guard let person = people[leaver] else { return [] }
        away[leaver] = person
        return remove(leaver)
    }
}
