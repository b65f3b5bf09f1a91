import Base

/// Private threads, and who is in them.
extension Community {
    mutating func thread(_ random: inout SeededRandom) -> [News] {
        let threads = rooms.keys.sorted().filter { rooms[$0]?.rules.type == 12 }
        if threads.count < 2, random.chance(0.5) { return openThread(&random) }
        guard let id = random.pick(threads), let person = random.pick(people.keys.sorted()) else { return [] }
        let isIn = rooms[id]?.rules.members.contains(person) == true
        if isIn { rooms[id]?.rules.members.remove(person) } else { rooms[id]?.rules.members.insert(person) }
        let added = isIn ? "" : #"{"id":"\#(id)","user_id":"\#(person)"}"#
        let removed = isIn ? "\"\(person)\"" : ""
        let d =
            #"{"id":"\#(id)","guild_id":"\#(self.id)","member_count":\#(rooms[id]?.rules.members.count ?? 0),"#
            + #""added_members":[\#(added)],"removed_member_ids":[\#(removed)]}"#
        return [("THREAD_MEMBERS_UPDATE", d, nil)]
    }

    /// Whoever opens it is in it.
    private mutating func openThread(_ random: inout SeededRandom) -> [News] {
        let parents = rooms.keys.sorted().filter { isLasting($0) && rooms[$0]?.isVoice == false }
        guard let parent = random.pick(parents), let opener = random.pick(people.keys.sorted()) else {
            return []
        }
        let id = fresh()
        let isSecret = rooms[parent]?.isSecret == true
        let rules = Rules.Room(type: 12, parent: parent, members: [opener])
        let room = Room(name: "thread-\(id % 1000)", rules: rules, isSecret: isSecret, position: 0)
        rooms[id] = room
        let d = channel(id, room).dropLast() + #","newly_created":true,"owner_id":"\#(opener)"}"#
        return [("THREAD_CREATE", String(d), nil)]
    }

    mutating func leaveThreads(_ person: UInt64) {
        for id in rooms.keys { rooms[id]?.rules.members.remove(person) }
    }
}
