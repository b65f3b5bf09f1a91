/// Dispatches as Discord sends them, in `FoldFixture`'s guild. Shapes: Discord's documentation, "Gateway Events".
enum Samples {
    private static let guild = #""guild_id":"800""#
    static let ann = FoldFixture.user(11, "ann")

    static func scheduledEvent(channel: Int?, status: Int = 1) -> String {
        let channel = channel.map { "\"\($0)\"" } ?? "null"
        return #"""
            {"id":"70",\#(guild),"channel_id":\#(channel),"creator_id":"11","name":"Quiz","description":"d",
            "scheduled_start_time":"2026-12-01T18:00:00+00:00","scheduled_end_time":null,"privacy_level":2,
            "status":\#(status),"entity_type":\#(channel == "null" ? 3 : 2),"entity_id":null,
            "entity_metadata":{"location":"Hall"}}
            """#
    }

    static func stage(_ topic: String) -> String {
        #"{"id":"80",\#(guild),"channel_id":"2","topic":"\#(topic)","privacy_level":2,"guild_scheduled_event_id":"70"}"#
    }

    static func typing(_ user: Int, second: Int) -> String {
        #"{\#(guild),"channel_id":"1","user_id":"\#(user)","timestamp":\#(second)}"#
    }

    static func message(_ id: Int, by author: String = ann, channel: Int = 1, _ more: String = "") -> String {
        #"{"id":"\#(id)","channel_id":"\#(channel)",\#(guild),"author":\#(author),"content":"hi"\#(more)}"#
    }

    static func deleted(_ id: Int) -> String { #"{"id":"\#(id)","channel_id":"1",\#(guild)}"# }

    static let poll = #"""
        ,"poll":{"question":{"text":"Tea?"},"answers":[{"answer_id":1,"poll_media":{"text":"Yes"}},
        {"answer_id":2,"poll_media":{"emoji":{"name":"x"}}}],"expiry":"2026-12-01T18:00:00+00:00",
        "allow_multiselect":false,"layout_type":1}
        """#
    static let vote = #"{"user_id":"12","channel_id":"1","message_id":"50",\#(guild),"answer_id":2}"#
    static let invite = #"""
        {"channel_id":"1","code":"abc","created_at":"2026-01-01T00:00:00+00:00",\#(guild),"inviter":\#(ann),
        "max_age":3600,"max_uses":5,"temporary":true,"uses":0,"expires_at":"2026-01-01T01:00:00+00:00"}
        """#
    static let inviteGone = #"{"channel_id":"1",\#(guild),"code":"abc"}"#
    static let ban = #"{\#(guild),"user":\#(FoldFixture.user(99, "zed"))}"#
    static let rule = #"""
        {"id":"90",\#(guild),"name":"No links","creator_id":"11","event_type":1,"trigger_type":1,
        "trigger_metadata":{"keyword_filter":["secret"]},"actions":[],"enabled":true}
        """#
    static let execution = #"""
        {\#(guild),"action":{"type":1,"metadata":{}},"rule_id":"90","rule_trigger_type":1,"user_id":"12",
        "channel_id":"1","content":"a secret","matched_keyword":"secret","matched_content":"secret"}
        """#
    static let auditEntry = #"""
        {"id":"95",\#(guild),"action_type":20,"target_id":"12","user_id":"11","reason":"spam",
        "changes":[{"key":"nick","old_value":"a","new_value":"b"}]}
        """#
    static let subscriber = #"{"guild_scheduled_event_id":"70","user_id":"12",\#(guild)}"#
    static let pins = #"{"channel_id":"1",\#(guild),"last_pin_timestamp":"2026-01-01T00:00:00+00:00"}"#
    static let status = #"{"id":"2",\#(guild),"status":"Chess night"}"#
    static let start = #"{"id":"2",\#(guild),"voice_start_time":1767225600}"#

    /// One of each kind that nothing is held of, with the events that it makes.
    static let withoutState: [(name: String, data: String, events: [String])] = [
        ("GUILD_BAN_ADD", ban, ["member.banned"]), ("GUILD_BAN_REMOVE", ban, ["member.unbanned"]),
        ("INVITE_CREATE", invite, ["invite.created"]), ("INVITE_DELETE", inviteGone, ["invite.deleted"]),
        ("AUTO_MODERATION_RULE_CREATE", rule, ["automod.rule_created"]),
        ("AUTO_MODERATION_RULE_UPDATE", rule, ["automod.rule_updated"]),
        ("AUTO_MODERATION_RULE_DELETE", rule, ["automod.rule_deleted"]),
        ("AUTO_MODERATION_ACTION_EXECUTION", execution, ["automod.executed"]),
        ("GUILD_AUDIT_LOG_ENTRY_CREATE", auditEntry, ["audit.logged"]),
        ("GUILD_SCHEDULED_EVENT_CREATE", scheduledEvent(channel: 2), ["scheduled_event.created"]),
        ("GUILD_SCHEDULED_EVENT_UPDATE", scheduledEvent(channel: 2, status: 2), ["scheduled_event.updated"]),
        ("GUILD_SCHEDULED_EVENT_DELETE", scheduledEvent(channel: nil), ["scheduled_event.deleted"]),
        ("GUILD_SCHEDULED_EVENT_USER_ADD", subscriber, ["scheduled_event.subscribed"]),
        ("GUILD_SCHEDULED_EVENT_USER_REMOVE", subscriber, ["scheduled_event.unsubscribed"]),
        ("STAGE_INSTANCE_CREATE", stage("Talk"), ["stage.started"]),
        ("STAGE_INSTANCE_UPDATE", stage("More"), ["stage.updated"]),
        ("STAGE_INSTANCE_DELETE", stage("More"), ["stage.ended"]),
        ("MESSAGE_POLL_VOTE_ADD", vote, ["poll.voted"]), ("MESSAGE_POLL_VOTE_REMOVE", vote, ["poll.unvoted"]),
        ("CHANNEL_PINS_UPDATE", pins, ["channel.pins"]),
        ("VOICE_CHANNEL_STATUS_UPDATE", status, ["channel.status"]),
        ("VOICE_CHANNEL_START_TIME_UPDATE", start, ["channel.call"]),
        ("TYPING_START", typing(12, second: 1_786_000_000), ["typing.started"]),
    ]
}
