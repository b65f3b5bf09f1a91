internal import Base
internal import JSON

/// Voice states and presences.
extension Guild {
    mutating func changeVoice(_ given: JSONFields) throws(WorldError) -> Dispatch {
        guard let user = given.snowflake("user_id") else {
            throw WorldError("VOICE_STATE_UPDATE needs user_id")
        }
        adopt(given.value("member"), user)
        var state = voice[user] ?? JSONFields()
        state.merge(given.without("guild_id", "member"))
        state.complete(with: Self.silentVoice(user))
        let stays = state.snowflake("channel_id") != nil
        voice[user] = stays ? state : nil
        if !stays { state.merge(Self.switchedOff) }
        var d = JSONFields()
        d.set("guild_id", self.id)
        d.merge(state)
        if let member = members[user] { d["member"] = member.json }
        if let member = given["member"], members[user] == nil { d["member"] = member }
        return Dispatch("VOICE_STATE_UPDATE", guild: self.id, d: d.encoded())
    }

    private static func silentVoice(_ user: Snowflake) -> JSONFields {
        var state = JSONFields()
        state.set("channel_id", Snowflake?.none)
        state.set("user_id", user)
        var random = SeededRandom(seed: user.rawValue)
        state.set("session_id", String(random.next(), radix: 16) + String(random.next(), radix: 16))
        for name in ["deaf", "mute", "self_deaf", "self_mute", "self_video", "suppress"] {
            state.set(name, false)
        }
        state.setNull("request_to_speak_timestamp")
        return state
    }

    /// Who leaves neither streams nor shows video.
    private static let switchedOff: JSONFields = {
        var fields = JSONFields()
        fields.set("self_video", false)
        fields.set("self_stream", false)
        return fields
    }()

    mutating func changePresence(_ given: JSONFields) throws(WorldError) -> Dispatch {
        guard let user = given.value("user")?["id"]?.snowflake ?? given.snowflake("user_id") else {
            throw WorldError("PRESENCE_UPDATE needs user.id")
        }
        var d = given.without("user_id")
        if d["user"] == nil { d["user"] = JSONText.object { $0.member("id", user) } }
        if d["status"] == nil { d.set("status", status(of: user)) }
        let status = d.string("status") ?? "offline"
        if d["activities"] == nil {
            d["activities"] = status == "offline" ? nil : presences[user]?["activities"]
        }
        var defaults = JSONFields()
        defaults["activities"] = JSONText.emptyArray
        defaults["client_status"] =
            status == "offline" ? JSONText.emptyObject : JSONText.object { $0.member("desktop", status) }
        d.complete(with: defaults)
        presences[user] = status == "offline" ? nil : d.without("guild_id")
        return Dispatch("PRESENCE_UPDATE", guild: self.id, d: d.encoded())
    }

    /// A member that an event brings along and the guild does not know yet.
    mutating func adopt(_ member: JSONValue?, _ user: Snowflake) {
        guard !members.contains(user), let member, let account = JSONFields(member["user"]) else { return }
        var fields = JSONFields(member) ?? JSONFields()
        fields.complete(with: Guild.plainMember(joinedAt: nil))
        members[user] = Member(id: user, user: account, fields: fields)
    }
}
