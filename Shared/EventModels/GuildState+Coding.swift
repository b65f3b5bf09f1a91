package import Base
package import JSON

extension GuildState {
    /// The whole state as JSON: the payload of `guild.synced`, and a snapshot's bytes. Equal states give equal bytes.
    package func encoded() -> [UInt8] {
        var writer = JSONWriter(reserving: 4096)
        write(into: &writer)
        return writer.takeBytes()
    }

    package func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id)
        writer.member("name", name)
        writer.member("icon", icon)
        writer.member("ownerId", ownerID)
        writer.member("unavailable", isUnavailable)
        writer.member("members", members)
        writer.member("online", online)
        writer.list("roles", roles.values.sorted { $0.id < $1.id }) { $0.write(into: &$1) }
        writer.list("channels", channels.values.sorted { $0.id < $1.id }) { $0.write(into: &$1) }
        writer.list("overwrites", overwrites.keys.sorted()) { channel, writer in
            writer.member("channelId", channel)
            writer.key("overwrites")
            writer.beginArray()
            for overwrite in overwrites[channel] ?? [] { overwrite.write(into: &writer) }
            writer.endArray()
        }
        writer.list("threadMembers", threadMembers.keys.sorted()) { thread, writer in
            writer.member("threadId", thread)
            writer.snowflakes("members", threadMembers[thread] ?? [])
        }
        writer.list("voice", voice.values.sorted { $0.user.id < $1.user.id }) { $0.write(into: &$1) }
        writer.list("messages", messages) { message, writer in
            writer.member("ts", message.ts)
            writer.member("payload", raw: message.payload)
        }
        writer.endObject()
    }

    package init?(decoding bytes: [UInt8]) {
        do throws(JSONError) { self.init(try JSONDocument(parsing: bytes).root) } catch { return nil }
    }

    package init?(_ root: JSONValue) {
        guard let id = root["id"]?.snowflake else { return nil }
        self.init(
            id: id,
            name: root["name"]?.string ?? "",
            icon: root["icon"]?.string,
            ownerID: root["ownerId"]?.snowflake
        )
        isUnavailable = root["unavailable"]?.bool ?? false
        members = root["members"]?.int ?? 0
        online = root["online"]?.int ?? 0
        for value in root.elements("roles") {
            if let role = Role(payload: value) { roles[role.id] = role }
        }
        for value in root.elements("channels") {
            if let channel = Channel(payload: value) { channels[channel.id] = channel }
        }
        for value in root.elements("overwrites") {
            guard let channel = value["channelId"]?.snowflake else { continue }
            overwrites[channel] = Overwrite.list(value["overwrites"])
        }
        for value in root.elements("threadMembers") {
            guard let thread = value["threadId"]?.snowflake else { continue }
            let members = value.snowflakes("members")
            if !members.isEmpty { threadMembers[thread] = members }
        }
        for value in root.elements("voice") {
            if let state = VoiceState(payload: value) { voice[state.user.id] = state }
        }
        for value in root.elements("messages").suffix(Self.messagesMax) {
            guard let payload = value["payload"], let ts = value["ts"]?.int64,
                let message = RecentMessage(payload: payload, ts: ts)
            else { continue }
            messages.append(message)
        }
    }

    /// What a viewer's snapshot shows of the guild, in the form of specs/events.md, "GuildView".
    ///
    /// Channels where `visibleChannels` says so; people in voice where `voiceChannels` and messages where `messageChannels`
    /// does (without one: as visible). `counts.voice` counts what is shown.
    package func encodeView(
        visibleChannels: Set<Snowflake>,
        voiceChannels: Set<Snowflake>? = nil,
        messageChannels: Set<Snowflake>? = nil,
        into writer: inout JSONWriter
    ) {
        let peopled = voiceChannels ?? visibleChannels
        let shown = voice.values.filter { peopled.contains($0.channelID) }.sorted {
            $0.user.id < $1.user.id
        }
        let readable = messageChannels ?? visibleChannels
        writer.beginObject()
        writer.member("id", id)
        writer.member("name", name)
        writer.member("icon", icon)
        writer.key("counts")
        writer.beginObject()
        writer.member("members", members)
        writer.member("online", online)
        writer.member("voice", shown.count)
        writer.endObject()
        writer.list("channels", channelsInOrder.filter { visibleChannels.contains($0.id) }) {
            channel,
            writer in
            writer.member("id", channel.id)
            writer.member("name", channel.name)
            writer.member("type", channel.type)
            writer.member("parentId", channel.parentID)
            writer.member("position", channel.position)
        }
        writer.list("voice", shown) { $0.write(into: &$1) }
        writer.key("messages")
        writer.beginArray()
        for message in messages where readable.contains(message.channelID) {
            message.writeView(into: &writer)
        }
        writer.endArray()
        writer.endObject()
    }

    package func encodeView(visibleChannels: Set<Snowflake>, messageChannels: Set<Snowflake>? = nil)
        -> [UInt8]
    {
        var writer = JSONWriter(reserving: 4096)
        encodeView(visibleChannels: visibleChannels, messageChannels: messageChannels, into: &writer)
        return writer.takeBytes()
    }

    /// What the @everyone role sees.
    package func encodeEveryoneView(into writer: inout JSONWriter) {
        let visible = Set(channels.keys.filter { everyoneCanView($0) })
        let readable = Set(channels.keys.filter { everyoneCanReadHistory(of: $0) })
        encodeView(visibleChannels: visible, messageChannels: readable, into: &writer)
    }

    /// By position, then id, as Discord sorts siblings.
    package var channelsInOrder: [Channel] {
        channels.values.sorted { ($0.position, $0.id) < ($1.position, $1.id) }
    }
}

extension RecentMessage {
    /// The payload with `ts` as its first member.
    fileprivate func writeView(into writer: inout JSONWriter) {
        var object = Array("{\"ts\":\(ts)".utf8)
        let members = payload.dropFirst()
        if members.first != 0x7D { object.append(0x2C) }
        object.append(contentsOf: members)
        writer.raw(object)
    }
}

extension JSONWriter {
    /// A member with an array of ids, in their order.
    package mutating func snowflakes(_ name: String, _ ids: Set<Snowflake>) {
        key(text: name)
        beginArray()
        for id in ids.sorted() { snowflake(id) }
        endArray()
    }

    /// An array of objects, each filled by `body`.
    fileprivate mutating func list<Element>(
        _ name: String,
        _ elements: [Element],
        _ body: (Element, inout JSONWriter) -> Void
    ) {
        key(name)
        beginArray()
        for element in elements {
            beginObject()
            body(element, &self)
            endObject()
        }
        endArray()
    }
}

extension JSONValue {
    /// The ids in an array; what is no id is passed over.
    package func snowflakes(_ name: String) -> Set<Snowflake> {
        Set(elements(name).compactMap(\.snowflake))
    }

    fileprivate func elements(_ name: String) -> [JSONValue] { self[name]?.array.map { Array($0) } ?? [] }
}
