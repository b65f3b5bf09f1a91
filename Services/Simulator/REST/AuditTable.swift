internal import Base
internal import JSON

/// What the bot did and why (`X-Audit-Log-Reason`), at most 1,000 entries over all guilds; the oldest give way.
package struct AuditTable: Sendable {
    private struct Entry: Sendable {
        let guild: Snowflake
        let id: Snowflake
        let action: Int
        let user: Snowflake
        let fields: JSONFields
    }

    private var entries: [Entry] = []

    mutating func add(
        _ guild: Snowflake,
        _ id: Snowflake,
        _ action: Int,
        user: Snowflake,
        _ fields: JSONFields
    ) {
        if entries.count >= 1000 { entries.removeFirst(100) }
        entries.append(Entry(guild: guild, id: id, action: action, user: user, fields: fields))
    }

    /// Newest first.
    func page(_ guild: Snowflake, _ call: RESTCall, limit: Int) -> [UInt8] {
        let (user, action) = (call.query("user_id"), call.query("action_type"))
        let before = call.query("before").flatMap { Snowflake($0) } ?? Snowflake(.max)
        let after = call.query("after").flatMap { Snowflake($0) } ?? Snowflake(0)
        let found = entries.filter { entry in
            entry.guild == guild && entry.id < before && entry.id > after
                && (user == nil || user == entry.user.description)
                && (action == nil || action == String(entry.action))
        }
        return JSONText.object { writer in
            writer.member(
                "audit_log_entries",
                raw: JSONText.array(found.suffix(limit).reversed().map { $0.fields.encoded() })
            )
            for name in [
                "users", "integrations", "webhooks", "guild_scheduled_events", "threads",
                "application_commands",
                "auto_moderation_rules",
            ] { writer.member(name, raw: JSONText.emptyArray) }
        }
    }
}

extension GatewayCore {
    /// Writes down what the bot did, and tells it (GUILD_AUDIT_LOG_ENTRY_CREATE).
    mutating func audit(_ guild: Snowflake, _ action: Int, target: Snowflake, _ call: RESTCall)
        throws(RESTReply)
    {
        let id = world.newID(call.now)
        var entry = JSONFields()
        entry.set("id", id)
        entry.set("action_type", action)
        entry.set("target_id", target)
        entry.set("user_id", world.botID)
        entry["changes"] = JSONText.emptyArray
        if let reason = call.auditReason { entry.set("reason", reason) }
        audits.add(guild, id, action, user: world.botID, entry)
        try tell("GUILD_AUDIT_LOG_ENTRY_CREATE", in: guild, call.now) { $0.merge(entry) }
    }
}

extension RESTCall {
    /// URL-encoded UTF-8 of at most 512 characters; nil where it is none.
    var auditReason: String? {
        guard let raw = header("x-audit-log-reason") else { return nil }
        let reason = FormBody.urlEncoded(
            Array("r=\(raw.replacing("&", with: "%26").replacing("+", with: "%2B"))".utf8)
        )["r"]
        return reason.map { String($0.prefix(512)) }
    }
}
