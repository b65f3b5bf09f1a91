import Base
import JSON
import Simulator
import Testing

@Suite struct WorldTests {
    @Test func `completes a voice state and moves the person`() throws {
        var bench = CoreBench()
        _ = bench.identified()
        let guild = bench.core.world.guilds[0]
        let joined = guild.threadMembers.values.flatMap(\.ids)
        let user = try #require(guild.members.ids.first { !guild.voice.contains($0) && !joined.contains($0) })
        let room = guild.voiceChannels[0]
        let deliveries = try bench.happen(
            "VOICE_STATE_UPDATE",
            #"{"guild_id":"\#(guild.id)","channel_id":"\#(room)","user_id":"\#(user)","self_mute":true}"#
        )
        #expect(deliveries.map(\.sequence) == [3])
        let d = try #require(bench.heard().first?["d"])
        #expect(d["member"]?["user"]?["id"]?.snowflake == user && d["session_id"]?.string?.isEmpty == false)
        #expect(d["self_mute"]?.bool == true && d["deaf"]?.bool == false)
        #expect(bench.core.world.guilds[0].channel(of: user) == room)
        _ = try bench.happen("GUILD_MEMBER_REMOVE", #"{"guild_id":"\#(guild.id)","user":{"id":"\#(user)"}}"#)
        let heard = bench.heard()
        #expect(heard.map { $0["t"]?.string } == ["VOICE_STATE_UPDATE", "GUILD_MEMBER_REMOVE"])
        #expect(heard.first?["d"]?["channel_id"]?.isNull == true)
        #expect(!bench.core.world.guilds[0].members.contains(user))
    }

    @Test func `changes channels, roles and the guild for the next GUILD_CREATE`() throws {
        var bench = CoreBench()
        let guild = bench.core.world.guilds[0]
        let member = try #require(guild.members.values.first { !$0.roles.isEmpty && $0.id != guild.botID })
        let room = guild.voiceChannels[0]
        _ = try bench.happen("CHANNEL_UPDATE", #"{"id":"\#(room)","name":"Renamed"}"#)
        _ = try bench.happen(
            "GUILD_ROLE_DELETE",
            #"{"guild_id":"\#(guild.id)","role_id":"\#(member.roles[0])"}"#
        )
        _ = try bench.happen("GUILD_UPDATE", #"{"id":"\#(guild.id)","name":"Another Name"}"#)
        let after = bench.core.world.guilds[0]
        #expect(after.channels[room]?.string("name") == "Renamed" && after.channels[room]?.int("type") == 2)
        #expect(after.members[member.id]?.roles == Array(member.roles.dropFirst()))
        #expect(after.name == "Another Name" && after.roles[member.roles[0]] == nil)
        _ = try bench.happen("CHANNEL_DELETE", #"{"id":"\#(room)"}"#)
        #expect(!bench.core.world.guilds[0].voice.values.contains { $0.snowflake("channel_id") == room })
        #expect(throws: WorldError.self) { _ = try bench.happen("MESSAGE_CREATE", #"{"guild_id":"5"}"#) }
    }

    @Test func `takes a guild away and brings a new one`() throws {
        var bench = CoreBench()
        _ = bench.identified()
        let guild = bench.core.world.guilds[0].id
        _ = try bench.happen("GUILD_DELETE", #"{"id":"\#(guild)","unavailable":true}"#)
        #expect(bench.core.world.guilds[0].isUnavailable)
        #expect(bench.names() == ["GUILD_DELETE"])
        _ = try bench.happen("GUILD_CREATE", #"{"id":"\#(guild)"}"#)
        #expect(bench.heard().first?["d"]?["members"]?.array?.isEmpty == false)
        _ = try bench.happen(
            "GUILD_CREATE",
            #"{"id":"99","name":"New","channels":[{"id":"7","type":2,"name":"v"}],"members":[{"user":{"id":"8"}}]}"#
        )
        let created = try #require(bench.heard().first?["d"])
        #expect(created["name"]?.string == "New" && created["member_count"]?.int == 2)
        #expect(bench.core.world.guilds[1].voiceChannels == [Snowflake(7)])
    }

    @Test func `writes time stamps the way Discord does`() {
        let table: [(Int64, String)] = [
            (0, "1970-01-01T00:00:00.000000+00:00"), (1_439_227_597_529, "2015-08-10T17:26:37.529000+00:00"),
            (1_709_164_799_001, "2024-02-28T23:59:59.001000+00:00"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999000+00:00"),
        ]
        for (time, text) in table { #expect(Timestamp.text(unixMilliseconds: time) == text) }
    }
}
