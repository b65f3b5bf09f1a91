import Base
import EventModels
import Gateway
import JSON
import Testing

/// Who wrote a message that is deleted, and which updates are edits.
@Suite struct MessageAuthorsTests {
    typealias F = FoldFixture
    private static let edited = #","edited_timestamp":"2026-01-01T00:00:00Z""#

    private static func author(_ id: UInt64) -> MessageAuthors.Author {
        .init(id: Snowflake(id), isWebhook: false)
    }

    @Test func `a deletion names the author as known then, one by one and in bulk`() throws {
        var fixture = try F.started()
        try fixture.feed("MESSAGE_CREATE", Samples.message(50))
        try fixture.feed("MESSAGE_CREATE", Samples.message(51))
        try fixture.feed(
            "MESSAGE_CREATE",
            Samples.message(52, by: F.user(77, "Hook"), #","webhook_id":"77""#)
        )
        try fixture.feed("GUILD_MEMBER_UPDATE", F.member(11, "ann", nick: "Anna"))
        let one = try #require(try fixture.feed("MESSAGE_DELETE", Samples.deleted(50)).first)
        #expect(one.text("displayName") == "\"Anna\"" && one.text("webhook") == "false")
        let bulk = try fixture.feed(
            "MESSAGE_DELETE_BULK",
            #"{"ids":["52","51","49"],"channel_id":"1","guild_id":"800"}"#
        )
        #expect(bulk.map { $0.text("messageId") } == ["\"49\"", "\"51\"", "\"52\""])
        #expect(bulk.map { $0.text("userId") } == [nil, "\"11\"", "\"77\""])
        #expect(bulk.map { $0.text("webhook") } == [nil, "false", "true"])
    }

    @Test func `who has left since is a stranger, but is told`() throws {
        var fixture = try F.started()
        try fixture.feed("MESSAGE_CREATE", Samples.message(50))
        try fixture.feed("GUILD_MEMBER_REMOVE", #"{"guild_id":"800","user":\#(Samples.ann)}"#)
        let event = try #require(try fixture.feed("MESSAGE_DELETE", Samples.deleted(50)).first)
        #expect(event.text("userId") == "\"11\"" && event.text("username") == "\"unknown\"")
    }

    @Test func `an edit is told once, also of a message that is no longer among the last 50`() throws {
        var fixture = try F.started()
        for id in 50..<150 { try fixture.feed("MESSAGE_CREATE", Samples.message(id)) }
        #expect(fixture.replica[F.guild]?.messages.contains { $0.id == Snowflake(50) } == false)
        let edit = Samples.message(50, by: Samples.ann, Self.edited)
        #expect(try fixture.feed("MESSAGE_UPDATE", edit).kinds == ["message.updated"])
        #expect(try fixture.feed("MESSAGE_UPDATE", edit).isEmpty, "a link was resolved, or it was pinned")
        let again = edit.replacing("00:00:00Z", with: "00:00:01Z")
        #expect(try fixture.feed("MESSAGE_UPDATE", again).kinds == ["message.updated"])
        #expect(try fixture.feed("MESSAGE_UPDATE", again).isEmpty)
    }

    @Test func `an update of a message from before is an edit if its time is near`() throws {
        var fixture = try F.started()
        // The fixture's clock stands at the beginning of 1970.
        func update(_ id: Int, _ time: String) throws -> [String] {
            let json = Samples.message(id, by: Samples.ann, #","edited_timestamp":"\#(time)""#)
            return try fixture.feed("MESSAGE_UPDATE", json).kinds
        }
        #expect(try update(60, "1969-12-31T23:40:00+00:00").isEmpty)
        #expect(try update(60, "1969-12-31T23:50:00+00:00") == ["message.updated"])
        #expect(try update(60, "1969-12-31T23:50:00+00:00").isEmpty)
        let gone = try #require(try fixture.feed("MESSAGE_DELETE", Samples.deleted(60)).first)
        #expect(gone.text("userId") == "\"11\"", "an edit names the author too")
    }

    @Test func `it holds so many, and no longer than a day`() {
        var authors = MessageAuthors()
        let total = UInt64(MessageAuthors.messagesMax + 5000)
        for id in 1...total as ClosedRange<UInt64> {
            authors.remember(Snowflake(id), of: Self.author(id), at: 0)
        }
        #expect(authors.count <= MessageAuthors.messagesMax)
        #expect(authors.count > MessageAuthors.messagesMax - 2000)
        #expect(authors[Snowflake(1)] == nil && authors[Snowflake(total)]?.id == Snowflake(total))
        let hour: Int64 = 3_600_000
        authors.remember(Snowflake(total + 1), of: Self.author(1), at: 23 * hour)
        #expect(authors[Snowflake(total)] != nil)
        authors.remember(Snowflake(total + 2), of: Self.author(1), at: 25 * hour)
        #expect(authors[Snowflake(total)] == nil && authors.count == 2)
    }

    @Test func `whatever the order in which ids come, each is found`() {
        var random = SeededRandom(seed: 3)
        let ids = (1...5000 as ClosedRange<UInt64>).map { $0 * 7 }.shuffled(using: &random)
        var authors = MessageAuthors()
        for (index, id) in ids.enumerated() {
            authors.remember(Snowflake(id), of: Self.author(id + 1), at: Int64(index) * 2000)
        }
        for id in ids {
            #expect(authors[Snowflake(id)]?.id == Snowflake(id + 1))
            #expect(authors[Snowflake(id + 1)] == nil)
        }
    }
}
