internal import Base
internal import EventModels
internal import JSON

/// What moderators do, and what they set up: bans, invites, auto-moderation, the audit log.
extension FoldStep {
    mutating func applyModeration(
        _ kind: DispatchKind,
        _ guild: Snowflake,
        _ data: JSONView
    ) throws(NotUnderstood) {
        switch kind {
        case .banAdd: try ban(.memberBanned, guild, data)
        case .banRemove: try ban(.memberUnbanned, guild, data)
        case .inviteCreate: try inviteCreate(guild, data)
        case .inviteDelete: try inviteDelete(guild, data)
        case .autoModerationRuleCreate: try rule(.automodRuleCreated, guild, data)
        case .autoModerationRuleUpdate: try rule(.automodRuleUpdated, guild, data)
        case .autoModerationRuleDelete: try rule(.automodRuleDeleted, guild, data)
        case .autoModerationExecution: try execution(guild, data)
        default: try auditLogEntry(guild, data)
        }
    }

    private mutating func ban(
        _ kind: EventKind,
        _ guild: Snowflake,
        _ data: JSONView
    ) throws(NotUnderstood) {
        let user = try data.requiredObject("user")
        guard let card = card(of: user, guild) else { throw NotUnderstood("user") }
        guard state.guilds.holds(guild) else { return }
        emit(kind, guild) { card.write(into: &$0) }
    }

    private mutating func inviteCreate(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let (channel, code) = (try data.requiredID("channel_id"), try data.requiredText("code"))
        let inviter = data["inviter"].flatMap { card(of: $0, guild) }
        emitInChannel(.inviteCreated, guild, channel) { writer in
            writer.member("code", code)
            writer.member("maxAge", data["max_age"]?.int ?? 0)
            writer.member("maxUses", data["max_uses"]?.int ?? 0)
            writer.member("temporary", data["temporary"]?.bool ?? false)
            writer.member("expiresAt", data["expires_at"]?.string)
            inviter?.write(into: &writer)
        }
    }

    private mutating func inviteDelete(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let (channel, code) = (try data.requiredID("channel_id"), try data.requiredText("code"))
        emitInChannel(.inviteDeleted, guild, channel) { $0.member("code", code) }
    }

    private mutating func rule(
        _ kind: EventKind,
        _ guild: Snowflake,
        _ data: JSONView
    ) throws(NotUnderstood) {
        let rule = try data.requiredID("id")
        guard state.guilds.holds(guild) else { return }
        emit(kind, guild) { writer in
            writer.member("ruleId", rule)
            writer.member("name", data["name"]?.string ?? "")
            writer.member("trigger", data["trigger_type"]?.int)
            writer.member("enabled", data["enabled"]?.bool ?? false)
            writer.member("creatorId", data["creator_id"]?.snowflake)
        }
    }

    /// Without what was written: it may never have been posted.
    private mutating func execution(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let (rule, user) = (try data.requiredID("rule_id"), try data.requiredID("user_id"))
        let action = try data.requiredObject("action").requiredInt("type")
        let channel = try data.optionalID("channel_id")
        let message = try data.optionalID("message_id")
        guard state.guilds.holds(guild) else { return }
        let card = card(user, guild)
        let name = channel.map { channelName($0, guild) }
        emit(.automodExecuted, guild) { writer in
            card.write(into: &writer)
            writer.member("ruleId", rule)
            writer.member("trigger", data["rule_trigger_type"]?.int)
            writer.member("action", action)
            writer.member("channelId", channel)
            writer.member("channelName", name)
            writer.member("messageId", message)
            writer.member("keyword", data["matched_keyword"]?.string)
        }
    }

    /// Of what changed only the names: the values may be long, and what matters here has dispatches of its own.
    private mutating func auditLogEntry(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let (entry, action) = (try data.requiredID("id"), try data.requiredInt("action_type"))
        let (actor, target) = (try data.optionalID("user_id"), try data.optionalID("target_id"))
        guard state.guilds.holds(guild) else { return }
        emit(.auditLogged, guild) { writer in
            writer.member("entryId", entry)
            writer.member("action", action)
            writer.member("actorId", actor)
            writer.member("targetId", target)
            writer.member("reason", data["reason"]?.string)
            writer.key("changes")
            writer.beginArray()
            for change in data.elements("changes").prefix(64) { writer.string(change["key"]?.string ?? "") }
            writer.endArray()
        }
    }
}
