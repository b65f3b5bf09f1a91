import Base

/// Discord's objects, as JSON.
extension Community {
    func user(_ id: UInt64) -> String {
        #"{"id":"\#(id)","username":"u\#(id)","discriminator":"0","global_name":null,"avatar":null}"#
    }

    func member(_ id: UInt64) -> String {
        let person = people[id]
        let nick = person?.nick.map { "\"\($0)\"" } ?? "null"
        let roles = (person?.roles ?? []).map { "\"\($0)\"" }.joined(separator: ",")
        let until = person?.timedOutUntil.map { "\"\(SimulatedTime.text($0))\"" } ?? "null"
        return #"{"user":\#(user(id)),"nick":\#(nick),"roles":[\#(roles)],"pending":false,"#
            + #""communication_disabled_until":\#(until)}"#
    }

    func memberOfGuild(_ id: UInt64) -> String {
        #"{"guild_id":"\#(self.id)",\#(member(id).dropFirst())"#
    }

    func channel(_ id: UInt64, _ room: Room) -> String {
        let parent = room.rules.parent.map { "\"\($0)\"" } ?? "null"
        let head =
            #"{"id":"\#(id)","guild_id":"\#(self.id)","type":\#(room.rules.type),"name":"\#(room.name)","#
            + #""parent_id":\#(parent)"#
        guard !room.rules.isThread else {
            return head + #","thread_metadata":{"archived":false}}"#
        }
        let entries = room.rules.overwrites.map {
            #"{"id":"\#($0.id)","type":\#($0.isMember ? 1 : 0),"allow":"\#($0.allow)","deny":"\#($0.deny)"}"#
        }
        return head
            + #","position":\#(room.position),"permission_overwrites":[\#(entries.joined(separator: ","))]}"#
    }

    func role(_ id: UInt64, _ role: Role) -> String {
        #"{"id":"\#(id)","name":"\#(role.name)","permissions":"\#(role.permissions)","position":0,"color":0}"#
    }

    func voice(_ id: UInt64, withMember: Bool) -> String {
        let room = people[id]?.room.map { "\"\($0)\"" } ?? "null"
        let extra = withMember ? #","member":\#(member(id))"# : ""
        return #"{"guild_id":"\#(self.id)","user_id":"\#(id)","channel_id":\#(room),"#
            + #""self_mute":\#(people[id]?.isMuted ?? false)\#(extra)}"#
    }

    func presence(_ id: UInt64) -> String {
        let status = people[id]?.isOnline == true ? "online" : "offline"
        let client = status == "online" ? #"{"web":"online"}"# : "{}"
        return #"{"guild_id":"\#(self.id)","user":{"id":"\#(id)"},"status":"\#(status)","#
            + #""client_status":\#(client),"activities":[]}"#
    }

    /// `d` of GUILD_CREATE.
    func create() -> String {
        let rolesText = roles.sorted { $0.key < $1.key }.map { role($0.key, $0.value) }
        let inOrder = rooms.sorted { $0.key < $1.key }
        let channels = inOrder.filter { !$0.value.rules.isThread }.map { channel($0.key, $0.value) }
        let threads = inOrder.filter { $0.value.rules.isThread }.map { channel($0.key, $0.value) }
        let ids = people.keys.sorted()
        let voices = ids.filter { people[$0]?.room != nil }.map { voice($0, withMember: false) }
        let presences = ids.filter { people[$0]?.isOnline == true }.map { presence($0) }
        return #"{"id":"\#(id)","name":"\#(name)","icon":null,"owner_id":"\#(owner)","#
            + #""member_count":\#(people.count),"large":false,"roles":[\#(rolesText.joined(separator: ","))],"#
            + #""channels":[\#(channels.joined(separator: ","))],"threads":[\#(threads.joined(separator: ","))],"#
            + #""members":[\#(ids.map { member($0) }.joined(separator: ","))],"#
            + #""voice_states":[\#(voices.joined(separator: ","))],"#
            + #""presences":[\#(presences.joined(separator: ","))]}"#
    }

    /// `d` of GUILD_UPDATE.
    func update() -> String {
        #"{"id":"\#(id)","name":"\#(name)","icon":null,"owner_id":"\#(owner)"}"#
    }
}
