import Base
import EventModels
import HTTPServer
import HTTPWire
import JSON
import TestSupport
import Testing
import Web

/// Guilds, channels and voice, as the owner, a member, a stranger and keys have them.
@Suite struct GuildDataTests {
    @Test func `each sees the guild as theirs, and nobody else sees that it is there`() async throws {
        let replica = try await Town.replica(Town.told())
        let table: [(caller: Caller, isOwner: Bool, canManage: Bool)] = [
            (Town.session(of: 2), true, true), (Town.session(of: 3), false, false),
            (Town.session(of: 4), false, true), (Town.key(of: 2), false, false),
        ]
        for (caller, isOwner, canManage) in table {
            let guild = try await replica.call("guild", "/api/guilds/1", as: caller)
            #expect(guild.status == 200 && guild.json?["id"]?.string == "1")
            #expect(guild.json?["isOwner"]?.bool == isOwner && guild.json?["canManage"]?.bool == canManage)
            #expect(guild.json?["members"]?.int == 5 && guild.json?["online"]?.int == 4)
            #expect(guild.ids("roles") == ["50", "1"], "highest first")
        }
        // A stranger's guild, one that is not there and another guild's key's are answered alike.
        let stranger = try await replica.call("guild", "/api/guilds/1", as: Town.session(of: 99))
        let missing = try await replica.call("guild", "/api/guilds/77", as: Town.session(of: 99))
        let foreign = try await replica.call(
            "guild",
            "/api/guilds/1",
            as: Town.key(of: 2, guild: Snowflake(77))
        )
        #expect(stranger.status == 404 && stranger.text == missing.text && stranger.text == foreign.text)
    }

    @Test func `a guild that is not there is told from one that is by nothing while no gateway answers`()
        async throws
    {
        let told = Town.told()
        let replica = try await Town.replica(told)
        told.change { $0.isSilent = true }
        let there = try await replica.call("guild", "/api/guilds/1", as: Town.session(of: 99))
        let missing = try await replica.call("guild", "/api/guilds/77", as: Town.session(of: 99))
        #expect(there.status == 503 && there.text == missing.text)
        #expect(there.headers["retry-after"] == "5")
    }

    @Test func `the list holds what is theirs, in pages, and says what nobody can tell`() async throws {
        let told = Town.told()
        let replica = try await Town.replica(told)
        for id in 2...4 as ClosedRange<UInt64> {
            let state = GuildState(id: Snowflake(id), name: "g\(id)", ownerID: Snowflake(2))
            let event = StreamEvent(
                id: EventID(epoch: 5, number: id),
                kind: .guildSynced,
                guild: state.id,
                ts: 1,
                payload: state.encoded()
            )
            try await replica.publish([event])
        }
        try await eventually("the guilds") { await replica.hub.guilds.count == 4 }
        let all = try await replica.call("guilds", "/api/guilds", as: Town.session(of: 2))
        #expect(all.ids("guilds") == ["1", "2", "3", "4"] && all.json?["next"]?.isNull == true)
        let first = try await replica.call("guilds", "/api/guilds?limit=3", as: Town.session(of: 2))
        let cursor = try #require(first.json?["next"]?.string)
        #expect(first.ids("guilds") == ["1", "2", "3"] && cursor == "g3")
        let second = try await replica.call(
            "guilds",
            "/api/guilds?cursor=\(cursor)",
            as: Town.session(of: 2)
        )
        #expect(second.ids("guilds") == ["4"] && second.json?["next"]?.isNull == true)
        #expect(try await replica.call("guilds", "/api/guilds", as: Town.session(of: 99)).ids("guilds") == [])
        #expect(try await replica.call("guilds", "/api/guilds", as: Town.key(of: 2)).ids("guilds") == ["1"])
        let before = told.asked
        let one = try await replica.call("guilds", "/api/guilds?limit=1&cursor=g1", as: Town.session(of: 2))
        #expect(one.ids("guilds") == ["2"] && one.json?["next"]?.string == "g2")
        #expect(told.asked == before + 3, "all at once, whatever the limit")
        // Others' pages take all the room that there is.
        #expect(replica.api.desk.pageRoom.take(PageRoom.looksMax - 3))
        let late = try await replica.call("guilds", "/api/guilds", as: Town.session(of: 2))
        #expect(late.status == 503 && late.headers["retry-after"] == "5")
        replica.api.desk.pageRoom.giveBack(PageRoom.looksMax - 3)
        #expect(replica.api.desk.pageRoom.take(PageRoom.looksMax), "each gives back what it took")
        replica.api.desk.pageRoom.giveBack(PageRoom.looksMax)
        told.change { $0.isSilent = true }
        let silent = try await replica.call("guilds", "/api/guilds", as: Town.session(of: 2))
        #expect(silent.status == 503)
    }

    @Test func `channels and private threads are told to who sees them`() async throws {
        let replica = try await Town.replica(Town.told())
        let table: [(caller: Caller, channels: [String])] = [
            (Town.session(of: 2), ["40", "20", "21", "22", "30", "31"]),
            (Town.session(of: 3), ["40", "20", "21", "22"]),
            (Town.session(of: 6), ["20", "21", "22"]),
            (Town.key(of: 2, channels: [Snowflake(20), Snowflake(30)]), ["20", "30"]),
            (Town.key(of: 6, channels: [Snowflake(20), Snowflake(30)]), ["20"]),
        ]
        for (caller, channels) in table {
            let answer = try await replica.call("channels", "/api/guilds/1/channels", as: caller)
            #expect(answer.ids("channels") == channels)
        }
    }

    @Test func `who is in a hidden voice channel is nobody's to know`() async throws {
        let replica = try await Town.replica(Town.told())
        let path = "/api/guilds/1/voice"
        let owner = try await replica.call("voice", path, as: Town.session(of: 2))
        #expect(owner.ids("channels") == ["21", "31"] && owner.text.contains(#""id":"9""#))
        let member = try await replica.call("voice", path, as: Town.session(of: 3))
        #expect(member.ids("channels") == ["21"] && !member.text.contains(#""id":"9""#))
        #expect(
            member.text.contains(#""people":[{"id":"8","name":"U 8","avatar":"https://cdn.example/8.png""#)
        )
        #expect(member.text.contains(#""selfMute":true"#))
        #expect(member.text.contains(#""since":1700000000000}"#) && owner.text.contains(#""since":null}"#))
        let key = try await replica.call("voice", path, as: Town.key(of: 2, channels: [Snowflake(20)]))
        #expect(key.ids("channels") == [])
    }

    @Test func `what is at hand is not sent again, and never to who may not have it`() async throws {
        let told = Town.told()
        let replica = try await Town.replica(told)
        for (name, path) in [("guild", "/api/guilds/1"), ("channels", "/api/guilds/1/channels")] {
            let first = try await replica.call(name, path, as: Town.session(of: 3))
            let tag = try #require(first.headers["etag"])
            let again = try await replica.call(name, path, as: Town.session(of: 3), ["If-None-Match": tag])
            #expect(again.status == 304 && again.text == "" && again.headers["etag"] == tag)
            let other = try await replica.call(name, path, as: Town.session(of: 2), ["If-None-Match": tag])
            #expect(other.status == 200, "another sees something else")
            let stranger = try await replica.call(
                name,
                path,
                as: Town.session(of: 99),
                ["If-None-Match": tag]
            )
            #expect(stranger.status == 404)
        }
    }

    @Test func `over the socket a cookie is asked for, and answers are kept by nobody else`() async throws {
        let replica = try await Town.replica(Town.told())
        #expect(try await replica.fetch("/api/guilds/1").hasPrefix("HTTP/1.1 401 "))
        let mine = try await replica.fetch("/api/guilds/1", replica.cookie(of: 3))
        #expect(mine.hasPrefix("HTTP/1.1 200 ") && mine.contains("Cache-Control: private, no-cache\r\n"))
        #expect(mine.contains("Vary: Cookie, Authorization\r\n") && !mine.contains("no-store"))
        let voice = try await replica.fetch("/api/guilds/1/voice", replica.cookie(of: 3))
        #expect(voice.hasPrefix("HTTP/1.1 200 ") && voice.contains("Cache-Control: no-store\r\n"))
        for path in [
            "/api/guilds/0", "/api/guilds/01", "/api/guilds/x", "/api/guilds/1%2F2", "/api/guilds/%20",
        ] {
            let status = try await replica.fetch(path, replica.cookie(of: 3)).prefix(12)
            #expect(status == "HTTP/1.1 404" || status == "HTTP/1.1 400", "\(path)")
        }
        let open = try await Town.replica(Town.told(), access: .open)
        let everyone = try await open.fetch("/api/guilds/1")
        #expect(everyone.hasPrefix("HTTP/1.1 200 ") && everyone.contains(#""roles":[]"#))
        #expect(try await open.fetch("/api/guilds/1/channels").contains(#""id":"20""#))
        #expect(try await !open.fetch("/api/guilds/1/channels").contains(#""id":"30""#))
    }
}
