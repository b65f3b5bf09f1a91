import Base

/// People write, listen, come online.
extension Community {
    /// Now and then in a voice channel's text, too.
    mutating func speak(_ random: inout SeededRandom) -> [News] {
        let wantsVoice = random.chance(0.2)
        let fitting = rooms.keys.sorted().filter { rooms[$0]?.isVoice == wantsVoice }
        guard let room = random.pick(fitting), let author = random.pick(people.keys.sorted()) else {
            return []
        }
        return say(in: room, by: author)
    }

    /// A message in a channel that everybody sees, if there is one: what a probe waits for.
    mutating func probe(now: Int64) -> [News] {
        let seen = sight(of: .everyone, at: now).text
        guard let open = seen.min() ?? rooms.keys.min(), let author = people.keys.min() else { return [] }
        return say(in: open, by: author)
    }

    private mutating func say(in room: UInt64, by author: UInt64) -> [News] {
        let message = fresh()
        words.append(Word(id: message, room: room, author: author))
        if words.count > 30 { words.removeFirst() }
        let prefix = rooms[room]?.isSecret == true ? Self.secret : "word "
        let d =
            #"{"id":"\#(message)","guild_id":"\#(id)","channel_id":"\#(room)","content":"\#(prefix)\#(message)","#
            + #""author":\#(user(author)),"member":\#(member(author)),"attachments":[],"type":0}"#
        return [("MESSAGE_CREATE", d, message)]
    }

    func edit(_ random: inout SeededRandom) -> [News] {
        guard let word = random.pick(words), let room = rooms[word.room] else { return [] }
        let edited = random.below(1_000_000_000)
        let prefix = room.isSecret ? Self.secret : "edit "
        let d =
            #"{"id":"\#(word.id)","guild_id":"\#(id)","channel_id":"\#(word.room)","content":"\#(prefix)\#(edited)","#
            + #""edited_timestamp":"t\#(edited)","author":\#(user(word.author))}"#
        return [("MESSAGE_UPDATE", d, nil)]
    }

    mutating func delete(_ random: inout SeededRandom) -> [News] {
        guard words.count > 2 else { return [] }
        let first = words.remove(at: random.below(words.count))
        guard random.chance(0.3), let second = words.first(where: { $0.room == first.room }) else {
            let d = #"{"id":"\#(first.id)","guild_id":"\#(id)","channel_id":"\#(first.room)"}"#
            return [("MESSAGE_DELETE", d, nil)]
        }
        words.removeAll { $0.id == second.id }
        let d = #"{"ids":["\#(second.id)","\#(first.id)"],"guild_id":"\#(id)","channel_id":"\#(first.room)"}"#
        return [("MESSAGE_DELETE_BULK", d, nil)]
    }

    func react(_ random: inout SeededRandom) -> [News] {
        guard let word = random.pick(words), let user = random.pick(people.keys.sorted()) else { return [] }
        let d =
            #"{"guild_id":"\#(id)","channel_id":"\#(word.room)","message_id":"\#(word.id)","#
            + #""user_id":"\#(user)","emoji":{"id":null,"name":"x"}}"#
        return [(random.chance(0.6) ? "MESSAGE_REACTION_ADD" : "MESSAGE_REACTION_REMOVE", d, nil)]
    }

    /// Between voice channels, whoever sees them.
    mutating func wander(_ random: inout SeededRandom) -> [News] {
        guard let person = random.pick(people.keys.sorted()) else { return [] }
        let voices = rooms.keys.sorted().filter { rooms[$0]?.isVoice == true }
        switch random.below(5) {
        case 0: people[person]?.room = nil
        case 1: people[person]?.isMuted.toggle()
        default: people[person]?.room = random.pick(voices)
        }
        return [("VOICE_STATE_UPDATE", voice(person, withMember: true), nil)]
    }

    mutating func blink(_ random: inout SeededRandom) -> [News] {
        guard let person = random.pick(people.keys.sorted()) else { return [] }
        people[person]?.isOnline.toggle()
        return [("PRESENCE_UPDATE", presence(person), nil)]
    }
}
