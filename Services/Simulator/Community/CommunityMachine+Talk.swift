internal import Base
internal import JSON

/// Messages and what belongs to them.
extension CommunityMachine {
    mutating func message(_ guild: Guild, _ bot: Snowflake, _ now: Instant) -> Proposal? {
        guard let channel = room(guild, now), let author = speaker(guild, channel, bot, now) else {
            return nil
        }
        conversation = channel
        var fields = JSONFields()
        fields.set("channel_id", channel)
        fields["author"] = JSONText.object { $0.member("id", author) }
        let other = anyone(guild, bot, online: true).flatMap { guild.members[$0] }
        let name = (guild.channels[channel] ?? guild.threads[channel])?.string("name") ?? ""
        fields.set(
            "content",
            CommunityTalk.sentence(channel: name, name: other?.displayName ?? "someone", &random)
        )
        switch Int.random(in: 0..<20, using: &random) {
        case 0, 1:
            if let other { mention(other, &fields) }
        case 2, 3: reply(guild, channel, &fields)
        default: break
        }
        return Proposal(name: "MESSAGE_CREATE", fields: scoped(fields))
    }

    private func mention(_ other: Member, _ fields: inout JSONFields) {
        fields.set("content", "<@\(other.id)> " + (fields.string("content") ?? ""))
        var user = other.user
        user["member"] = other.partialJSON
        fields["mentions"] = JSONText.array([user.encoded()])
    }

    private func reply(_ guild: Guild, _ channel: Snowflake, _ fields: inout JSONFields) {
        guard let earlier = guild.messages.entries.last(where: { $0.channel == channel }) else { return }
        fields.set("type", 19)
        fields["message_reference"] = JSONText.object { writer in
            writer.member("type", 0)
            writer.member("message_id", earlier.id)
            writer.member("channel_id", channel)
            writer.member("guild_id", guild.id)
        }
        fields["referenced_message"] = earlier.fields.without("referenced_message", "member").encoded()
    }

    mutating func edit(_ guild: Guild, _ now: Instant) -> Proposal? {
        guard let message = recent(guild),
            guild.mayView(message.author, message.channel, at: now.unixMilliseconds),
            let content = message.fields.string("content"), !content.isEmpty
        else {
            return nil
        }
        let endings = [" (typo)", " 😅", " edit: never mind", "!", " ✨"]
        var fields = JSONFields()
        fields.set("id", message.id)
        fields.set("channel_id", message.channel)
        fields.set("content", content + endings[Int.random(in: 0..<endings.count, using: &random)])
        return Proposal(name: "MESSAGE_UPDATE", fields: scoped(fields))
    }

    mutating func deletion(_ guild: Guild) -> Proposal? {
        guard let message = recent(guild) else { return nil }
        var fields = JSONFields()
        fields.set("id", message.id)
        fields.set("channel_id", message.channel)
        return Proposal(name: "MESSAGE_DELETE", fields: scoped(fields))
    }

    mutating func reaction(_ guild: Guild, _ bot: Snowflake, _ now: Instant) -> Proposal? {
        guard let message = recent(guild),
            let user = somebody(guild, message.channel, [.viewChannel, .readMessageHistory], bot, now)
        else { return nil }
        let emoji = CommunityTalk.reactions[Int.random(in: 0..<CommunityTalk.reactions.count, using: &random)]
        var fields = JSONFields()
        fields.set("user_id", user)
        fields.set("channel_id", message.channel)
        fields.set("message_id", message.id)
        fields["emoji"] = JSONText.object { writer in
            writer.memberNull("id")
            writer.member("name", emoji)
        }
        let removes = Int.random(in: 0..<8, using: &random) == 0
        return Proposal(
            name: removes ? "MESSAGE_REACTION_REMOVE" : "MESSAGE_REACTION_ADD",
            fields: scoped(fields)
        )
    }

    /// Who types writes next.
    mutating func typing(_ guild: Guild, _ bot: Snowflake, _ now: Instant) -> Proposal? {
        guard let message = message(guild, bot, now), let channel = message.fields.snowflake("channel_id"),
            let author = message.fields.value("author")?["id"]?.snowflake
        else { return nil }
        pending.append(message)
        var fields = JSONFields()
        fields.set("channel_id", channel)
        fields.set("user_id", author)
        return Proposal(name: "TYPING_START", fields: scoped(fields))
    }

    mutating func roleChange(_ guild: Guild, _ bot: Snowflake) -> Proposal? {
        guard let user = anyone(guild, bot, online: false), let member = guild.members[user] else {
            return nil
        }
        let given = ["Night Owl", "Player", "Artist", "Regular"]
        let wanted = given[Int.random(in: 0..<given.count, using: &random)]
        guard let place = guild.roles.values.firstIndex(where: { $0.string("name") == wanted }) else {
            return nil
        }
        let role = guild.roles.ids[place]
        let roles = member.roles.contains(role) ? member.roles.filter { $0 != role } : member.roles + [role]
        var fields = JSONFields()
        fields["user"] = JSONText.object { $0.member("id", user) }
        fields.set("roles", roles.sorted())
        return Proposal(name: "GUILD_MEMBER_UPDATE", fields: scoped(fields))
    }

    mutating func rename(_ guild: Guild, _ bot: Snowflake) -> Proposal? {
        guard let user = anyone(guild, bot, online: false), let member = guild.members[user] else {
            return nil
        }
        let tails = [" 🎃", " (afk)", " ✏️", " | EU", " ☕"]
        let tail = tails[Int.random(in: 0..<tails.count, using: &random)]
        let name = member.user.string("global_name") ?? member.username
        var fields = JSONFields()
        fields["user"] = JSONText.object { $0.member("id", user) }
        fields.set("nick", member.fields.string("nick") == nil ? String(name.prefix(26)) + tail : nil)
        return Proposal(name: "GUILD_MEMBER_UPDATE", fields: scoped(fields))
    }

    private mutating func recent(_ guild: Guild) -> MessageLog.Entry? {
        let latest = guild.messages.entries.suffix(25)
        guard !latest.isEmpty else { return nil }
        return latest[latest.startIndex + Int.random(in: 0..<latest.count, using: &random)]
    }
}
