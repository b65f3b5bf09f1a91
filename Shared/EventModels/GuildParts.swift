package import Base
package import JSON

/// What a page needs to draw a person; flat in payloads: `userId`, `username`, `displayName`, `avatar`, `bot`.
package struct UserCard: Sendable, Equatable {
    package let id: Snowflake
    package var username: String
    package var displayName: String
    /// Full URL; always one, Discord has default avatars.
    package var avatar: String
    package var bot: Bool

    package init(id: Snowflake, username: String, displayName: String, avatar: String, bot: Bool) {
        self.id = id
        self.username = username
        self.displayName = displayName
        self.avatar = avatar
        self.bot = bot
    }

    package init?(payload: JSONValue) {
        guard let id = payload["userId"]?.snowflake else { return nil }
        self.init(
            id: id,
            username: payload["username"]?.string ?? "",
            displayName: payload["displayName"]?.string ?? "",
            avatar: payload["avatar"]?.string ?? "",
            bot: payload["bot"]?.bool ?? false
        )
    }

    /// Its members, into an object that the caller has begun.
    package func write(into writer: inout JSONWriter) {
        writer.member("userId", id)
        writer.member("username", username)
        writer.member("displayName", displayName)
        writer.member("avatar", avatar)
        writer.member("bot", bot)
    }
}

/// Someone in a voice channel.
package struct VoiceState: Sendable, Equatable {
    package var user: UserCard
    package var channelID: Snowflake
    package var flags: VoiceFlags
    /// Unix milliseconds: `ts` of the event by which they came into this channel. Nil where nobody saw them come.
    package var since: Int64?

    package init(user: UserCard, channelID: Snowflake, flags: VoiceFlags, since: Int64?) {
        self.user = user
        self.channelID = channelID
        self.flags = flags
        self.since = since
    }

    package init?(payload: JSONValue) {
        guard let user = UserCard(payload: payload), let channel = payload["channelId"]?.snowflake else {
            return nil
        }
        // Older versions told nothing of it.
        self.init(
            user: user,
            channelID: channel,
            flags: VoiceFlags(payload: payload),
            since: payload["since"]?.int64
        )
    }

    package func write(into writer: inout JSONWriter) {
        user.write(into: &writer)
        writer.member("channelId", channelID)
        flags.write(into: &writer)
        writer.member("since", since)
    }
}

/// The switches of a voice state, by server (`mute`, `deaf`) and by the person.
package struct VoiceFlags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let mute = VoiceFlags(rawValue: 1)
    package static let deaf = VoiceFlags(rawValue: 2)
    package static let selfMute = VoiceFlags(rawValue: 4)
    package static let selfDeaf = VoiceFlags(rawValue: 8)
    package static let streaming = VoiceFlags(rawValue: 16)
    package static let video = VoiceFlags(rawValue: 32)
    package static let suppress = VoiceFlags(rawValue: 64)

    private static let names: [(StaticString, VoiceFlags)] = [
        ("mute", .mute), ("deaf", .deaf), ("selfMute", .selfMute), ("selfDeaf", .selfDeaf),
        ("streaming", .streaming),
        ("video", .video), ("suppress", .suppress),
    ]

    package init(payload: JSONValue) {
        var flags: VoiceFlags = []
        for (name, flag) in Self.names where payload[name]?.bool == true { flags.insert(flag) }
        self = flags
    }

    package func write(into writer: inout JSONWriter) {
        for (name, flag) in Self.names { writer.member(name, contains(flag)) }
    }
}

package struct Role: Sendable, Equatable {
    package let id: Snowflake
    package var name: String
    package var permissions: Permissions
    package var position: Int
    package var color: Int

    package init(id: Snowflake, name: String, permissions: Permissions, position: Int, color: Int) {
        self.id = id
        self.name = name
        self.permissions = permissions
        self.position = position
        self.color = color
    }

    package init?(payload: JSONValue) {
        guard let id = payload["roleId"]?.snowflake else { return nil }
        self.init(
            id: id,
            name: payload["name"]?.string ?? "",
            permissions: Permissions(rawValue: payload["permissions"]?.snowflake?.rawValue ?? 0),
            position: payload["position"]?.int ?? 0,
            color: payload["color"]?.int ?? 0
        )
    }

    package func write(into writer: inout JSONWriter) {
        writer.member("roleId", id)
        writer.member("name", name)
        writer.member("permissions", String(permissions.rawValue))
        writer.member("position", position)
        writer.member("color", color)
    }
}

/// A channel, category or thread; its overwrites stand apart, so that they can be known before it.
package struct Channel: Sendable, Equatable {
    package let id: Snowflake
    package var name: String
    /// Discord's number: 0 text, 2 voice, 4 category, 5 announcements, 10-12 threads, 13 stage, 15 forum, 16 media.
    package var type: Int
    package var parentID: Snowflake?
    package var position: Int
    package var topic: String?

    package static let category = 4
    package static let privateThread = 12

    package init(id: Snowflake, name: String, type: Int, parentID: Snowflake?, position: Int, topic: String?)
    {
        self.id = id
        self.name = name
        self.type = type
        self.parentID = parentID
        self.position = position
        self.topic = topic
    }

    package var isThread: Bool { 10...12 ~= type }
    package var isVoice: Bool { type == 2 || type == 13 }

    package init?(payload: JSONValue) {
        guard let id = payload["channelId"]?.snowflake else { return nil }
        self.init(
            id: id,
            name: payload["name"]?.string ?? "",
            type: payload["type"]?.int ?? 0,
            parentID: payload["parentId"]?.snowflake,
            position: payload["position"]?.int ?? 0,
            topic: payload["topic"]?.string
        )
    }

    package func write(into writer: inout JSONWriter) {
        writer.member("channelId", id)
        writer.member("name", name)
        writer.member("type", type)
        writer.member("parentId", parentID)
        writer.member("position", position)
        writer.member("topic", topic)
    }
}

/// What a channel allows and denies to one role or member.
package struct Overwrite: Sendable, Equatable {
    package let id: Snowflake
    package let isMember: Bool
    package let allow: Permissions
    package let deny: Permissions

    package init(id: Snowflake, isMember: Bool, allow: Permissions, deny: Permissions) {
        self.id = id
        self.isMember = isMember
        self.allow = allow
        self.deny = deny
    }

    /// Discord's own form, which ours is too: `{"id","type","allow","deny"}`.
    package init?(_ value: JSONValue) {
        guard let id = value["id"]?.snowflake else { return nil }
        self.init(
            id: id,
            isMember: value["type"]?.int == 1,
            allow: Permissions(rawValue: value["allow"]?.snowflake?.rawValue ?? 0),
            deny: Permissions(rawValue: value["deny"]?.snowflake?.rawValue ?? 0)
        )
    }

    package static func list(_ value: JSONValue?) -> [Overwrite] {
        (value?.array.map { $0.compactMap { Overwrite($0) } } ?? []).sorted { $0.id < $1.id }
    }

    package func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id)
        writer.member("type", isMember ? 1 : 0)
        writer.member("allow", String(allow.rawValue))
        writer.member("deny", String(deny.rawValue))
        writer.endObject()
    }
}

/// A message as its `message.created` told it, with the edits since.
package struct RecentMessage: Sendable, Equatable {
    package let id: Snowflake
    package let channelID: Snowflake
    package let ts: Int64
    /// The payload of `message.created`.
    package var payload: [UInt8]

    init(id: Snowflake, channelID: Snowflake, ts: Int64, payload: [UInt8]) {
        self.id = id
        self.channelID = channelID
        self.ts = ts
        self.payload = payload
    }

    package init?(payload: JSONValue, ts: Int64) {
        // It is shown to viewers as it is, within one line.
        guard let id = payload["messageId"]?.snowflake, let channel = payload["channelId"]?.snowflake,
            !payload.raw.contains(where: { $0 < 0x20 })
        else { return nil }
        self.id = id
        channelID = channel
        self.ts = ts
        self.payload = Array(payload.raw)
    }

    /// Takes `content` and `editedAt` from a `message.updated`.
    package mutating func edit(_ update: JSONValue) {
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: payload).root } catch { return }
        guard let members = root.object else { return }
        var writer = JSONWriter(reserving: payload.count + 64)
        writer.beginObject()
        for (name, value) in members where name != "editedAt" {
            writer.key(text: name)
            if name == "content", let content = update["content"] {
                writer.raw(content.raw)
            } else {
                writer.raw(value.raw)
            }
        }
        writer.key("editedAt")
        if let edited = update["editedAt"] { writer.raw(edited.raw) } else { writer.null() }
        writer.endObject()
        payload = writer.takeBytes()
    }
}
