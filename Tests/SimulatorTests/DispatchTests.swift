import Base
import JSON
import Simulator
import Testing

/// Every dispatch that the control API can make: what is filled in, who hears it, and that the guild knows.
@Suite struct DispatchTests {
    /// The name, `d`, the intents that hear it (0: all), and fields that must be there.
    static let table: [(String, String, Intents, [String])] = [
        ("TYPING_START", #"{"channel_id":"T","user_id":"U"}"#, .guildMessageTyping, ["timestamp", "member"]),
        ("GUILD_BAN_ADD", #"{"user":{"id":"5"}}"#, .guildModeration, ["user"]),
        ("GUILD_AUDIT_LOG_ENTRY_CREATE", "{}", .guildModeration, ["id", "action_type", "user_id"]),
        (
            "INVITE_CREATE", "{}", .guildInvites,
            ["channel_id", "code", "created_at", "max_age", "uses", "expires_at"]
        ),
        ("INVITE_DELETE", "{}", .guildInvites, ["channel_id", "code"]),
        (
            "GUILD_SCHEDULED_EVENT_CREATE", "{}", .guildScheduledEvents,
            ["id", "name", "scheduled_start_time", "status", "entity_type"]
        ),
        (
            "GUILD_SCHEDULED_EVENT_USER_ADD", "{}", .guildScheduledEvents,
            ["guild_scheduled_event_id", "user_id"]
        ),
        ("STAGE_INSTANCE_CREATE", "{}", .guilds, ["id", "channel_id", "topic", "privacy_level"]),
        (
            "AUTO_MODERATION_RULE_CREATE", "{}", .autoModerationConfiguration,
            ["id", "trigger_type", "actions", "enabled"]
        ),
        (
            "AUTO_MODERATION_ACTION_EXECUTION", "{}", .autoModerationExecution,
            ["action", "rule_id", "user_id", "matched_keyword"]
        ),
        (
            "MESSAGE_POLL_VOTE_ADD", #"{"channel_id":"T","message_id":"5"}"#, .guildMessagePolls,
            ["user_id", "answer_id"]
        ),
        ("VOICE_CHANNEL_STATUS_UPDATE", "{}", .guilds, ["id", "status"]),
        ("VOICE_CHANNEL_START_TIME_UPDATE", "{}", .guilds, ["id", "voice_start_time"]),
        ("VOICE_CHANNEL_EFFECT_SEND", "{}", .guildVoiceStates, ["channel_id", "user_id", "animation_id"]),
        (
            "GUILD_SOUNDBOARD_SOUND_CREATE", "{}", .guildExpressions,
            ["sound_id", "name", "volume", "available"]
        ),
        ("GUILD_EMOJIS_UPDATE", "{}", .guildExpressions, ["emojis"]),
        ("GUILD_STICKERS_UPDATE", "{}", .guildExpressions, ["stickers"]),
        ("GUILD_INTEGRATIONS_UPDATE", "{}", .guildIntegrations, []),
        ("INTEGRATION_CREATE", "{}", .guildIntegrations, ["id", "name", "account"]),
        ("WEBHOOKS_UPDATE", "{}", .guildWebhooks, ["channel_id"]),
        ("CHANNEL_PINS_UPDATE", #"{"channel_id":"T"}"#, .guilds, ["last_pin_timestamp"]),
        ("ENTITLEMENT_CREATE", "{}", [], ["id", "sku_id", "application_id", "user_id", "type", "deleted"]),
        ("SUBSCRIPTION_CREATE", "{}", [], ["id", "user_id", "status", "current_period_end"]),
        ("APPLICATION_COMMAND_PERMISSIONS_UPDATE", "{}", [], ["id", "application_id", "permissions"]),
        ("USER_UPDATE", #"{"id":"5"}"#, [], ["id"]),
    ]

    @Test(arguments: table.indices) func `is filled in and heard by who asked`(index: Int) throws {
        let (name, d, intents, fields) = Self.table[index]
        var bench = CoreBench()
        let all = bench.identified(intents: 53_608_447)
        let guild = bench.core.world.guilds[0]
        let user = try #require(guild.members.ids.first)
        let body = d.replacing(#""T""#, with: "\"\(guild.textChannels[0])\"").replacing(
            #""U""#,
            with: "\"\(user)\""
        )
        for (bits, isHeard) in [(intents, true), (Intents.all.subtracting(intents), intents.isEmpty)] {
            bench.wait(5)
            let client = bench.open()
            bench.say(client, CoreBench.identify(intents: UInt64(bits.rawValue)))
            _ = bench.takeAll()
            _ = try bench.happen(name, body)
            let heard = bench.heardBy()
            #expect(heard.contains { $0.0 == client } == isHeard, "\(name) with \(bits.rawValue)")
            let told = try #require(heard.first { $0.0 == all }?.1["d"])
            #expect(fields.filter { told[key: $0] == nil }.isEmpty, "\(name)")
        }
    }

    /// What needs a permission of the bot is told while it has one.
    @Test func `is told while the bot may hear it`() throws {
        var bench = CoreBench()
        _ = bench.identified(intents: 53_608_447)
        let guild = bench.core.world.guilds[0]
        let own = try #require(guild.members[guild.botID]?.roles.first)
        let needs: [(String, UInt64)] = [
            ("GUILD_BAN_ADD", 1 << 2), ("GUILD_BAN_ADD", 1 << 7), ("GUILD_AUDIT_LOG_ENTRY_CREATE", 1 << 7),
            ("INVITE_CREATE", 1 << 4),
            ("AUTO_MODERATION_ACTION_EXECUTION", 1 << 5),
        ]
        for (name, bit) in needs {
            for (bits, count) in [(UInt64(0), 0), (bit, 1)] {
                _ = try bench.happen(
                    "GUILD_ROLE_UPDATE",
                    #"{"role":{"id":"\#(own)","permissions":"\#(bits)"}}"#
                )
                #expect(
                    try bench.happen(name, #"{"user":{"id":"5"}}"#).count == count,
                    "\(name) with \(bits)"
                )
            }
        }
    }

    @Test func `GUILD_CREATE lists what the guild holds`() throws {
        var bench = CoreBench()
        _ = bench.identified(intents: 53_608_447)
        for name in [
            "GUILD_SCHEDULED_EVENT_CREATE", "STAGE_INSTANCE_CREATE", "GUILD_SOUNDBOARD_SOUND_CREATE",
        ] {
            _ = try bench.happen(name, #"{"id":"7","sound_id":"7"}"#)
        }
        _ = try bench.happen("GUILD_SCHEDULED_EVENT_UPDATE", #"{"id":"7","status":2}"#)
        let told = try #require(bench.heard().last?["d"])
        #expect(told["name"]?.string == "Game night" && told["status"]?.int == 2)
        func lists() throws -> [Int?] {
            let bytes = bench.core.world.guilds[0].createPayload(
                intents: .all,
                largeThreshold: 50,
                bot: bench.core.world.botID
            )
            let root = try JSONDocument(parsing: bytes).root
            return ["guild_scheduled_events", "stage_instances", "soundboard_sounds"].map {
                root[key: $0]?.array?.count
            }
        }
        #expect(try lists() == [1, 1, 1])
        for name in [
            "GUILD_SCHEDULED_EVENT_DELETE", "STAGE_INSTANCE_DELETE", "GUILD_SOUNDBOARD_SOUND_DELETE",
        ] {
            _ = try bench.happen(name, #"{"id":"7","sound_id":"7"}"#)
        }
        #expect(try lists() == [0, 0, 0])
    }

    @Test func `answers ops 31 and 43`() throws {
        var bench = CoreBench()
        let client = bench.identified(intents: 53_608_447)
        let guild = bench.core.world.guilds[0]
        _ = try bench.happen(
            "VOICE_CHANNEL_STATUS_UPDATE",
            #"{"id":"\#(guild.voiceChannels[0])","status":"tea"}"#
        )
        _ = bench.takeAll()
        bench.say(client, #"{"op":43,"d":{"guild_id":"\#(guild.id)","fields":["status"]}}"#)
        bench.say(client, #"{"op":31,"d":{"guild_ids":["\#(guild.id)","1"]}}"#)
        let heard = bench.heard()
        #expect(heard.map { $0["t"]?.string } == ["CHANNEL_INFO", "SOUNDBOARD_SOUNDS"])
        let first = heard.first?["d"]?["channels"]?.array?.first
        #expect(first?["status"]?.string == "tea" && first?["voice_start_time"] == nil)
    }

    @Test func `everything happens where everything is asked for`() {
        var world = WorldBuilder.build(seed: 3, guilds: 1, members: 100)
        var machine = CommunityMachine(
            guild: world.guilds[0],
            seed: 3,
            mix: .everything,
            eventsPerSecond: 50,
            start: .zero
        )
        var names: Set<String> = []
        for tick in 1...2400 {
            while let told = machine.step(&world, now: CoreBench.at(Double(tick) / 10)) {
                names.formUnion(told.map(\.name))
            }
        }
        for name in Self.table.map(\.0)
        where name.hasPrefix("GUILD_SCH") || name.hasPrefix("STAGE") || name.contains("POLL") {
            #expect(names.contains(name), "\(name)")
        }
        #expect(names.count > 30)
    }
}
