import Base
import JSON
import Simulator
import Testing

/// What each route answers, and what is told of it.
@Suite struct RESTRouteTests {
    typealias Step = RESTBench.Step

    struct Scene: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: [Step]

        init(_ name: String, _ steps: [Step]) { (testDescription, self.steps) = (name, steps) }
    }

    @Test(arguments: scenes) func `answers and tells`(scene: Scene) throws {
        var bench = RESTBench()
        try bench.run(scene.steps)
    }

    private static let long = String(repeating: "x", count: 2001)
    private static let m = "/channels/{general}/messages"

    static let scenes: [Scene] = [
        Scene("messages", messages), Scene("message forms", forms), Scene("reactions and pins", reactions),
        Scene("channels", channels), Scene("threads", threads), Scene("members", members),
        Scene("roles", roles),
        Scene("bans", bans), Scene("direct messages", directs), Scene("webhooks", webhooks),
        Scene("commands", commands),
        Scene("other", other),
    ]

    private static let messages: [Step] = [
        Step("POST", m, #"{"content":"a"}"#, 200, told: ["MESSAGE_CREATE"], name: "m"),
        Step(
            "POST",
            m,
            #"{"content":"b","message_reference":{"message_id":"{m}"}}"#,
            200,
            told: ["MESSAGE_CREATE"],
            name: "n"
        ),
        Step(
            "POST",
            m,
            #"{"content":"b","message_reference":{"message_id":"1"}}"#,
            400,
            code: 50035,
            told: []
        ),
        Step("GET", m + "/{m}", 200), Step("GET", m + "/1", 404, code: 10008),
        Step("GET", m + "?limit=101", 400, code: 50035),
        Step("PATCH", m + "/{m}", #"{"content":"c"}"#, 200, told: ["MESSAGE_UPDATE"]),
        Step("PATCH", m + "/1", #"{"content":"c"}"#, 404, code: 10008),
        Step("POST", m + "/{m}/crosspost", 400, code: 50024),
        Step("POST", "/channels/{announcements}/messages", #"{"content":"news"}"#, 200, name: "news"),
        Step("POST", "/channels/{announcements}/messages/{news}/crosspost", 200, told: ["MESSAGE_UPDATE"]),
        Step("POST", m + "/bulk-delete", #"{"messages":["{m}"]}"#, 400, code: 50035),
        Step("POST", m + "/bulk-delete", #"{"messages":["{m}","{m}"]}"#, 400, code: 50035),
        Step("POST", m + "/bulk-delete", #"{"messages":["{m}","175928847299117063"]}"#, 400, code: 50034),
        Step("POST", m + "/bulk-delete", #"{"messages":["{m}","{n}"]}"#, 204, told: ["MESSAGE_DELETE_BULK"]),
        Step("DELETE", m + "/{m}", 404, code: 10008),
        Step("POST", m, #"{"content":"d"}"#, 200, name: "d"),
        Step("DELETE", m + "/{d}", 204, told: ["MESSAGE_DELETE"]),
    ]

    private static let forms: [Step] = [
        Step("POST", m, "{}", 400, code: 50006), Step("POST", m, "{", 400, code: 50109),
        Step("POST", m, #"{"content":"\#(long)"}"#, 400, code: 50035),
        Step("POST", m, #"{"content":"a","nonce":"12345678901234567890123456"}"#, 400, code: 50035),
        Step("POST", m, #"{"embeds":[{"title":"t","fields":[{"name":"n","value":"v"}]}]}"#, 200),
        Step("POST", m, #"{"embeds":[{"fields":[{"name":"n"}]}]}"#, 400, code: 50035),
        Step(
            "POST",
            m,
            #"{"embeds":[\#(Array(repeating: #"{"title":"t"}"#, count: 11).joined(separator: ","))]}"#,
            400,
            code: 50035
        ),
        Step(
            "POST",
            m,
            #"{"embeds":[{"description":"\#(long)\#(long)"},{"description":"\#(long)"}]}"#,
            400,
            code: 50035
        ),
        Step(
            "POST",
            m,
            #"{"content":"a","allowed_mentions":{"parse":["users"],"users":["1"]}}"#,
            400,
            code: 50035
        ),
        Step("POST", m, #"{"content":"a","allowed_mentions":{"parse":["all"]}}"#, 400, code: 50035),
        Step(
            "POST",
            m,
            #"{"components":[{"type":1,"components":[{"type":2,"style":1,"custom_id":"x","label":"X"}]}]}"#,
            200
        ),
        Step(
            "POST",
            m,
            #"{"components":[{"type":1,"components":[{"type":2,"style":1,"label":"X"}]}]}"#,
            400,
            code: 50035
        ),
        Step("POST", m, #"{"components":[{"type":2,"style":1,"custom_id":"x"}]}"#, 400, code: 50035),
        Step(
            "POST",
            m,
            #"{"components":[{"type":1,"components":[{"type":2,"style":1,"custom_id":"x"},{"type":2,"style":1,"custom_id":"x"}]}]}"#,
            400,
            code: 50035
        ),
        Step("POST", m, #"{"flags":32768,"components":[{"type":10,"content":"t"}]}"#, 200),
        Step(
            "POST",
            m,
            #"{"flags":32768,"content":"a","components":[{"type":10,"content":"t"}]}"#,
            400,
            code: 50035
        ),
        Step("POST", m, #"{"poll":{"question":{"text":"?"},"answers":[{"poll_media":{"text":"a"}}]}}"#, 200),
        Step("POST", m, #"{"poll":{"question":{"text":"?"},"answers":[]}}"#, 400, code: 50035),
        Step("POST", "/channels/1/messages", #"{"content":"a"}"#, 404, code: 10003),
        Step("POST", "/channels/{Lounge}/messages", #"{"content":"a"}"#, 200, told: ["MESSAGE_CREATE"]),
    ]

    private static let reactions: [Step] = [
        Step("POST", m, #"{"content":"a"}"#, 200, name: "m"),
        Step("PUT", m + "/{m}/reactions/%F0%9F%91%8D/@me", 204, told: ["MESSAGE_REACTION_ADD"]),
        Step("PUT", m + "/{m}/reactions/blob:5/@me", 204, told: ["MESSAGE_REACTION_ADD"]),
        Step("PUT", m + "/{m}/reactions/thumbsup/@me", 400, code: 10014),
        Step("GET", m + "/{m}/reactions/blob:5", 200),
        Step("DELETE", m + "/{m}/reactions/blob:5/{u}", 204, told: ["MESSAGE_REACTION_REMOVE"]),
        Step("DELETE", m + "/{m}/reactions/blob:5/@me", 204, told: ["MESSAGE_REACTION_REMOVE"]),
        Step("DELETE", m + "/{m}/reactions/%F0%9F%91%8D", 204, told: ["MESSAGE_REACTION_REMOVE_EMOJI"]),
        Step("DELETE", m + "/{m}/reactions", 204, told: ["MESSAGE_REACTION_REMOVE_ALL"]),
        Step("PUT", m + "/pins/{m}", 204, told: ["MESSAGE_UPDATE", "CHANNEL_PINS_UPDATE"]),
        Step("PUT", "/channels/{general}/pins/{m}", 204, told: []), Step("GET", m + "/pins", 200),
        Step("GET", "/channels/{general}/pins", 200),
        Step("DELETE", m + "/pins/{m}", 204, told: ["MESSAGE_UPDATE", "CHANNEL_PINS_UPDATE"]),
    ]

    private static let channels: [Step] = [
        Step("GET", "/channels/{general}", 200),
        Step("PATCH", "/channels/{general}", #"{"name":""}"#, 400, code: 50035),
        Step(
            "PATCH",
            "/channels/{general}",
            #"{"name":"hall","topic":"t"}"#,
            200,
            told: ["CHANNEL_UPDATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]
        ),
        Step("POST", "/channels/{general}/typing", 204, told: ["TYPING_START"]),
        Step(
            "PUT",
            "/channels/{Lounge}/voice-status",
            #"{"status":"hi"}"#,
            204,
            told: ["VOICE_CHANNEL_STATUS_UPDATE"]
        ),
        Step("PUT", "/channels/{general}/voice-status", #"{"status":"hi"}"#, 400, code: 50024),
        Step(
            "PUT",
            "/channels/{food}/permissions/{u}",
            #"{"type":1,"allow":"0","deny":"1024"}"#,
            204,
            told: ["CHANNEL_UPDATE"]
        ),
        Step("DELETE", "/channels/{food}/permissions/{u}", 204, told: ["CHANNEL_UPDATE"]),
        Step("DELETE", "/channels/{food}/permissions/{u}", 404, code: 10009),
        Step("POST", "/channels/{food}/invites", #"{"max_age":700000}"#, 400, code: 50035),
        Step("POST", "/channels/{food}/invites", "{}", 200, told: ["INVITE_CREATE"], name: "i"),
        Step("GET", "/channels/{food}/invites", 200), Step("GET", "/guilds/{g}/invites", 200),
        Step("GET", "/invites/{i}", 200),
        Step("DELETE", "/invites/{i}", 200, told: ["INVITE_DELETE"]),
        Step("GET", "/invites/{i}", 404, code: 10006),
        Step(
            "POST",
            "/guilds/{g}/channels",
            #"{"name":"new","type":2}"#,
            201,
            told: ["CHANNEL_CREATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"],
            name: "new"
        ),
        Step("POST", "/guilds/{g}/channels", #"{"type":2}"#, 400, code: 50035),
        Step(
            "PATCH",
            "/guilds/{g}/channels",
            #"[{"id":"{new}","position":1}]"#,
            204,
            told: ["CHANNEL_UPDATE"]
        ),
        Step("DELETE", "/channels/{new}", 200, told: ["CHANNEL_DELETE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]),
        Step("GET", "/channels/{new}", 404, code: 10003),
    ]

    private static let threads: [Step] = [
        Step(
            "POST",
            "/channels/{general}/threads",
            #"{"name":"t","type":11}"#,
            201,
            told: ["THREAD_CREATE"],
            name: "t"
        ),
        Step("PUT", "/channels/{t}/thread-members/{u}", 204, told: ["THREAD_MEMBERS_UPDATE"]),
        Step("GET", "/channels/{t}/thread-members/{u}", 200),
        Step("GET", "/channels/{t}/thread-members", 200),
        Step("DELETE", "/channels/{t}/thread-members/{u}", 204, told: ["THREAD_MEMBERS_UPDATE"]),
        Step("GET", "/channels/{t}/thread-members/{u}", 404, code: 10007),
        Step("GET", "/channels/{general}/thread-members", 400, code: 50024),
        Step(
            "PATCH",
            "/channels/{t}",
            #"{"locked":true}"#,
            200,
            told: ["THREAD_UPDATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]
        ),
        Step("POST", "/channels/{t}/messages", #"{"content":"a"}"#, 200, told: ["MESSAGE_CREATE"]),
        Step("POST", m, #"{"content":"a"}"#, 200, name: "m"),
        Step("POST", m + "/{m}/threads", #"{"name":"of it"}"#, 201, told: ["THREAD_CREATE"]),
        Step("POST", m + "/{m}/threads", #"{"name":"of it"}"#, 400, code: 160_004),
        Step("GET", "/guilds/{g}/threads/active", 200),
        Step("DELETE", "/channels/{t}", 200, told: ["THREAD_DELETE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]),
    ]

    private static let members: [Step] = [
        Step("GET", "/guilds/{g}/members?limit=1001", 400, code: 50035),
        Step("GET", "/guilds/{g}/members/1", 404, code: 10007),
        Step("GET", "/guilds/{g}/members/search?query=a", 200),
        Step("GET", "/guilds/{g}/members/search", 400, code: 50035),
        Step(
            "PATCH",
            "/guilds/{g}/members/{u}",
            #"{"nick":"n","communication_disabled_until":null}"#,
            200,
            told: ["GUILD_MEMBER_UPDATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]
        ),
        Step("PATCH", "/guilds/{g}/members/{owner}", #"{"nick":"n"}"#, 403, code: 50013),
        Step(
            "PATCH",
            "/guilds/{g}/members/@me",
            #"{"nick":"n"}"#,
            200,
            told: ["GUILD_MEMBER_UPDATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]
        ),
        Step("PATCH", "/guilds/{g}/members/{u}", #"{"roles":["{Admin}"]}"#, 403, code: 50013),
        Step("PATCH", "/guilds/{g}/members/{u}", #"{"roles":["1"]}"#, 404, code: 10011),
        Step(
            "PATCH",
            "/guilds/{g}/members/{u}",
            #"{"communication_disabled_until":"2099-01-01T00:00:00Z"}"#,
            400,
            code: 50035
        ),
        Step("PUT", "/guilds/{g}/members/{u}/roles/{Admin}", 403, code: 50013),
        Step("PUT", "/guilds/{g}/members/{u}/roles/{Guildwire}", 400, code: 50028),
        Step("PUT", "/guilds/{g}/members/{u}/roles/1", 404, code: 10011),
        Step("PUT", "/guilds/{g}/members/1/roles/{VIP}", 404, code: 10007),
        Step("DELETE", "/guilds/{g}/members/{u}/roles/{VIP}", 204),
        Step(
            "PUT",
            "/guilds/{g}/members/{u}/roles/{VIP}",
            204,
            told: ["GUILD_MEMBER_UPDATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]
        ),
        Step("PUT", "/guilds/{g}/members/{u}/roles/{VIP}", 204, told: []),
        Step("DELETE", "/guilds/{g}/members/{owner}", 403, code: 50013),
        Step("DELETE", "/guilds/{g}/members/{u}", 204),
        Step("GET", "/guilds/{g}/members/{u}", 404, code: 10007),
    ]

    private static let roles: [Step] = [
        Step(
            "POST",
            "/guilds/{g}/roles",
            #"{"name":"r","color":255,"permissions":"1024"}"#,
            200,
            told: ["GUILD_ROLE_CREATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"],
            name: "r"
        ),
        Step(
            "PATCH",
            "/guilds/{g}/roles/{r}",
            #"{"name":"s"}"#,
            200,
            told: ["GUILD_ROLE_UPDATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]
        ),
        Step("PATCH", "/guilds/{g}/roles/{Admin}", #"{"name":"s"}"#, 403, code: 50013),
        Step("PATCH", "/guilds/{g}/roles", #"[{"id":"{r}","position":2}]"#, 200, told: ["GUILD_ROLE_UPDATE"]),
        Step("GET", "/guilds/{g}/roles/{r}", 200), Step("GET", "/guilds/{g}/roles/member-counts", 200),
        Step("DELETE", "/guilds/{g}/roles/{g}", 400, code: 50028),
        Step("DELETE", "/guilds/{g}/roles/{Admin}", 403, code: 50013),
        Step(
            "DELETE",
            "/guilds/{g}/roles/{r}",
            204,
            told: ["GUILD_ROLE_DELETE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]
        ),
        Step("GET", "/guilds/{g}/roles/{r}", 404, code: 10011),
    ]

    private static let bans: [Step] = [
        Step("GET", "/guilds/{g}/bans/{u}", 404, code: 10026),
        Step("PUT", "/guilds/{g}/bans/{u}", #"{"delete_message_seconds":604801}"#, 400, code: 50035),
        Step("PUT", "/guilds/{g}/bans/{owner}", 403, code: 50013),
        Step("PUT", "/guilds/{g}/bans/{u}", 204), Step("GET", "/guilds/{g}/bans/{u}", 200),
        Step("GET", "/guilds/{g}/bans", 200),
        Step("GET", "/guilds/{g}/members/{u}", 404, code: 10007),
        Step(
            "DELETE",
            "/guilds/{g}/bans/{u}",
            204,
            told: ["GUILD_AUDIT_LOG_ENTRY_CREATE", "GUILD_BAN_REMOVE"]
        ),
        Step("DELETE", "/guilds/{g}/bans/{u}", 404, code: 10026),
        Step("POST", "/guilds/{g}/bulk-ban", #"{"user_ids":["{owner}"]}"#, 400, code: 500_000),
        Step("POST", "/guilds/{g}/bulk-ban", #"{"user_ids":["{owner}","77"]}"#, 200),
        Step("GET", "/guilds/{g}/audit-logs?action_type=22", 200),
    ]

    private static let directs: [Step] = [
        Step("POST", "/users/@me/channels", #"{"recipient_id":"1"}"#, 400, code: 50007),
        Step("POST", "/users/@me/channels", #"{"recipient_id":"{u}"}"#, 200, name: "dm"),
        Step(
            "POST",
            "/channels/{dm}/messages",
            #"{"content":"a"}"#,
            200,
            told: ["MESSAGE_CREATE"],
            name: "m"
        ),
        Step("GET", "/channels/{dm}/messages/{m}", 200),
        Step("PATCH", "/channels/{dm}/messages/{m}", #"{"content":"b"}"#, 200, told: ["MESSAGE_UPDATE"]),
        Step("DELETE", "/channels/{dm}/messages/{m}", 204, told: ["MESSAGE_DELETE"]),
        Step("POST", "/channels/{dm}/typing", 204, told: ["TYPING_START"]),
    ]

    private static let webhooks: [Step] = [
        Step(
            "POST",
            "/channels/{general}/webhooks",
            #"{"name":"hook"}"#,
            200,
            told: ["WEBHOOKS_UPDATE"],
            name: "w"
        ),
        Step("GET", "/channels/{general}/webhooks", 200), Step("GET", "/guilds/{g}/webhooks", 200),
        Step("GET", "/webhooks/{w}", 200),
        Step("POST", "/webhooks/{w}/wrong", #"{"content":"a"}"#, 404, code: 10015),
        Step("PATCH", "/webhooks/{w}", #"{"name":"other"}"#, 200, told: ["WEBHOOKS_UPDATE"]),
        Step("DELETE", "/webhooks/{w}", 204, told: ["WEBHOOKS_UPDATE"]),
        Step("GET", "/webhooks/{w}", 404, code: 10015),
    ]

    private static let c = "/applications/{app}/commands"
    private static let gc = "/applications/{app}/guilds/{g}/commands"

    private static let commands: [Step] = [
        Step("GET", c, 200), Step("GET", "/applications/1/commands", 404, code: 10002),
        Step("POST", c, #"{"name":"ping","description":"d"}"#, 201, told: [], name: "ping"),
        Step("POST", c, #"{"name":"ping","description":"e"}"#, 200, name: "again"),
        Step("PATCH", c + "/{ping}", #"{"description":"f"}"#, 200), Step("GET", c + "/{ping}", 200),
        Step("POST", c, #"{"name":"Ping","description":"d"}"#, 400, code: 50035),
        Step("POST", c, #"{"name":"a b","description":"d"}"#, 400, code: 50035),
        Step("POST", c, #"{"name":"p"}"#, 400, code: 50035),
        Step("POST", c, #"{"name":"A b","type":2}"#, 201),
        Step(
            "POST",
            gc,
            #"{"name":"o","description":"d","options":[{"type":3,"name":"x","description":"d"}]}"#,
            201
        ),
        Step(
            "POST",
            gc,
            #"{"name":"o","description":"d","options":[{"type":12,"name":"x","description":"d"}]}"#,
            400,
            code: 50035
        ),
        Step(
            "POST",
            gc,
            #"{"name":"o","description":"d","#
                + #""options":[{"type":3,"name":"x","description":"d"},{"type":3,"name":"y","description":"d","required":true}]}"#,
            400,
            code: 50035
        ),
        Step(
            "POST",
            gc,
            #"{"name":"o","description":"d","#
                + #""options":[{"type":1,"name":"s","description":"d","options":[{"type":1,"name":"t","description":"d"}]}]}"#,
            400,
            code: 50035
        ),
        Step("PUT", gc, #"[{"name":"a","description":"d"},{"name":"b","description":"d"}]"#, 200),
        Step(
            "PUT",
            gc,
            #"[{"name":"a","description":"d"},{"name":"B","description":"d"}]"#,
            400,
            code: 50035
        ),
        Step("DELETE", c + "/{ping}", 204), Step("DELETE", c + "/{ping}", 404, code: 10063),
        Step("GET", "/applications/{app}/guilds/1/commands", 403, code: 50001),
    ]

    private static let other: [Step] = [
        Step("GET", "/users/@me", 200), Step("GET", "/users/{u}", 200),
        Step("GET", "/users/1", 404, code: 10013),
        Step("PATCH", "/users/@me", #"{"username":"other"}"#, 200, told: ["USER_UPDATE"]),
        Step("GET", "/users/@me/guilds", 200), Step("GET", "/applications/@me", 200),
        Step("GET", "/oauth2/applications/@me", 200),
        Step("GET", "/guilds/{g}?with_counts=true", 200), Step("GET", "/guilds/1", 404, code: 10004),
        Step(
            "PATCH",
            "/guilds/{g}",
            #"{"name":"New"}"#,
            200,
            told: ["GUILD_UPDATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]
        ),
        Step("GET", "/guilds/{g}/channels", 200), Step("GET", "/guilds/{g}/onboarding", 200),
        Step("GET", "/guilds/{g}/emojis", 200),
        Step("GET", "/guilds/{g}/voice-states/1", 404, code: 10065), Step("GET", "/gateway", 200),
        Step("GET", "/applications/{app}/entitlements", 200),
    ]
}
