import Base
import EventModels
import JSON
import Testing

@Suite struct GuildSettingsTests {
    private static let whole =
        #"{"trackedChannels":["20","3"],"history":false,"retentionDays":30,"badWords":["x y","ä"],"#
        + #""timeZone":"America/Argentina/Buenos_Aires","milestones":[500,100,500]}"#

    private static func changed(_ name: String, _ value: String) throws -> GuildSettings? {
        let root = try JSONDocument(parsing: Array(whole.utf8)).root
        var json = JSONWriter()
        json.beginObject()
        for (key, member) in try #require(root.object) {
            json.key(text: key)
            json.raw(key == name ? Array(value.utf8) : Array(member.raw))
        }
        json.endObject()
        return GuildSettings(decoding: json.takeBytes())
    }

    @Test func `settings are read as they are written, sorted and each once`() throws {
        let settings = try #require(GuildSettings(decoding: Self.whole.utf8))
        #expect(
            settings.trackedChannels == [Snowflake(3), Snowflake(20)] && settings.milestones == [100, 500]
        )
        #expect(GuildSettings(decoding: settings.encoded()) == settings)
        #expect(GuildSettings(decoding: GuildSettings.standard.encoded()) == .standard)
        #expect(try Self.changed("retentionDays", "null")?.retentionDays == nil)
    }

    @Test(arguments: [
        ("trackedChannels", #"["x"]"#), ("trackedChannels", #""20""#), ("history", "1"), ("history", "null"),
        ("retentionDays", "0"), ("retentionDays", "366"), ("retentionDays", #""30""#), ("badWords", #"[""]"#),
        ("badWords", #"["  "]"#), ("badWords", #"["a\u0007"]"#), ("badWords", "[1]"),
        ("badWords", #"["12345678901234567890123456789012345678901"]"#), ("timeZone", #""Berlin""#),
        ("timeZone", #""Europe/""#), ("timeZone", #""../etc/passwd""#),
        ("timeZone", #""Europe/Berlin; DROP""#),
        ("timeZone", #""A/B/C/D""#), ("timeZone", #""/Europe/Berlin""#), ("milestones", "[0]"),
        ("milestones", "true"), ("milestones", "[1.5]"),
    ])
    func `what is out of its bounds is no settings`(name: String, value: String) throws {
        #expect(try Self.changed(name, value) == nil)
    }

    @Test func `lists have their bounds`() throws {
        func list(_ count: Int, _ one: (Int) -> String) -> String {
            "[\((1...count).map(one).joined(separator: ","))]"
        }
        #expect(try Self.changed("badWords", list(200) { "\"w\($0)\"" }) != nil)
        #expect(try Self.changed("badWords", list(201) { "\"w\($0)\"" }) == nil)
        #expect(try Self.changed("trackedChannels", list(500) { "\"\($0)\"" }) != nil)
        #expect(try Self.changed("trackedChannels", list(501) { "\"\($0)\"" }) == nil)
        #expect(try Self.changed("milestones", list(51) { "\($0)" }) == nil)
    }

    @Test func `an event tells settings with their number, and nothing else does`() throws {
        let settings = try #require(GuildSettings(decoding: Self.whole.utf8))
        let numbered = NumberedSettings(version: 7, settings: settings)
        func event(_ kind: EventKind, _ payload: [UInt8]) -> StreamEvent {
            StreamEvent(
                id: EventID(epoch: 1, number: 1),
                kind: kind,
                guild: Snowflake(1),
                ts: 1,
                payload: payload
            )
        }
        let payload = numbered.payload(by: Snowflake(9))
        #expect(NumberedSettings(event(.settingsUpdated, payload)) == numbered)
        #expect(NumberedSettings(event(.milestoneReached, payload)) == nil)
        #expect(NumberedSettings(event(.settingsUpdated, Array("{}".utf8))) == nil)
        #expect(EventKind.settingsUpdated.audience == .internal && EventKind.settingsUpdated.isEmittable)
        #expect(!EventKind.settingsUpdated.changesGuild)
    }
}
