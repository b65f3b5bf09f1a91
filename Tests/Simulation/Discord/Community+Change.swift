import Base

/// People, channels and roles come, go and change.
extension Community {
    mutating func comeOrGo(_ random: inout SeededRandom) -> [News] {
        if people.count < 11, random.chance(0.6) {
            let newcomer = fresh()
            people[newcomer] = Person(nick: nil, roles: [moderators], isOnline: false)
            return [("GUILD_MEMBER_ADD", memberOfGuild(newcomer), nil)]
        }
        let others = people.keys.sorted().filter { $0 != owner && !cast.contains($0) }
        guard let person = random.pick(others) else { return [] }
        return remove(person)
    }

    mutating func remove(_ person: UInt64) -> [News] {
        let d = #"{"guild_id":"\#(id)","user":\#(user(person))}"#
        people[person] = nil
        leaveThreads(person)
        return [("GUILD_MEMBER_REMOVE", d, nil)]
    }

    mutating func change(_ random: inout SeededRandom) -> [News] {
        guard let person = random.pick(people.keys.sorted()) else { return [] }
        people[person]?.nick = "nick\(random.below(50))"
        return [("GUILD_MEMBER_UPDATE", memberOfGuild(person), nil)]
    }

    /// A channel gets another name.
    mutating func redecorate(_ random: inout SeededRandom) -> [News] {
        guard let id = random.pick(rooms.keys.sorted()), var room = rooms[id] else { return [] }
        room.name = "named-\(random.below(100))"
        rooms[id] = room
        return [(room.rules.isThread ? "THREAD_UPDATE" : "CHANNEL_UPDATE", channel(id, room), nil)]
    }

    mutating func build(_ random: inout SeededRandom) -> [News] {
        guard rooms.count < 11 else { return [] }
        let id = fresh()
        var rules = Rules.Room(type: random.chance(0.5) ? 2 : 0)
        if random.chance(0.4) { rules.overwrites = [hiding] }
        if random.chance(0.3) {
            rules.overwrites.append(
                Rules.Entry(id: moderators, isMember: false, allow: Rules.view, deny: 0)
            )
        }
        let room = Room(name: "new-\(id % 1000)", rules: rules, position: 9)
        rooms[id] = room
        return [("CHANNEL_CREATE", channel(id, room), nil)]
    }

    var hiding: Rules.Entry { Rules.Entry(id: id, isMember: false, allow: 0, deny: Rules.view) }

    mutating func demolish(_ random: inout SeededRandom) -> [News] {
        let spare = rooms.keys.sorted().filter { !isLasting($0) }
        guard let gone = random.pick(spare), let room = rooms.removeValue(forKey: gone) else { return [] }
        words.removeAll { $0.room == gone }
        for person in people.keys.sorted() where people[person]?.room == gone { people[person]?.room = nil }
        return [(room.rules.isThread ? "THREAD_DELETE" : "CHANNEL_DELETE", channel(gone, room), nil)]
    }

    mutating func changeRole(_ random: inout SeededRandom) -> [News] {
        let spare = roles.keys.sorted().filter { $0 > guests }
        if let gone = random.pick(spare), random.chance(0.4) {
            roles[gone] = nil
            for person in people.keys.sorted() { people[person]?.roles.removeAll { $0 == gone } }
            return [("GUILD_ROLE_DELETE", #"{"guild_id":"\#(id)","role_id":"\#(gone)"}"#, nil)]
        }
        let new = roles.count < 7 ? fresh() : spare.last ?? moderators
        let isNew = roles[new] == nil
        let permissions = roles[new]?.permissions ?? (random.chance(0.2) ? Rules.administrator : 0)
        let changed = Role(name: "role-\(random.below(100))", permissions: permissions)
        roles[new] = changed
        let d = #"{"guild_id":"\#(id)","role":\#(role(new, changed))}"#
        return [(isNew ? "GUILD_ROLE_CREATE" : "GUILD_ROLE_UPDATE", d, nil)]
    }
}
