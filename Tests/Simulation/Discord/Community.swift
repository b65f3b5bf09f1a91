import Base

/// One guild as Discord knows it: small, but with everything that can change what a viewer sees.
struct Community {
    struct Room {
        var name: String
        let isVoice: Bool
        var isHidden: Bool
        /// Hidden for ever: what is written here nobody may ever see.
        var isSecret = false
        var position: Int
    }

    struct Person {
        var nick: String?
        var roles: [UInt64]
        var isOnline: Bool
        var room: UInt64?
        var isMuted = false
    }

    struct Word {
        let id: UInt64
        let room: UInt64
        let author: UInt64
    }

    let id: UInt64
    var name: String
    var rooms: [UInt64: Room] = [:]
    var people: [UInt64: Person] = [:]
    var roles: [UInt64: String] = [:]
    var words: [Word] = []
    private var serial: UInt64

    /// Text in the channel that @everyone never sees begins with this: no viewer may ever get it.
    static let secret = "hidden-"

    init(id: UInt64, random: inout SeededRandom) {
        self.id = id
        name = "Guild \(id)"
        serial = id * 1_000_000
        roles[id] = "@everyone"
        roles[id + 1] = "Mod"
        for index in 0..<4 {
            rooms[id * 100 + UInt64(index)] = Room(
                name: "room-\(index)",
                isVoice: index >= 2,
                isHidden: index % 2 == 1,
                isSecret: index == 1,
                position: index
            )
        }
        for index in 0..<(4 + random.below(4)) {
            people[id * 1000 + UInt64(index)] = Person(
                nick: nil,
                roles: [],
                isOnline: random.chance(0.5),
                room: random.chance(0.3) ? id * 100 + 2 : nil
            )
        }
    }

    private mutating func fresh() -> UInt64 {
        serial += 1
        return serial
    }

    // MARK: Payloads

    private func user(_ id: UInt64) -> String {
        #"{"id":"\#(id)","username":"u\#(id)","discriminator":"0","global_name":null,"avatar":null}"#
    }

    private func member(_ id: UInt64) -> String {
        let person = people[id]
        let nick = person?.nick.map { "\"\($0)\"" } ?? "null"
        let roles = (person?.roles ?? []).map { "\"\($0)\"" }.joined(separator: ",")
        return #"{"user":\#(user(id)),"nick":\#(nick),"roles":[\#(roles)],"pending":false}"#
    }

    private func memberOfGuild(_ id: UInt64) -> String {
        #"{"guild_id":"\#(self.id)",\#(member(id).dropFirst())"#
    }

    private func channel(_ id: UInt64, _ room: Room) -> String {
        let deny = room.isHidden ? "1024" : "0"
        return
            #"{"id":"\#(id)","guild_id":"\#(self.id)","type":\#(room.isVoice ? 2 : 0),"name":"\#(room.name)","#
            + #""position":\#(room.position),"permission_overwrites":"#
            + #"[{"id":"\#(self.id)","type":0,"allow":"0","deny":"\#(deny)"}]}"#
    }

    private func role(_ id: UInt64, _ name: String) -> String {
        #"{"id":"\#(id)","name":"\#(name)","permissions":"\#(id == self.id ? 66560 : 8)","position":0,"color":0}"#
    }

    private func voice(_ id: UInt64, withMember: Bool) -> String {
        let room = people[id]?.room.map { "\"\($0)\"" } ?? "null"
        let extra = withMember ? #","member":\#(member(id))"# : ""
        return #"{"guild_id":"\#(self.id)","user_id":"\#(id)","channel_id":\#(room),"#
            + #""self_mute":\#(people[id]?.isMuted ?? false)\#(extra)}"#
    }

    private func presence(_ id: UInt64) -> String {
        let status = people[id]?.isOnline == true ? "online" : "offline"
        let client = status == "online" ? #"{"web":"online"}"# : "{}"
        return #"{"guild_id":"\#(self.id)","user":{"id":"\#(id)"},"status":"\#(status)","#
            + #""client_status":\#(client),"activities":[]}"#
    }

    /// `d` of GUILD_CREATE.
    func create() -> String {
        let rolesText = roles.sorted { $0.key < $1.key }.map { role($0.key, $0.value) }
        let channels = rooms.sorted { $0.key < $1.key }.map { channel($0.key, $0.value) }
        let ids = people.keys.sorted()
        let voices = ids.filter { people[$0]?.room != nil }.map { voice($0, withMember: false) }
        let presences = ids.filter { people[$0]?.isOnline == true }.map { presence($0) }
        return #"{"id":"\#(id)","name":"\#(name)","icon":null,"owner_id":"\#(id * 1000)","#
            + #""member_count":\#(people.count),"large":false,"roles":[\#(rolesText.joined(separator: ","))],"#
            + #""channels":[\#(channels.joined(separator: ","))],"threads":[],"#
            + #""members":[\#(ids.map { member($0) }.joined(separator: ","))],"#
            + #""voice_states":[\#(voices.joined(separator: ","))],"#
            + #""presences":[\#(presences.joined(separator: ","))]}"#
    }

    // MARK: What happens

    /// Something happens: the dispatches that tell it, and the message's id where one was written.
    mutating func live(_ random: inout SeededRandom) -> [(name: String, d: String, message: UInt64?)] {
        switch random.below(40) {
        case 0..<16: return speak(&random)
        case 16..<23: return wander(&random)
        case 23..<27: return blink(&random)
        case 27..<29: return edit(&random)
        case 29..<31: return delete(&random)
        case 31..<33: return react(&random)
        case 33: return comeOrGo(&random)
        case 34..<36: return change(&random)
        case 36: return redecorate(&random)
        case 37: return build(&random)
        case 38: return demolish(&random)
        default: return changeRole(&random)
        }
    }

    private mutating func speak(_ random: inout SeededRandom) -> [(String, String, UInt64?)] {
        let texts = rooms.keys.sorted().filter { rooms[$0]?.isVoice == false }
        guard let room = random.pick(texts), let author = random.pick(people.keys.sorted()) else { return [] }
        return say(in: room, by: author)
    }

    /// A message in a channel that everybody sees, if there is one: what a probe waits for.
    mutating func probe() -> [(name: String, d: String, message: UInt64?)] {
        let open = rooms.keys.sorted().first { rooms[$0].map { !$0.isVoice && !$0.isHidden } ?? false }
        guard let open, let author = people.keys.min() else { return [] }
        return say(in: open, by: author)
    }

    private mutating func say(in room: UInt64, by author: UInt64) -> [(String, String, UInt64?)] {
        let message = fresh()
        words.append(Word(id: message, room: room, author: author))
        if words.count > 30 { words.removeFirst() }
        let prefix = rooms[room]?.isSecret == true ? Self.secret : "word "
        let d =
            #"{"id":"\#(message)","guild_id":"\#(id)","channel_id":"\#(room)","content":"\#(prefix)\#(message)","#
            + #""author":\#(user(author)),"member":\#(member(author)),"attachments":[],"type":0}"#
        return [("MESSAGE_CREATE", d, message)]
    }

    private func edit(_ random: inout SeededRandom) -> [(String, String, UInt64?)] {
        guard let word = random.pick(words), let room = rooms[word.room] else { return [] }
        let edited = random.below(1_000_000_000)
        let prefix = room.isSecret ? Self.secret : "edit "
        let d =
            #"{"id":"\#(word.id)","guild_id":"\#(id)","channel_id":"\#(word.room)","content":"\#(prefix)\#(edited)","#
            + #""edited_timestamp":"t\#(edited)","author":\#(user(word.author))}"#
        return [("MESSAGE_UPDATE", d, nil)]
    }

    private mutating func delete(_ random: inout SeededRandom) -> [(String, String, UInt64?)] {
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

    private func react(_ random: inout SeededRandom) -> [(String, String, UInt64?)] {
        guard let word = random.pick(words), let user = random.pick(people.keys.sorted()) else { return [] }
        let d =
            #"{"guild_id":"\#(id)","channel_id":"\#(word.room)","message_id":"\#(word.id)","#
            + #""user_id":"\#(user)","emoji":{"id":null,"name":"x"}}"#
        return [(random.chance(0.6) ? "MESSAGE_REACTION_ADD" : "MESSAGE_REACTION_REMOVE", d, nil)]
    }

    private mutating func wander(_ random: inout SeededRandom) -> [(String, String, UInt64?)] {
        guard let person = random.pick(people.keys.sorted()) else { return [] }
        let voices = rooms.keys.sorted().filter { rooms[$0]?.isVoice == true }
        switch random.below(4) {
        case 0: people[person]?.room = nil
        case 1: people[person]?.isMuted.toggle()
        default: people[person]?.room = random.pick(voices)
        }
        return [("VOICE_STATE_UPDATE", voice(person, withMember: true), nil)]
    }

    private mutating func blink(_ random: inout SeededRandom) -> [(String, String, UInt64?)] {
        guard let person = random.pick(people.keys.sorted()) else { return [] }
        people[person]?.isOnline.toggle()
        return [("PRESENCE_UPDATE", presence(person), nil)]
    }

    private mutating func comeOrGo(_ random: inout SeededRandom) -> [(String, String, UInt64?)] {
        if people.count < 9, random.chance(0.6) {
            let newcomer = fresh()
            people[newcomer] = Person(nick: nil, roles: [id + 1], isOnline: false)
            return [("GUILD_MEMBER_ADD", memberOfGuild(newcomer), nil)]
        }
        guard people.count > 3, let person = random.pick(people.keys.sorted()) else { return [] }
        let d = #"{"guild_id":"\#(id)","user":\#(user(person))}"#
        people[person] = nil
        return [("GUILD_MEMBER_REMOVE", d, nil)]
    }

    private mutating func change(_ random: inout SeededRandom) -> [(String, String, UInt64?)] {
        guard let person = random.pick(people.keys.sorted()) else { return [] }
        let others = roles.keys.sorted().filter { $0 != id }
        people[person]?.roles = others.filter { _ in random.chance(0.5) }
        if random.chance(0.5) { people[person]?.nick = "nick\(random.below(50))" }
        return [("GUILD_MEMBER_UPDATE", memberOfGuild(person), nil)]
    }

    /// A channel gets another name, or changes who sees it.
    private mutating func redecorate(_ random: inout SeededRandom) -> [(String, String, UInt64?)] {
        guard let id = random.pick(rooms.keys.sorted()), var room = rooms[id] else { return [] }
        if random.chance(0.5), !room.isSecret {
            room.isHidden.toggle()
        } else {
            room.name = "named-\(random.below(100))"
        }
        rooms[id] = room
        return [("CHANNEL_UPDATE", channel(id, room), nil)]
    }

    private mutating func build(_ random: inout SeededRandom) -> [(String, String, UInt64?)] {
        guard rooms.count < 7 else { return [] }
        let id = fresh()
        let room = Room(
            name: "new-\(id % 1000)",
            isVoice: random.chance(0.5),
            isHidden: random.chance(0.4),
            position: 9
        )
        rooms[id] = room
        return [("CHANNEL_CREATE", channel(id, room), nil)]
    }

    private mutating func demolish(_ random: inout SeededRandom) -> [(String, String, UInt64?)] {
        let spare = rooms.keys.sorted().filter { $0 > id * 100 + 10 }
        guard let gone = random.pick(spare), let room = rooms.removeValue(forKey: gone) else { return [] }
        words.removeAll { $0.room == gone }
        for person in people.keys.sorted() where people[person]?.room == gone { people[person]?.room = nil }
        return [("CHANNEL_DELETE", channel(gone, room), nil)]
    }

    private mutating func changeRole(_ random: inout SeededRandom) -> [(String, String, UInt64?)] {
        let spare = roles.keys.sorted().filter { $0 > id + 1 }
        if let gone = random.pick(spare), random.chance(0.4) {
            roles[gone] = nil
            for person in people.keys.sorted() { people[person]?.roles.removeAll { $0 == gone } }
            return [("GUILD_ROLE_DELETE", #"{"guild_id":"\#(id)","role_id":"\#(gone)"}"#, nil)]
        }
        let new = roles.count < 5 ? fresh() : spare.last ?? id + 1
        let isNew = roles[new] == nil
        roles[new] = "role-\(random.below(100))"
        let d = #"{"guild_id":"\#(id)","role":\#(role(new, roles[new] ?? ""))}"#
        return [(isNew ? "GUILD_ROLE_CREATE" : "GUILD_ROLE_UPDATE", d, nil)]
    }
}
