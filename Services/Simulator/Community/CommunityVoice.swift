internal import Base
internal import JSON

/// Coming and going in the voice channels.
struct CommunityVoice {
    /// How many people a guild of this size has in voice on a usual evening: 15 for 200.
    static func crowd(members: Int) -> Int { min(60, max(2, members / 13)) }

    /// The state of somebody who enters, in a room with company rather than an empty one.
    mutating func arrival(
        _ user: Snowflake,
        _ guild: Guild,
        at unixMilliseconds: Int64,
        _ random: inout SeededRandom
    ) -> JSONFields {
        var state = JSONFields()
        let rooms = rooms(of: user, guild, unixMilliseconds, &random)
        guard !rooms.isEmpty else { return state }
        state.set("channel_id", pickRoom(rooms, guild, &random))
        state.set("user_id", user)
        state.set("session_id", String(random.next(), radix: 16) + String(random.next(), radix: 16))
        let draw = Int.random(in: 0..<10, using: &random)
        state.set("deaf", false)
        state.set("mute", false)
        state.set("self_deaf", draw == 0)
        state.set("self_mute", draw < 4)
        state.set("self_video", false)
        state.set("self_stream", false)
        state.set("suppress", false)
        state.setNull("request_to_speak_timestamp")
        return state
    }

    /// One change: somebody joins, leaves, moves or touches a switch; the crowd stays near its usual size.
    mutating func change(
        _ guild: Guild,
        bot: Snowflake,
        at unixMilliseconds: Int64,
        _ random: inout SeededRandom
    ) -> JSONFields? {
        let crowd = Double(Self.crowd(members: guild.members.count))
        let fullness = Double(guild.voice.count) / crowd
        let draw = Double.random(in: 0..<1, using: &random)
        let joining = fullness < 0.67 ? 0.55 : fullness > 1.5 ? 0.05 : 0.28
        let leaving = fullness < 0.67 ? 0.05 : fullness > 1.5 ? 0.55 : 0.26
        if guild.voice.isEmpty || draw < joining { return join(guild, bot, unixMilliseconds, &random) }
        let user = guild.voice.ids[Int.random(in: 0..<guild.voice.count, using: &random)]
        guard user != bot, var state = guild.voice[user] else { return nil }
        if draw < joining + leaving {
            state.setNull("channel_id")
            return state
        }
        if draw < joining + leaving + 0.14 {
            let rooms = rooms(of: user, guild, unixMilliseconds, &random)
                .filter { $0 != state.snowflake("channel_id") }
            guard !rooms.isEmpty else { return nil }
            state.set("channel_id", pickRoom(rooms, guild, &random))
            return state
        }
        flip(&state, &random)
        return state
    }

    private func flip(_ state: inout JSONFields, _ random: inout SeededRandom) {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<13: state.set("self_mute", !(state.bool("self_mute") ?? false))
        case 13..<15:
            let deaf = !(state.bool("self_deaf") ?? false)
            state.set("self_deaf", deaf)
            state.set("self_mute", deaf)
        case 15..<17: state.set("self_stream", !(state.bool("self_stream") ?? false))
        case 17..<19: state.set("self_video", !(state.bool("self_video") ?? false))
        default: state.set("mute", !(state.bool("mute") ?? false))
        }
    }

    private mutating func join(
        _ guild: Guild,
        _ bot: Snowflake,
        _ unixMilliseconds: Int64,
        _ random: inout SeededRandom
    ) -> JSONFields? {
        for _ in 0..<8 {
            let user = guild.members.ids[Int.random(in: 0..<guild.members.count, using: &random)]
            if user == bot || guild.voice.contains(user) || !guild.presences.contains(user) { continue }
            let state = arrival(user, guild, at: unixMilliseconds, &random)
            return state.isEmpty ? nil : state
        }
        return nil
    }

    /// Rooms that somebody may enter: more often those that not everybody may, where there are any.
    private func rooms(
        of user: Snowflake,
        _ guild: Guild,
        _ unixMilliseconds: Int64,
        _ random: inout SeededRandom
    ) -> [Snowflake] {
        let needed: Permissions = [.viewChannel, .connect]
        func enters(_ user: Snowflake?, _ room: Snowflake) -> Bool {
            guild.permissions(of: user, in: room, at: unixMilliseconds).isSuperset(of: needed)
        }
        let all = guild.voiceChannels.filter { enters(user, $0) }
        let closed = all.filter { !enters(nil, $0) }
        if closed.isEmpty || closed.count == all.count { return all }
        return Int.random(in: 0..<10, using: &random) < 4 ? closed : all.filter { !closed.contains($0) }
    }

    private func pickRoom(_ rooms: [Snowflake], _ guild: Guild, _ random: inout SeededRandom) -> Snowflake {
        let weights = rooms.map { room in
            let present = guild.voice.values.reduce(0) { $0 + ($1.snowflake("channel_id") == room ? 1 : 0) }
            return 3 + min(present, 6)
        }
        var draw = Int.random(in: 0..<weights.reduce(0, +), using: &random)
        for (room, weight) in zip(rooms, weights) {
            if draw < weight { return room }
            draw -= weight
        }
        return rooms[0]
    }
}
