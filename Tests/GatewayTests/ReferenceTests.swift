import DiscordProtocol
import EventModels
import Gateway
import JSON
import Testing

/// A session as Discord's socket shows it, fields that nothing here reads included: from READY to an outage.
@Suite struct ReferenceTests {
    private static let ann =
        #"{"id":"700000000000000001","username":"ann","discriminator":"0","global_name":"Ann","avatar":null}"#
    private static let member =
        #"{"user":\#(ann),"nick":null,"roles":[],"joined_at":"2025-01-01T00:00:00+00:00","deaf":false,"mute":false,"flags":0}"#
    private static let guild = #""guild_id":"800000000000000001""#

    private static let ready = #"""
        {"v":10,"user":{"id":"900000000000000001","username":"hub","discriminator":"0","global_name":null,
        "avatar":null,"bot":true},"guilds":[{"id":"800000000000000001","unavailable":true}],"session_id":"a1b2",
        "resume_gateway_url":"wss://gw-1.example.test","shard":[0,1],
        "application":{"id":"900000000000000002","flags":8953856}}
        """#
    private static let guildCreate = #"""
        {"id":"800000000000000001","name":"G","icon":null,"owner_id":"700000000000000001","afk_channel_id":null,
        "afk_timeout":300,"verification_level":1,"features":[],"emojis":[],"preferred_locale":"en-US",
        "premium_tier":0,"joined_at":"2026-01-01T00:00:00.000000+00:00","large":false,"member_count":1,
        "roles":[{"id":"800000000000000001","name":"@everyone","permissions":"3072","position":0,"color":0,
        "colors":{"primary_color":0,"secondary_color":null,"tertiary_color":null},"hoist":false,"managed":false,
        "mentionable":false,"flags":0}],
        "channels":[{"id":"810000000000000001","type":2,"name":"voice","position":0,"permission_overwrites":[],
        "parent_id":null,"user_limit":0,"bitrate":64000}],
        "members":[\#(member)],
        "voice_states":[{"channel_id":"810000000000000001","user_id":"700000000000000001","session_id":"v1",
        "deaf":false,"mute":false,"self_deaf":false,"self_mute":true,"self_video":false,"suppress":false,
        "request_to_speak_timestamp":null}],
        "threads":[],"presences":[{"user":{"id":"700000000000000001"},"status":"online","activities":[],
        "client_status":{"desktop":"online","mobile":"idle"}}],"stage_instances":[],"guild_scheduled_events":[],
        "soundboard_sounds":[]}
        """#
    private static let voiceLeave = #"""
        {\#(guild),"channel_id":null,"user_id":"700000000000000001","member":\#(member),"session_id":"v1",
        "deaf":false,"mute":false,"self_deaf":false,"self_mute":false,"self_video":false,"suppress":false,
        "request_to_speak_timestamp":null}
        """#
    private static let message = #"""
        {"id":"1000000000000000001","channel_id":"810000000000000002",\#(guild),"author":\#(ann),
        "member":{"nick":null,"roles":["820000000000000001"],"joined_at":"2025-01-01T00:00:00+00:00",
        "deaf":false,"mute":false,"flags":0},"content":"hi","timestamp":"2026-08-06T10:00:00.000000+00:00",
        "edited_timestamp":null,"tts":false,"mention_everyone":false,"mentions":[],"mention_roles":[],
        "attachments":[],"embeds":[],"pinned":false,"type":0,"flags":0,"components":[]}
        """#
    private static let memberUpdate = #"""
        {\#(guild),"roles":["820000000000000001"],"user":\#(ann),"nick":null,"avatar":null,"banner":null,
        "joined_at":null,"premium_since":null,"deaf":false,"mute":false,"pending":false,
        "communication_disabled_until":null,"flags":16}
        """#
    private static let presence = #"""
        {"user":{"id":"700000000000000001"},\#(guild),"status":"idle","activities":[{"name":"Twitch","type":1,
        "url":"https://www.twitch.tv/ann","created_at":1786000000000}],"client_status":{"web":"idle"}}
        """#
    private static let typing = #"""
        {"channel_id":"810000000000000002",\#(guild),"user_id":"700000000000000001","timestamp":1786000000}
        """#
    private static let deletion =
        #"{"id":"1000000000000000001","channel_id":"810000000000000002",\#(guild)}"#

    @Test func `each makes what it should, and nothing is set aside`() throws {
        let session: [(String, String, [String])] = [
            ("READY", Self.ready, []), ("GUILD_CREATE", Self.guildCreate, ["guild.synced", "voice.joined"]),
            ("VOICE_STATE_UPDATE", Self.voiceLeave, ["voice.left"]),
            ("MESSAGE_CREATE", Self.message, ["message.created"]),
            ("GUILD_MEMBER_UPDATE", Self.memberUpdate, ["role.granted"]),
            ("PRESENCE_UPDATE", Self.presence, ["presence.updated"]),
            ("TYPING_START", Self.typing, ["typing.started"]),
            ("MESSAGE_DELETE", Self.deletion, ["message.deleted"]),
            ("GUILD_DELETE", #"{"id":"800000000000000001","unavailable":true}"#, ["guild.unavailable"]),
        ]
        let fold = FoldFixture().fold
        var state = ShardState()
        for (index, (name, text, kinds)) in session.enumerated() {
            let data = try JSONDocument(parsing: text).root
            let dispatch = Dispatch(sequence: UInt64(index + 1), name: name, data: data)
            let events = fold.apply(dispatch, epoch: 5, ts: 1000, to: &state) { problem in
                Issue.record("\(name): \(problem)")
            }
            #expect(events.kinds == kinds, "\(name)")
            let names = events.compactMap { $0.text("displayName") }
            #expect(names.allSatisfy { $0 == "\"Ann\"" }, "\(name)")
        }
        #expect(state.guilds.ids.count == 1)
    }
}
