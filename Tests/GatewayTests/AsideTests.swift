import DiscordProtocol
import EventModels
import Gateway
import JSON
import Testing

/// Dispatches that are not understood: they change nothing, the shard goes on, and their form is kept without what they say.
@Suite struct AsideTests {
    typealias F = FoldFixture

    private static func asides(_ actions: [ShardMachine.Action]) -> [Aside] {
        actions.compactMap { action in
            guard case .aside(let aside) = action else { return nil }
            return aside
        }
    }

    private static func live() throws -> MachineFixture {
        var fixture = MachineFixture()
        fixture.linked()
        try fixture.connect()
        try fixture.dispatch("GUILD_CREATE", F.guildCreate())
        return fixture
    }

    /// A dispatch that lacks something, and what it lacks.
    static let broken: [(name: String, data: String, field: String)] = [
        ("GUILD_CREATE", "{}", "id"), ("GUILD_CREATE", #"{"id":"800","roles":{}}"#, "roles"),
        ("GUILD_MEMBER_ADD", #"{"guild_id":"800","user":"x"}"#, "user"),
        ("GUILD_MEMBER_UPDATE", #"{"guild_id":"800","user":{"id":"12"},"roles":{}}"#, "roles"),
        ("GUILD_MEMBER_REMOVE", #"{"guild_id":"800","user":{}}"#, "id"),
        ("GUILD_MEMBERS_CHUNK", #"{"guild_id":"800"}"#, "members"),
        ("PRESENCE_UPDATE", #"{"guild_id":"800","user":{"id":"12"},"status":1}"#, "status"),
        ("PRESENCE_UPDATE", #"{"guild_id":"800","user":{"id":"12"},"status":"glowing"}"#, "status"),
        ("VOICE_STATE_UPDATE", #"{"guild_id":"800","user_id":"11"}"#, "channel_id"),
        ("VOICE_STATE_UPDATE", #"{"guild_id":"800","user_id":"11","channel_id":{}}"#, "channel_id"),
        ("VOICE_STATE_UPDATE", #"{"guild_id":[],"user_id":"11","channel_id":null}"#, "guild_id"),
        ("MESSAGE_CREATE", #"{"guild_id":"800","id":"5","channel_id":"1"}"#, "author"),
        ("MESSAGE_DELETE", #"{"guild_id":"800","id":"five","channel_id":"1"}"#, "id"),
        ("MESSAGE_DELETE_BULK", #"{"guild_id":"800","channel_id":"1"}"#, "ids"),
        (
            "MESSAGE_REACTION_ADD", #"{"guild_id":"800","channel_id":"1","message_id":"5","user_id":"1"}"#,
            "emoji"
        ),
        ("GUILD_ROLE_UPDATE", #"{"guild_id":"800","role":7}"#, "role"),
        ("CHANNEL_UPDATE", #"{"guild_id":"800"}"#, "id"),
        ("THREAD_LIST_SYNC", #"{"guild_id":"800"}"#, "threads"),
        ("GUILD_BAN_ADD", #"{"user":{"id":"1"}}"#, "guild_id"), ("TYPING_START", "[]", "d"),
    ]

    @Test(arguments: broken.indices)
    func `what lacks something is kept aside, changes nothing and stops nothing`(index: Int) throws {
        let (name, data, field) = Self.broken[index]
        var fixture = try Self.live()
        let (before, told) = (fixture.machine.folded.state, fixture.events.count)
        try fixture.dispatch(name, data)
        let asides = Self.asides(fixture.actions)
        #expect(asides.map(\.kind.rawValue) == [name] && asides.map(\.problem.field) == [field])
        #expect(fixture.machine.folded.state == before && fixture.events.count == told)
        try fixture.dispatch("VOICE_STATE_UPDATE", F.voice(12, channel: 2))
        #expect(fixture.events.last?.name == "voice.joined")
        let next = fixture.restarted()
        #expect(next.machine.folded.session?.sequence == 4, "and it is not asked for again")
    }

    @Test func `what is well formed is not kept aside, of whichever guild or of none`() throws {
        var fixture = try Self.live()
        for sample in Samples.withoutState { try fixture.dispatch(sample.name, sample.data) }
        for sample in Samples.withoutState {
            try fixture.dispatch(sample.name, sample.data.replacing(#""800""#, with: #""801""#))
        }
        try fixture.dispatch("MESSAGE_CREATE", #"{"id":"5","channel_id":"6","author":{"id":"1"}}"#)
        try fixture.dispatch("CHANNEL_PINS_UPDATE", #"{"channel_id":"6","guild_id":null}"#)
        try fixture.dispatch("SOMETHING_NEW", "[]")
        try fixture.dispatch("ENTITLEMENT_CREATE", "null")
        #expect(Self.asides(fixture.actions).isEmpty)
    }

    @Test func `its form is kept: names, kinds, ids and numbers, and nothing that anybody wrote`() throws {
        let data = #"""
            {"guild_id":"800","id":"x","content":"12345678","token":"98765432101234567","user_id":"123456789012345678",
            "author":{"username":"zed","bot":true,"roles":["7","8","9","10"],"nick":null},"my secret key":1,
            "nonce":"4\u0031","type":3,"deep":[[[[[[[1]]]]]]]}
            """#
        let dispatch = Dispatch(
            sequence: 9,
            name: "MESSAGE_CREATE",
            data: try JSONDocument(parsing: data).root
        )
        let aside = Aside(.messageCreate, dispatch, NotUnderstood("id"), wall: 77)
        let expected = #"""
            {"at":77,"t":"MESSAGE_CREATE","s":9,"field":"id","d":{"guild_id":"800","id":"text of 1",\#
            "content":"text of 8","token":"text of 17","user_id":"123456789012345678","author":{\#
            "username":"text of 3","bot":true,"roles":["7","8","9","4 in all"],"nick":null},\#
            "a name of 13":1,"nonce":"text of 7","type":3,"deep":[[[[["list"]]]]]}}
            """#
        #expect(String(decoding: aside.line, as: UTF8.self) == expected)
    }

    @Test func `however large it is, its form is small`() throws {
        let names = (0..<5000).map { _ in #""member":{"name":"n","list":[1,2,3,4,5]}"# }
        let data = try JSONDocument(parsing: "{\(names.joined(separator: ","))}").root
        let dispatch = Dispatch(sequence: 9, name: "MESSAGE_CREATE", data: data)
        let aside = Aside(.messageCreate, dispatch, NotUnderstood("id"), wall: 77)
        #expect(aside.line.count < 4096)
        #expect(throws: Never.self) { try JSONDocument(parsing: aside.line) }
    }

    @Test func `a member that nobody documents is counted, of one dispatch in 64`() throws {
        var fixture = try Self.live()
        let strange = #"{"guild_id":"800","brand_new":1,"user_id":"12","channel_id":"2","other_new":{}}"#
        while fixture.sequence < 140 { try fixture.dispatch("VOICE_STATE_UPDATE", strange) }
        let notes = fixture.actions.filter { $0 == .note(.unknownFields(2)) }
        #expect(notes.count == 2)
        for sample in Samples.withoutState {
            let data = try JSONDocument(parsing: sample.data).root
            #expect(KnownFields.unknown(in: data) == 0, "\(sample.name)")
        }
        #expect(KnownFields.unknown(in: try JSONDocument(parsing: FoldFixture.guildCreate()).root) == 0)
    }

    @Test(arguments: [
        (
            "MESSAGE_CREATE", #"{"type":99,"poll":{"layout_type":2},"components":[{"type":1},{"type":40}]}"#,
            ["component_type": 1, "message_type": 1, "poll_layout": 1]
        ),
        (
            "MESSAGE_UPDATE", #"{"type":"19","message_reference":{"type":7}}"#,
            ["message_type": 1, "reference_type": 1]
        ),
        ("MESSAGE_UPDATE", #"{"type":null,"id":"7"}"#, [:]),
        (
            "PRESENCE_UPDATE",
            #"{"status":"away","client_status":{"web":"away","vr":"idle"},"activities":[{"type":9},{"type":4}]}"#,
            ["activity_type": 1, "presence_status": 2]
        ),
        (
            "CHANNEL_UPDATE",
            #"{"type":17,"permission_overwrites":[{"type":2},{"type":1}],"video_quality_mode":3}"#,
            ["channel_type": 1, "overwrite_type": 1, "video_quality_mode": 1]
        ),
        (
            "GUILD_UPDATE", #"{"verification_level":5,"nsfw_level":4,"premium_tier":3,"mfa_level":2}"#,
            ["mfa_level": 1, "nsfw_level": 1, "verification_level": 1]
        ),
        (
            "GUILD_CREATE", #"{"channels":[{"type":77}],"threads":[{"type":78}],"presences":[{"status":1}]}"#,
            ["channel_type": 2, "presence_status": 1]
        ),
        (
            "GUILD_SCHEDULED_EVENT_CREATE", #"{"status":9,"entity_type":9,"privacy_level":2}"#,
            ["entity_type": 1, "event_status": 1]
        ),
        (
            "AUTO_MODERATION_RULE_CREATE",
            #"{"trigger_type":2,"event_type":1,"actions":[{"type":9},{"type":1}]}"#,
            ["auto_moderation_action": 1, "auto_moderation_trigger": 1]
        ),
        ("INTERACTION_CREATE", #"{"type":3,"data":{"component_type":99}}"#, ["component_type": 1]),
        ("GUILD_AUDIT_LOG_ENTRY_CREATE", #"{"action_type":9999}"#, ["audit_action": 1]),
        ("A_NEW_ONE", #"{"type":9999}"#, [:]),
    ])
    func `values that nobody documents are counted, by what they are`(
        name: String,
        data: String,
        counts: [String: Int]
    ) throws {
        let data = try JSONDocument(parsing: Array(data.utf8)).root
        let found = KnownValues.unknown(in: Dispatch(sequence: 1, name: name, data: data))
        #expect(Dictionary(uniqueKeysWithValues: found.map { ($0.key.rawValue, $0.value) }) == counts)
    }

    @Test func `each of a rare dispatch is looked through, and one in 64 of those that come all the time`()
        throws
    {
        var fixture = try Self.live()
        let strange = #"{"guild_id":"800","id":"2","name":"a","type":44}"#
        for _ in 0..<3 { try fixture.dispatch("CHANNEL_UPDATE", strange) }
        #expect(fixture.actions.count { $0 == .note(.unknownValues([.channelType: 1])) } == 3)
        let away = #"{"guild_id":"800","user":{"id":"12"},"status":"away"}"#
        while fixture.sequence < 140 { try fixture.dispatch("PRESENCE_UPDATE", away) }
        #expect(fixture.actions.count { $0 == .note(.unknownValues([.presenceStatus: 1])) } == 2)
        for sample in Samples.withoutState {
            let data = try JSONDocument(parsing: sample.data).root
            let found = KnownValues.unknown(in: Dispatch(sequence: 1, name: sample.name, data: data))
            #expect(found.isEmpty, "\(sample.name) \(found)")
        }
        let guild = try JSONDocument(parsing: FoldFixture.guildCreate()).root
        #expect(KnownValues.unknown(in: Dispatch(sequence: 1, name: "GUILD_CREATE", data: guild)).isEmpty)
    }

    @Test func `the newest are kept, so many and so much, over restarts`() {
        var shelf = AsideShelf()
        for number in 0..<100 { shelf.put(Array("{\"n\":\(number)}".utf8)) }
        let lines = shelf.content.split(separator: 0x0A)
        #expect(lines.count == AsideShelf.linesMax)
        #expect(lines.last.map { String(decoding: $0, as: UTF8.self) } == #"{"n":99}"#)
        #expect(AsideShelf(content: shelf.content) == shelf)
        for _ in 0..<100 { shelf.put(Array(repeating: 0x61, count: 5000)) }
        #expect(shelf.content.count <= AsideShelf.bytesMax && shelf.content.count > AsideShelf.bytesMax / 2)
    }
}
