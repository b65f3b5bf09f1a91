package import Base
internal import JSON

/// Direct messages: channels of the bot and one user each, at most 1,000.
extension World {
    /// The channel with this user, made where there is none. Nil where nobody is known by this id, or there are too many.
    package mutating func openDirect(_ user: Snowflake, now: Instant) -> JSONFields? {
        for channel in directs.channels.values
        where channel.value("recipients")?.array?.first?["id"]?.snowflake == user {
            return channel
        }
        guard directs.channels.count < 1000, let account = account(user) else { return nil }
        let id = newID(now)
        var channel = JSONFields()
        channel.set("id", id)
        channel.set("type", 1)
        channel.setNull("last_message_id")
        channel.set("flags", 0)
        channel["recipients"] = JSONText.array([account.userJSON])
        directs.setChannel(id, channel)
        directs.members[user] = account
        return channel
    }

    /// Somebody who is in no guild.
    package var stranger: Member {
        let id = Snowflake(175_928_847_299_117_063)
        var user = Guild.plainUser(id)
        user.set("username", "stranger")
        user.set("global_name", "Stranger")
        return Member(id: id, user: user, fields: Guild.plainMember(joinedAt: nil))
    }

    /// Somebody as any guild knows them.
    package func account(_ user: Snowflake) -> Member? {
        for index in guilds.indices {
            if let member = guilds[index].members[user] { return member }
        }
        return user == stranger.id ? stranger : nil
    }

    /// Without `guild_id` and `member`.
    mutating func performDirectly(
        _ name: String,
        _ given: JSONFields,
        now: Instant
    ) throws(WorldError) -> Dispatch {
        var d = given.without("guild_id")
        switch name {
        case "MESSAGE_CREATE": d = try fields(directs.createMessage(d, fresh: newID(now), now: now))
        case "MESSAGE_UPDATE": d = try fields(directs.updateMessage(d, now: now))
        case "MESSAGE_DELETE", "MESSAGE_DELETE_BULK": directs.deleteMessages(d)
        case "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE": directs.react(name, &d)
        case "MESSAGE_REACTION_REMOVE_ALL", "MESSAGE_REACTION_REMOVE_EMOJI": directs.clearReactions(d)
        case "TYPING_START": directs.completeTyping(&d, now: now)
        default: break
        }
        return Dispatch(name, guild: nil, d: d.without("member").encoded())
    }

    private func fields(_ dispatch: Dispatch) -> JSONFields {
        (try? JSONDocument(parsing: dispatch.d).root).flatMap { JSONFields($0) } ?? JSONFields()
    }
}
