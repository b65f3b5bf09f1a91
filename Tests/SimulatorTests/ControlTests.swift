import Base
import JSON
import Simulator
import TestSupport
import Testing

/// What `POST /control/dispatch` changes, and that a new session and REST say the same.
@Suite struct ControlTests {
    /// A guild with known ids: 10, roles 11 (VIEW) and 12, channels 20 and 21, threads 30 (public) and 31 (private), members
    /// 40 (owner), 41 (with 11), 42.
    private static let guild = """
        {"id":"10","owner_id":"40","roles":[{"id":"10","permissions":"1024"},{"id":"11","permissions":"1024"},
        {"id":"12","permissions":"0"}],"channels":[{"id":"20","type":0,"name":"a"},{"id":"21","type":0,"name":"b"}],
        "threads":[{"id":"30","type":11,"parent_id":"20"},{"id":"31","type":12,"parent_id":"20"}],
        "members":[{"user":{"id":"40"}},{"user":{"id":"41"},"roles":["11"]},{"user":{"id":"42"}}]}
        """

    struct Change: Sendable, CustomTestStringConvertible {
        let name: String
        let d: String
        /// In GUILD_CREATE afterwards, by a path of names and ids; nil: not there.
        let path: [String]
        let after: String?

        var testDescription: String { "\(name) \(d)" }
    }

    private static let changes: [Change] = [
        Change(name: "GUILD_UPDATE", d: #"{"owner_id":"42"}"#, path: ["owner_id"], after: #""42""#),
        Change(
            name: "GUILD_ROLE_CREATE",
            d: #"{"role":{"id":"13","permissions":"8"}}"#,
            path: ["roles", "13", "permissions"],
            after: #""8""#
        ),
        Change(
            name: "GUILD_ROLE_UPDATE",
            d: #"{"role":{"id":"12","permissions":"8"}}"#,
            path: ["roles", "12", "permissions"],
            after: #""8""#
        ),
        Change(name: "GUILD_ROLE_DELETE", d: #"{"role_id":"11"}"#, path: ["roles", "11"], after: nil),
        Change(
            name: "GUILD_ROLE_DELETE",
            d: #"{"role_id":"11"}"#,
            path: ["members", "41", "roles"],
            after: "[]"
        ),
        Change(
            name: "CHANNEL_CREATE",
            d:
                #"{"id":"22","type":2,"permission_overwrites":[{"id":"10","type":0,"allow":"0","deny":"1024"}]}"#,
            path: ["channels", "22", "permission_overwrites"],
            after: #"[{"id":"10","type":0,"allow":"0","deny":"1024"}]"#
        ),
        Change(
            name: "CHANNEL_UPDATE",
            d: #"{"id":"21","permission_overwrites":[{"id":"42","type":1,"allow":"0","deny":"1024"}]}"#,
            path: ["channels", "21", "permission_overwrites"],
            after: #"[{"id":"42","type":1,"allow":"0","deny":"1024"}]"#
        ),
        Change(
            name: "CHANNEL_UPDATE",
            d: #"{"id":"21","topic":"x"}"#,
            path: ["channels", "21", "name"],
            after: #""b""#
        ),
        Change(name: "CHANNEL_DELETE", d: #"{"id":"20"}"#, path: ["channels", "20"], after: nil),
        Change(name: "CHANNEL_DELETE", d: #"{"id":"20"}"#, path: ["threads", "31"], after: nil),
        Change(
            name: "GUILD_MEMBER_ADD",
            d: #"{"user":{"id":"43"},"roles":["12"]}"#,
            path: ["members", "43", "roles"],
            after: #"["12"]"#
        ),
        Change(
            name: "GUILD_MEMBER_UPDATE",
            d: #"{"user":{"id":"42"},"roles":["12"]}"#,
            path: ["members", "42", "roles"],
            after: #"["12"]"#
        ),
        Change(
            name: "GUILD_MEMBER_UPDATE",
            d: #"{"user":{"id":"42"},"communication_disabled_until":"2030-01-01T00:00:00+00:00"}"#,
            path: ["members", "42", "communication_disabled_until"],
            after: #""2030-01-01T00:00:00+00:00""#
        ),
        Change(
            name: "GUILD_MEMBER_UPDATE",
            d: #"{"user":{"id":"41"},"communication_disabled_until":null}"#,
            path: ["members", "41", "roles"],
            after: #"["11"]"#
        ),
        Change(
            name: "GUILD_MEMBER_REMOVE",
            d: #"{"user":{"id":"42"}}"#,
            path: ["members", "42"],
            after: nil
        ),
        Change(
            name: "THREAD_CREATE",
            d: #"{"id":"32","type":12,"parent_id":"21","owner_id":"42"}"#,
            path: ["threads", "32", "parent_id"],
            after: #""21""#
        ),
        Change(
            name: "THREAD_CREATE",
            d: #"{"id":"32","parent_id":"21"}"#,
            path: ["threads", "32", "type"],
            after: "11"
        ),
        Change(
            name: "THREAD_UPDATE",
            d: #"{"id":"30","name":"new"}"#,
            path: ["threads", "30", "name"],
            after: #""new""#
        ),
        Change(
            name: "THREAD_UPDATE",
            d: #"{"id":"30","thread_metadata":{"archived":true}}"#,
            path: ["threads", "30"],
            after: nil
        ),
        Change(name: "THREAD_DELETE", d: #"{"id":"31"}"#, path: ["threads", "31"], after: nil),
        Change(
            name: "THREAD_LIST_SYNC",
            d: #"{"channel_ids":["20"],"threads":[{"id":"33","type":11,"parent_id":"20"}]}"#,
            path: ["threads", "33", "type"],
            after: "11"
        ),
        Change(
            name: "THREAD_LIST_SYNC",
            d: #"{"threads":[{"id":"31","type":12,"parent_id":"20"}],"members":[{"id":"31","flags":1}]}"#,
            path: ["threads", "31", "member", "flags"],
            after: "1"
        ),
        Change(
            name: "THREAD_LIST_SYNC",
            d: #"{"channel_ids":["20"],"threads":[]}"#,
            path: ["threads", "31"],
            after: nil
        ),
        Change(
            name: "THREAD_LIST_SYNC",
            d: #"{"channel_ids":["21"],"threads":[]}"#,
            path: ["threads", "31", "type"],
            after: "12"
        ),
        Change(
            name: "THREAD_MEMBERS_UPDATE",
            d: #"{"id":"31","added_members":[{"user_id":"41"},{"user_id":"42"}]}"#,
            path: ["threads", "31", "member_count"],
            after: "2"
        ),
        Change(
            name: "THREAD_MEMBER_UPDATE",
            d: #"{"id":"31","flags":1}"#,
            path: ["threads", "31", "member", "flags"],
            after: "1"
        ),
    ]

    private func bench() throws -> CoreBench {
        var bench = CoreBench(members: 2)
        _ = bench.identified()
        _ = try bench.happen("GUILD_CREATE", Self.guild)
        _ = bench.takeAll()
        return bench
    }

    @Test(arguments: Self.changes) func `changes the guild`(change: Change) throws {
        var bench = try bench()
        let d = #"{"guild_id":"10",\#(change.d.dropFirst())"#
        _ = try bench.happen(
            change.name,
            change.name == "GUILD_UPDATE" ? #"{"id":"10",\#(change.d.dropFirst())"# : d
        )
        #expect(bench.names().last == change.name)
        let guild = bench.core.world.guilds[1]
        let bytes = guild.createPayload(intents: .all, largeThreshold: 1000, bot: guild.botID)
        var value: JSONValue? = try JSONDocument(parsing: bytes).root
        for step in change.path {
            guard let list = value?.array else {
                value = value?[step]
                continue
            }
            value = list.first { ($0["id"] ?? $0["user"]?["id"])?.string == step }
        }
        #expect(value.map { String(decoding: $0.raw, as: UTF8.self) } == change.after)
    }

    @Test(arguments: [
        ("THREAD_CREATE", #"{"id":"32"}"#), ("THREAD_CREATE", #"{"id":"32","parent_id":"99"}"#),
        ("THREAD_UPDATE", #"{"name":"x"}"#), ("THREAD_DELETE", "{}"),
        ("THREAD_MEMBER_UPDATE", #"{"id":"99"}"#),
        ("THREAD_MEMBERS_UPDATE", #"{"id":"99","added_members":[]}"#),
        ("THREAD_MEMBERS_UPDATE", #"{"id":"31","added_members":[{"user_id":"99"}]}"#),
        ("GUILD_MEMBER_UPDATE", #"{"user":{"id":"99"},"roles":[]}"#), ("GUILD_MEMBER_REMOVE", "{}"),
        ("GUILD_ROLE_UPDATE", #"{"role":{}}"#), ("GUILD_ROLE_DELETE", "{}"), ("CHANNEL_UPDATE", "{}"),
    ]) func `refuses what cannot be`(name: String, d: String) throws {
        var bench = try bench()
        let whole = d == "{}" ? #"{"guild_id":"10"}"# : #"{"guild_id":"10",\#(d.dropFirst())"#
        #expect(throws: WorldError.self) { _ = try bench.happen(name, whole) }
        #expect(bench.names().isEmpty)
    }

    @Test func `knows who is in a thread, and who is no longer`() throws {
        var bench = try bench()
        func joined() -> [UInt64] {
            (bench.core.world.guilds[1].threadMembers[Snowflake(31)]?.ids ?? []).map(\.rawValue)
        }
        _ = try bench.happen(
            "THREAD_MEMBERS_UPDATE",
            #"{"id":"31","added_members":[{"user_id":"41"},{"user_id":"42"}]}"#
        )
        let told = try #require(bench.heard().first?["d"])
        #expect(told["guild_id"]?.string == "10" && told["member_count"]?.int == 2)
        #expect(told["added_members"]?.array?.first?["member"]?["user"]?["id"]?.string == "41")
        #expect(joined() == [41, 42])
        _ = try bench.happen("THREAD_MEMBERS_UPDATE", #"{"id":"31","removed_member_ids":["42"]}"#)
        #expect(joined() == [41])
        _ = bench.takeAll()
        _ = try bench.happen("GUILD_MEMBER_REMOVE", #"{"guild_id":"10","user":{"id":"41"}}"#)
        #expect(bench.names() == ["THREAD_MEMBERS_UPDATE", "GUILD_MEMBER_REMOVE"] && joined().isEmpty)
        _ = try bench.happen("THREAD_CREATE", #"{"id":"34","type":12,"parent_id":"21","owner_id":"42"}"#)
        let created = try #require(bench.heard().first?["d"])
        #expect(created["newly_created"]?.bool == true && created["member_count"]?.int == 1)
        #expect(created["thread_metadata"]?["invitable"]?.bool == true)
        #expect(bench.core.world.guilds[1].threadMembers[Snowflake(34)]?.ids == [Snowflake(42)])
        _ = try bench.happen("THREAD_DELETE", #"{"id":"34"}"#)
        let gone = bench.heard().first?["d"]
        #expect(
            gone?.object?.map(\.0) == ["id", "guild_id", "parent_id", "type"] && gone?["type"]?.int == 12
        )
    }

    /// Discord, "Gateway Intents": others' comings and goings in threads need GUILD_MEMBERS.
    @Test func `tells of threads' members by intents`() throws {
        var bench = CoreBench(members: 2)
        let guilds = bench.open(), everybody = bench.open()
        bench.say(guilds, CoreBench.identify(intents: 1))
        bench.wait(6)
        bench.say(everybody, CoreBench.identify(intents: 3))
        _ = try bench.happen("GUILD_CREATE", Self.guild)
        _ = bench.takeAll()
        _ = try bench.happen("THREAD_MEMBERS_UPDATE", #"{"id":"31","added_members":[{"user_id":"41"}]}"#)
        var heard = bench.heardBy()
        #expect(heard.map(\.0) == [everybody])
        #expect(heard.first?.1["d"]?["added_members"]?.array?.first?["presence"]?.isNull == true)
        let bot = bench.core.world.botID
        _ = try bench.happen(
            "THREAD_MEMBERS_UPDATE",
            #"{"id":"31","added_members":[{"user_id":"\#(bot)"}],"removed_member_ids":["41"]}"#
        )
        heard = bench.heardBy()
        #expect(heard.map(\.0) == [guilds, everybody])
        #expect(heard.map { $0.1["d"]?["removed_member_ids"]?.array?.count } == [nil, 1])
        #expect(heard.map { $0.1["d"]?["added_members"]?.array?.count } == [1, 1])
        for name in ["THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE", "THREAD_LIST_SYNC"] {
            #expect(Intents.guilds.admits(Dispatch(name, guild: Snowflake(10), d: [])))
            #expect(!Intents.guildMembers.admits(Dispatch(name, guild: Snowflake(10), d: [])))
        }
    }

    @Test func `answers for roles, threads and their members by REST`() async throws {
        try await SimulatorFixture.run { fixture in
            func dispatch(_ name: String, _ d: String) async throws {
                let body = #"{"t":"\#(name)","d":\#(d)}"#
                let reply = try await fixture.control("POST", "/control/dispatch", body: body)
                #expect(reply.status == 200, "\(name)")
            }
            func get(_ path: String) async throws -> SimulatorFixture.Reply {
                try await fixture.send("GET", "/api/v10" + path)
            }
            try await dispatch("GUILD_CREATE", Self.guild)
            try await dispatch(
                "THREAD_MEMBERS_UPDATE",
                #"{"id":"31","added_members":[{"user_id":"42"},{"user_id":"41"}]}"#
            )
            let members = try await get("/channels/31/thread-members").json
            #expect(members?.array?.map { $0["user_id"]?.string } == ["41", "42"])
            #expect(members?.array?.first?["id"]?.string == "31" && members?.array?.first?["member"] == nil)
            let page = try await get("/channels/31/thread-members?with_member=true&after=41&limit=1").json
            #expect(page?.array?.map { $0["member"]?["user"]?["id"]?.string } == ["42"])
            #expect(try await get("/channels/31/thread-members/41").json?["user_id"]?.string == "41")
            #expect(try await get("/channels/31/thread-members/40").status == 404)
            #expect(try await get("/channels/20/thread-members").json?["code"]?.int == 50024)
            #expect(try await get("/channels/31").json?["type"]?.int == 12)
            #expect(try await get("/guilds/10/roles/11").json?["permissions"]?.string == "1024")
            #expect(try await get("/guilds/10/roles/99").json?["code"]?.int == 10011)
            try await dispatch(
                "GUILD_MEMBER_UPDATE",
                #"{"guild_id":"10","user":{"id":"42"},"communication_disabled_until":"2030-01-01T00:00:00+00:00"}"#
            )
            let timedOut = try await get("/guilds/10/members/42").json
            #expect(timedOut?["communication_disabled_until"]?.string == "2030-01-01T00:00:00+00:00")
            let guild = try await fixture.control("GET", "/control/guilds").json?.array.map(Array.init)?.last
            #expect(
                guild?["owner"]?.string == "40" && guild?["watched"]?.array?.map(\.string) == ["41", "42"]
            )
        }
    }

    @Test func `goes silent, and lives on at its pace`() async throws {
        try await SimulatorFixture.run({ $0.permissionChurn = 200 }) { fixture in
            let client = GatewayClient()
            try await fixture.connect(client)
            client.say(#"{"op":2,"d":{"token":"simulator-token","properties":{},"intents":3}}"#)
            func log() async throws -> [String] {
                try await fixture.control("GET", "/control/log").lines.compactMap { $0["t"]?.string }
            }
            func pace(_ body: String) async throws -> Double? {
                try await fixture.control("POST", "/control/rate", body: body).json?["permission_churn"]?
                    .double
            }
            try await eventually("changes") { try await log().contains("CHANNEL_UPDATE") }
            #expect(try await pace(#"{"rate":0}"#) == 0)
            let held = try await log().count
            #expect(try await pace(#"{"rate":0,"permission_churn":2000}"#) == nil)
            #expect(try await log().count == held)
            #expect(try await pace(#"{"rate":1}"#) == 200)
            try await eventually("more changes") { try await log().count > held + 20 }
            #expect(try await pace(#"{"rate":0,"permission_churn":100}"#) == 100)
        }
    }
}
