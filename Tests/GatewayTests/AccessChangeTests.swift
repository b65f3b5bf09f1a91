import Base
import DiscordProtocol
import EventModels
import Gateway
import Testing

/// What dispatches show to be changed for the bot, so that what was refused is asked again.
@Suite struct AccessChangeTests {
    private static func change(_ name: String, _ data: String, after: [(String, String)] = []) throws
        -> AccessChange?
    {
        var fixture = try FoldFixture.started()
        for (name, data) in after { try fixture.feed(name, data) }
        let events = try fixture.feed(name, data)
        return AccessChange(events) { guild in fixture.state.guilds[guild]?.channels.keys.sorted() ?? [] }
    }

    private static let guild = AccessChange(
        channels: [Snowflake(1), Snowflake(2)],
        guilds: [FoldFixture.guild]
    )

    @Test(arguments: [
        (
            "GUILD_ROLE_UPDATE",
            #"{"guild_id":"800","role":{"id":"20","name":"r","permissions":"8","position":1}}"#
        ),
        ("GUILD_ROLE_DELETE", #"{"guild_id":"800","role_id":"20"}"#),
        (
            "GUILD_MEMBER_ADD",
            #"{"guild_id":"800","user":{"id":"70","username":"b","bot":true},"roles":["20"]}"#
        ),
        (
            "GUILD_CREATE",
            FoldFixture.guildCreate()
        ),
    ])
    func `a role or a bot's roles may change what it may do in the guild and its channels`(
        name: String,
        data: String
    ) throws {
        let found = try #require(try Self.change(name, data))
        #expect(found.guilds == Self.guild.guilds && found.channels.isSuperset(of: Self.guild.channels))
    }

    @Test func `an overwrite, a new channel, a private thread change what it may do there`() throws {
        let overwrite =
            #"{"id":"1","guild_id":"800","type":0,"name":"a","permission_overwrites":[{"id":"20","type":0,"allow":"0","deny":"1024"}]}"#
        #expect(try Self.change("CHANNEL_UPDATE", overwrite) == AccessChange(channels: [Snowflake(1)]))
        let made = #"{"id":"9","guild_id":"800","type":0,"name":"n","permission_overwrites":[]}"#
        #expect(try Self.change("CHANNEL_CREATE", made) == AccessChange(channels: [Snowflake(9)]))
        let thread = #"{"id":"30","guild_id":"800","parent_id":"1","type":12,"name":"t"}"#
        let members = #"{"id":"30","guild_id":"800","added_members":[{"user_id":"70"}]}"#
        let change = try Self.change("THREAD_MEMBERS_UPDATE", members, after: [("THREAD_CREATE", thread)])
        #expect(change == AccessChange(channels: [Snowflake(30)]))
    }

    @Test func `what people do changes nothing for it`() throws {
        let granted =
            #"{"guild_id":"800","user":{"id":"10","username":"a"},"roles":["20"],"communication_disabled_until":"2099-01-01T00:00:00Z"}"#
        #expect(try Self.change("GUILD_MEMBER_UPDATE", granted) == nil)
        let said =
            #"{"id":"99","guild_id":"800","channel_id":"1","content":"x","author":{"id":"10","username":"a"}}"#
        #expect(try Self.change("MESSAGE_CREATE", said) == nil)
    }
}
