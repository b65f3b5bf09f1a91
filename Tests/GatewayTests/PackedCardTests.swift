import Base
import DiscordProtocol
import EventModels
import Gateway
import JSON
import Testing

/// A card that is written from the packed record is the one that the member's record makes: `member.joined` has the second,
/// presences and messages the first.
@Suite struct PackedCardTests {
    private static let hash = "0123456789abcdef0123456789abcdef"
    private static let images = [
        "null", "\"\(hash)\"", "\"a_\(hash)\"", #""odd_Hash9""#, #""no/hash""#, #""""#,
        "\"\(hash.uppercased())\"",
    ]
    private static let names = [
        "ann", #"q\"uote\\ \u0041 \ud83d\ude00"#, "ünïcödé ✓ longer than fifteen", "",
    ]

    /// The members of a card, as they stand in the payload.
    private static func card(_ event: StreamEvent) throws -> [String] {
        let payload = try #require(event.payload)
        return try ["userId", "username", "displayName", "avatar", "bot"].map { name in
            String(decoding: try #require(payload[name]).raw, as: UTF8.self)
        }
    }

    private static func user(_ name: String, _ avatar: String, _ number: String, _ bot: Bool = false)
        -> String
    {
        #"{"id":"500","username":"\#(name)","discriminator":\#(number),"global_name":null,"avatar":\#(avatar),"bot":\#(bot)}"#
    }

    @Test(arguments: ["https://cdn.example", #"https://cdn.example/"x"#])
    func `both ways draw a person alike`(
        base: String
    ) throws {
        for avatar in Self.images {
            for own in Self.images {
                for (index, number) in ["null", "\"0\"", "\"1234\"", "\"none\""].enumerated() {
                    var fixture = try FoldFixture.started(cdn: CDN(base: base))
                    let name = Self.names[index % Self.names.count]
                    let user = Self.user(name, avatar, number, index == 1)
                    let member =
                        #""nick":\#(index == 2 ? "\"n\\\\ick\"" : "null"),"avatar":\#(own),"roles":[]"#
                    let joined = try fixture.feed(
                        "GUILD_MEMBER_ADD",
                        #"{"guild_id":"800","user":\#(user),\#(member)}"#
                    )
                    let expected = try Self.card(joined[0])
                    let presence = try fixture.feed(
                        "PRESENCE_UPDATE",
                        #"{"guild_id":"800","user":{"id":"500"},"status":"idle","client_status":{}}"#
                    )
                    #expect(try Self.card(presence[0]) == expected)
                    let message = try fixture.feed(
                        "MESSAGE_CREATE",
                        Samples.message(60, by: user, #","member":{\#(member)}"#)
                    )
                    #expect(try Self.card(message[0]) == expected)
                }
            }
        }
    }

    /// Each field alone, as User or Member object: what it says is shown from then on, and held.
    @Test func `what a message says anew of its author is learnt`() throws {
        let news = [
            (#""username":"new""#, ""), (#""global_name":"New""#, ""), (#""avatar":"\#(Self.hash)""#, ""),
            (#""discriminator":"7""#, ""), (#""bot":true"#, ""), ("", #""nick":"Nick""#),
            ("", #""avatar":"a_\#(Self.hash)""#),
        ]
        for (ofUser, ofMember) in news {
            var fixture = try FoldFixture.started()
            let bob = FoldFixture.user(12, "bob")
            let before = try fixture.feed("MESSAGE_CREATE", Samples.message(60, by: bob))
            let author = #"{"id":"12"\#(ofUser.isEmpty ? "" : ",")\#(ofUser)}"#
            let text = Samples.message(61, by: author, #","member":{\#(ofMember)}"#)
            let after = try fixture.feed("MESSAGE_CREATE", text)
            #expect(try Self.card(before[0]) != Self.card(after[0]), "\(ofUser)\(ofMember)")
            let held = fixture.state
            let again = try fixture.feed("MESSAGE_CREATE", text)
            #expect(try Self.card(again[0]) == Self.card(after[0]), "\(ofUser)\(ofMember)")
            #expect(fixture.state.memory == held.memory, "\(ofUser)\(ofMember)")
        }
    }

    /// What a PRESENCE_UPDATE leaves is what the same presence in a list would.
    @Test func `a presence is held as from a list`() throws {
        let activities = [
            "[]", #"[{"type":4,"name":"c"}]"#,
            #"[{"type":4},{"type":0,"name":"Ch\"ess","details":"d\n","state":null}]"#,
            #"[{"name":7,"url":"u","state":"s"}]"#,
        ]
        let clients = [
            "{}", #"{"desktop":"idle","vr":"x","web":"y"}"#, #"{"toaster":"a","mobile":"b"}"#,
            #"{"web":"a","web":"b"}"#, #"{"\u0077eb":"a"}"#,
        ]
        for status in ["online", "idle", "dnd", "offline", "invisible"] {
            for activity in activities {
                for client in clients {
                    let presence =
                        #""user":{"id":"12"},"status":"\#(status)","client_status":\#(client),"activities":\#(activity)"#
                    var (one, other) = (try FoldFixture.started(), try FoldFixture.started())
                    let event = try one.feed("PRESENCE_UPDATE", #"{"guild_id":"800",\#(presence)}"#)
                    let chunk =
                        #"{"guild_id":"800","members":[],"presences":[{\#(presence)}],"chunk_index":0,"chunk_count":1}"#
                    try other.feed("GUILD_MEMBERS_CHUNK", chunk)
                    let (guild, user) = (FoldFixture.guild, Snowflake(12))
                    let held = one.state.memory[guild]?.presences[user]
                    #expect(held == other.state.memory[guild]?.presences[user], "\(presence)")
                    #expect(event[0].payload?["online"]?.int == one.state.memory[guild]?.presences.count)
                    #expect((held == nil) == (status == "offline" || status == "invisible"))
                }
            }
        }
    }
}
