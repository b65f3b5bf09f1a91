import DiscordProtocol
import EventModels
import FoundationEssentials
import Gateway
import JSON
import Testing

/// What becomes of each dispatch, and that specs/events.md says so.
@Suite struct DispatchKindTests {
    typealias F = FoldFixture

    @Test(arguments: Samples.withoutState.indices)
    func `a dispatch of which nothing is held makes its event, each time`(index: Int) throws {
        let sample = Samples.withoutState[index]
        var fixture = try F.started()
        let before = fixture.state.guilds
        for _ in 0..<2 {
            let events = try fixture.feed(sample.name, sample.data)
            #expect(events.kinds == sample.events)
            #expect(events.allSatisfy { $0.kind?.changesGuild == false })
        }
        #expect(fixture.state.guilds == before && fixture.replica == before)
    }

    @Test func `of a guild that is not held they make nothing`() throws {
        var fixture = FoldFixture()
        for sample in Samples.withoutState {
            #expect(try fixture.feed(sample.name, sample.data).isEmpty, "\(sample.name)")
        }
    }

    @Test func `what they say is drawn with what is known`() throws {
        var fixture = try F.started()
        func payload(_ name: String, _ data: String) throws -> StreamEvent {
            try #require(try fixture.feed(name, data).first)
        }
        let ban = try payload("GUILD_BAN_ADD", Samples.ban)
        #expect(ban.text("userId") == "\"99\"" && ban.text("displayName") == "\"zed\"")
        let invite = try payload("INVITE_CREATE", Samples.invite)
        #expect(invite.text("displayName") == "\"Annie\"" && invite.text("maxUses") == "5")
        #expect(invite.text("channelName") == "\"text\"" && invite.text("temporary") == "true")
        let executed = try payload("AUTO_MODERATION_ACTION_EXECUTION", Samples.execution)
        #expect(executed.text("username") == "\"bob\"" && executed.text("keyword") == "\"secret\"")
        #expect(executed.payload?.raw.contains(subsequence: "a secret") == false)
        let entry = try payload("GUILD_AUDIT_LOG_ENTRY_CREATE", Samples.auditEntry)
        #expect(entry.text("changes") == #"["nick"]"# && entry.text("targetId") == "\"12\"")
        let elsewhere = try payload("GUILD_SCHEDULED_EVENT_CREATE", Samples.scheduledEvent(channel: nil))
        #expect(elsewhere.text("channelId") == "null" && elsewhere.text("location") == "\"Hall\"")
        let call = try payload("VOICE_CHANNEL_START_TIME_UPDATE", Samples.start)
        #expect(call.text("since") == "1767225600000" && call.text("channelName") == "\"Lounge\"")
        let over = try payload("VOICE_CHANNEL_START_TIME_UPDATE", #"{"id":"2","guild_id":"800"}"#)
        #expect(over.text("since") == "null")
        let late = #"{"id":"2","guild_id":"800","voice_start_time":9223372036854775807}"#
        let never = try payload("VOICE_CHANNEL_START_TIME_UPDATE", late)
        #expect(never.text("since") == "null", "no time that has milliseconds")
    }

    @Test func `a message's poll is told with it, in short`() throws {
        var fixture = try F.started()
        let json = Samples.message(50, by: Samples.ann, Samples.poll)
        let event = try #require(try fixture.feed("MESSAGE_CREATE", json).first)
        #expect(event.payload?["poll"]?["question"]?.string == "Tea?")
        #expect(event.payload?["poll"]?["answers"]?.array?.compactMap { $0["id"]?.int } == [1, 2])
        let plain = try #require(try fixture.feed("MESSAGE_CREATE", Samples.message(51)).first)
        #expect(plain.payload?["poll"] == nil)
    }

    @Test func `reactions are told with who and which, and cleared all or one`() throws {
        var fixture = try F.started()
        let place = #""guild_id":"800","channel_id":"1","message_id":"50""#
        let cat = #""emoji":{"id":"9","name":"cat"}"#
        let steps: [(String, String, String, String)] = [
            (
                "MESSAGE_REACTION_ADD", #"{\#(place),"user_id":"12",\#(cat)}"#, "reaction.added",
                #"{"id":"9","name":"cat"}"#
            ),
            (
                "MESSAGE_REACTION_REMOVE", #"{\#(place),"user_id":"12",\#(cat)}"#, "reaction.removed",
                #"{"id":"9","name":"cat"}"#
            ),
            (
                "MESSAGE_REACTION_REMOVE_EMOJI", "{\(place),\(cat)}", "reaction.cleared",
                #"{"id":"9","name":"cat"}"#
            ),
            ("MESSAGE_REACTION_REMOVE_ALL", "{\(place)}", "reaction.cleared", "null"),
        ]
        for (name, json, kind, emoji) in steps {
            let event = try #require(try fixture.feed(name, json).first)
            #expect(event.name == kind && event.text("emoji") == emoji && event.text("messageId") == "\"50\"")
            #expect(event.text("username") == (kind == "reaction.cleared" ? nil : "\"bob\""))
        }
    }

    @Test func `of typing only so much is told of each second, and the next begins anew`() throws {
        var fixture = try F.started()
        func told(_ second: Int, _ count: Int) throws -> Int {
            try (0..<count).reduce(0) { sum, user in
                sum + (try fixture.feed("TYPING_START", Samples.typing(100 + user, second: second)).count)
            }
        }
        #expect(try told(1_786_000_000, 40) == 32)
        #expect(try told(1_785_999_999, 3) == 0, "late ones count into the newest second")
        #expect(try told(1_786_000_001, 40) == 32)
        #expect(try told(1_700_000_000, 1) == 1, "a clock that was set back")
    }

    // MARK: The tables

    private static let path = "\(#filePath)".split(separator: "/").dropLast(3).joined(separator: "/")

    /// Names by what the table "Dispatches that make no events" says of them.
    private static func table(_ spec: String) -> [String: String] {
        let lines = spec.split(separator: "\n", omittingEmptySubsequences: false)
        guard let begin = lines.firstIndex(of: "## Dispatches that make no events") else { return [:] }
        var said: [String: String] = [:]
        for row in lines[(begin + 1)...].prefix(while: { !$0.hasPrefix("## ") }) where row.hasPrefix("| ") {
            let cells = row.split(separator: "|")
            guard cells.count == 2, row.contains("_") || row.contains("RESUMED") else { continue }
            for name in cells[0].split(separator: ",") {
                said[name.filter { $0 != " " }] = cells[1].split(separator: " ").joined(separator: " ")
            }
        }
        return said
    }

    @Test func `specs/events.md lists what makes no events, with the reason`() throws {
        let spec = try String(contentsOfFile: "/\(Self.path)/specs/events.md", encoding: .utf8)
        let said = Self.table(spec)
        for kind in DispatchKind.allCases {
            let line = said[kind.rawValue]
            switch kind.treatment {
            case .folded: #expect(line == nil, "\(kind.rawValue) makes events")
            case .session where kind == .ready: #expect(line == nil)
            case .session, .interaction: #expect(line?.hasPrefix("the ") == true, "\(kind.rawValue)")
            case .dropped(let reason): #expect(line == "dropped: \(reason)", "\(kind.rawValue)")
            }
        }
        for name in said.keys { #expect(DispatchKind(name: name) != nil, "\(name): no such dispatch") }
        #expect(said.count == DispatchKind.allCases.count { $0.treatment != .folded } - 1)
    }

    /// Discord's documentation, "Gateway Events", of August 2026.
    private static let documented = """
        APPLICATION_COMMAND_PERMISSIONS_UPDATE AUTO_MODERATION_ACTION_EXECUTION AUTO_MODERATION_RULE_CREATE \
        AUTO_MODERATION_RULE_DELETE AUTO_MODERATION_RULE_UPDATE CHANNEL_CREATE CHANNEL_DELETE CHANNEL_UPDATE \
        CHANNEL_INFO CHANNEL_PINS_UPDATE ENTITLEMENT_CREATE ENTITLEMENT_DELETE ENTITLEMENT_UPDATE \
        GUILD_AUDIT_LOG_ENTRY_CREATE GUILD_BAN_ADD GUILD_BAN_REMOVE GUILD_CREATE GUILD_DELETE GUILD_UPDATE \
        GUILD_EMOJIS_UPDATE GUILD_INTEGRATIONS_UPDATE GUILD_MEMBER_ADD GUILD_MEMBER_REMOVE \
        GUILD_MEMBER_UPDATE GUILD_MEMBERS_CHUNK GUILD_ROLE_CREATE GUILD_ROLE_DELETE GUILD_ROLE_UPDATE \
        GUILD_SCHEDULED_EVENT_CREATE GUILD_SCHEDULED_EVENT_DELETE GUILD_SCHEDULED_EVENT_UPDATE \
        GUILD_SCHEDULED_EVENT_USER_ADD GUILD_SCHEDULED_EVENT_USER_REMOVE GUILD_SOUNDBOARD_SOUND_CREATE \
        GUILD_SOUNDBOARD_SOUND_DELETE GUILD_SOUNDBOARD_SOUND_UPDATE GUILD_SOUNDBOARD_SOUNDS_UPDATE \
        SOUNDBOARD_SOUNDS GUILD_STICKERS_UPDATE INTEGRATION_CREATE INTEGRATION_DELETE INTEGRATION_UPDATE \
        INTERACTION_CREATE INVITE_CREATE INVITE_DELETE MESSAGE_CREATE MESSAGE_DELETE MESSAGE_DELETE_BULK \
        MESSAGE_UPDATE MESSAGE_POLL_VOTE_ADD MESSAGE_POLL_VOTE_REMOVE MESSAGE_REACTION_ADD \
        MESSAGE_REACTION_REMOVE MESSAGE_REACTION_REMOVE_ALL MESSAGE_REACTION_REMOVE_EMOJI PRESENCE_UPDATE \
        RATE_LIMITED READY RESUMED STAGE_INSTANCE_CREATE STAGE_INSTANCE_DELETE STAGE_INSTANCE_UPDATE \
        SUBSCRIPTION_CREATE SUBSCRIPTION_DELETE SUBSCRIPTION_UPDATE THREAD_CREATE THREAD_DELETE \
        THREAD_UPDATE THREAD_LIST_SYNC THREAD_MEMBER_UPDATE THREAD_MEMBERS_UPDATE TYPING_START USER_UPDATE \
        VOICE_CHANNEL_EFFECT_SEND VOICE_CHANNEL_START_TIME_UPDATE VOICE_CHANNEL_STATUS_UPDATE \
        VOICE_SERVER_UPDATE VOICE_STATE_UPDATE WEBHOOKS_UPDATE
        """

    @Test func `every documented dispatch is known, and no other`() {
        let names = Set(Self.documented.split(separator: " ").map(String.init))
        #expect(names == Set(DispatchKind.allCases.map(\.rawValue)))
    }
}

extension Sequence<UInt8> {
    fileprivate func contains(subsequence text: String) -> Bool {
        String(decoding: Array(self), as: UTF8.self).contains(text)
    }
}
