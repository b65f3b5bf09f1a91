internal import Base
internal import JSON

/// What Discord fills in where a dispatch of the control API does not say it.
enum DispatchDefaults {
    /// Whether a dispatch of this name is of a guild, so that it may leave out which where there is one alone.
    static func isOfGuild(_ name: String) -> Bool {
        [
            "VOICE_", "PRESENCE_", "MESSAGE_", "TYPING_", "GUILD_", "CHANNEL_", "THREAD_", "INVITE_",
            "STAGE_",
            "AUTO_MODERATION_", "INTEGRATION_", "WEBHOOKS_", "SOUNDBOARD_", "APPLICATION_COMMAND_",
        ].contains { name.hasPrefix($0) }
    }

    /// JSON by field; `ID` stands for a fresh id, `NOW` and `LATER` for times, `USER` for a member, `TEXT` and `VOICE` for channels,
    /// `BOT` and `APP` for the bot's ids.
    private static let table: [(prefix: String, fields: [(String, String)])] = [
        (
            "INVITE_CREATE",
            [
                ("channel_id", "TEXT"), ("code", #""simulated""#), ("created_at", "NOW"),
                ("max_age", "86400"),
                ("max_uses", "0"), ("temporary", "false"), ("uses", "0"), ("expires_at", "LATER"),
            ]
        ),
        ("INVITE_DELETE", [("channel_id", "TEXT"), ("code", #""simulated""#)]),
        (
            "GUILD_SCHEDULED_EVENT_USER", [("guild_scheduled_event_id", "ID"), ("user_id", "USER")]
        ),
        (
            "GUILD_SCHEDULED_EVENT_",
            [
                ("id", "ID"), ("channel_id", "VOICE"), ("creator_id", "USER"), ("name", #""Game night""#),
                ("description", "null"), ("scheduled_start_time", "LATER"), ("scheduled_end_time", "null"),
                ("privacy_level", "2"), ("status", "1"), ("entity_type", "2"), ("entity_id", "null"),
                ("entity_metadata", "null"), ("user_count", "0"), ("image", "null"),
                ("recurrence_rule", "null"),
            ]
        ),
        (
            "STAGE_INSTANCE_",
            [
                ("id", "ID"), ("channel_id", "VOICE"), ("topic", #""Open stage""#), ("privacy_level", "2"),
                ("discoverable_disabled", "true"), ("guild_scheduled_event_id", "null"),
            ]
        ),
        (
            "AUTO_MODERATION_RULE_",
            [
                ("id", "ID"), ("name", #""Words""#), ("creator_id", "USER"), ("event_type", "1"),
                ("trigger_type", "1"),
                ("trigger_metadata", #"{"keyword_filter":["word"],"regex_patterns":[],"allow_list":[]}"#),
                ("actions", #"[{"type":1,"metadata":{}}]"#), ("enabled", "true"), ("exempt_roles", "[]"),
                ("exempt_channels", "[]"),
            ]
        ),
        (
            "AUTO_MODERATION_ACTION_EXECUTION",
            [
                ("action", #"{"type":1,"metadata":{}}"#), ("rule_id", "ID"), ("rule_trigger_type", "1"),
                ("user_id", "USER"),
                ("channel_id", "TEXT"), ("content", #""a word""#), ("matched_keyword", #""word""#),
                ("matched_content", #""word""#),
            ]
        ),
        ("MESSAGE_POLL_VOTE_", [("user_id", "USER"), ("answer_id", "1")]),
        ("VOICE_CHANNEL_STATUS_UPDATE", [("id", "VOICE"), ("status", "null")]),
        ("VOICE_CHANNEL_START_TIME_UPDATE", [("id", "VOICE"), ("voice_start_time", "null")]),
        (
            "VOICE_CHANNEL_EFFECT_SEND",
            [
                ("channel_id", "VOICE"), ("user_id", "USER"), ("emoji", #"{"id":null,"name":"🎉"}"#),
                ("animation_type", "0"),
                ("animation_id", "1"),
            ]
        ),
        (
            "GUILD_SOUNDBOARD_SOUND_",
            [
                ("sound_id", "ID"), ("name", #""horn""#), ("volume", "1.0"), ("emoji_id", "null"),
                ("emoji_name", #""📯""#),
                ("available", "true"),
            ]
        ),
        (
            "GUILD_AUDIT_LOG_ENTRY_CREATE",
            [("id", "ID"), ("action_type", "1"), ("target_id", "null"), ("user_id", "USER")]
        ),
        ("GUILD_EMOJIS_UPDATE", [("emojis", "[]")]), ("GUILD_STICKERS_UPDATE", [("stickers", "[]")]),
        ("WEBHOOKS_UPDATE", [("channel_id", "TEXT")]),
        ("CHANNEL_PINS_UPDATE", [("last_pin_timestamp", "NOW")]),
        ("INTEGRATION_DELETE", [("id", "ID"), ("application_id", "null")]),
        (
            "INTEGRATION_",
            [
                ("id", "ID"), ("name", #""Helper""#), ("type", #""discord""#), ("enabled", "true"),
                ("account", #"{"id":"1","name":"Helper"}"#),
            ]
        ),
        (
            "ENTITLEMENT_",
            [
                ("id", "ID"), ("sku_id", "ID"), ("application_id", "APP"), ("user_id", "USER"), ("type", "8"),
                ("deleted", "false"), ("starts_at", "NOW"), ("ends_at", "LATER"), ("consumed", "false"),
            ]
        ),
        (
            "SUBSCRIPTION_",
            [
                ("id", "ID"), ("user_id", "USER"), ("sku_ids", "[]"), ("entitlement_ids", "[]"),
                ("renewal_sku_ids", "null"),
                ("current_period_start", "NOW"), ("current_period_end", "LATER"), ("status", "0"),
                ("canceled_at", "null"),
            ]
        ),
        (
            "APPLICATION_COMMAND_PERMISSIONS_UPDATE",
            [("id", "APP"), ("application_id", "APP"), ("permissions", "[]")]
        ),
    ]

    /// `fresh` is the id for what has none.
    static func fill(
        _ d: inout JSONFields,
        _ name: String,
        _ guild: Guild?,
        _ world: World,
        fresh: Snowflake,
        now: Instant
    ) {
        guard let entry = table.first(where: { name.hasPrefix($0.prefix) }) else { return }
        for (field, text) in entry.fields where d[field] == nil {
            let value: [UInt8]
            switch text {
            case "ID": value = JSONText.id(fresh)
            case "NOW": value = JSONText.string(Timestamp.text(unixMilliseconds: now.unixMilliseconds))
            case "LATER":
                value = JSONText.string(Timestamp.text(unixMilliseconds: now.unixMilliseconds + 86_400_000))
            case "USER": value = JSONText.id(guild?.ownerID ?? world.stranger.id)
            case "TEXT": value = guild?.textChannels.first.map(JSONText.id) ?? JSONText.null
            case "VOICE": value = guild?.voiceChannels.first.map(JSONText.id) ?? JSONText.null
            case "BOT": value = JSONText.id(world.botID)
            case "APP": value = JSONText.id(world.applicationID)
            default: value = Array(text.utf8)
            }
            d[field] = value
        }
    }
}
