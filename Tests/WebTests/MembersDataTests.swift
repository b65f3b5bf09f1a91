import Base
import EventModels
import HTTPServer
import JSON
import Testing
import Web

/// `GET /api/guilds/{guild}/members`: for every member, and nobody else.
@Suite struct MembersDataTests {
    private static let path = "/api/guilds/1/members"

    @Test func `everyone in pages, for members`() async throws {
        let told = Town.told()
        let replica = try await Town.replica(told)
        told.change { facts in
            facts.list = [2, 3, 4, 6].map {
                ListedMember(card: Town.card($0), roles: $0 == 4 ? [Town.manager] : [])
            }
        }
        let all = try await replica.call("members", Self.path, as: Town.session(of: 6))
        #expect(all.ids("members") == ["2", "3", "4", "6"] && all.json?["next"]?.isNull == true)
        #expect(
            all.text.contains(
                #"{"id":"4","name":"U 4","avatar":"https://cdn.example/4.png","bot":false,"roles":["50"]}"#
            )
        )
        let first = try await replica.call("members", "\(Self.path)?limit=3", as: Town.session(of: 6))
        #expect(first.ids("members") == ["2", "3", "4"] && first.json?["next"]?.string == "m4")
        let second = try await replica.call("members", "\(Self.path)?cursor=m4", as: Town.key(of: 3))
        #expect(second.ids("members") == ["6"] && second.json?["next"]?.isNull == true)
        for caller in [Town.session(of: 99), Town.key(of: 3, guild: Snowflake(77)), Town.key(of: 99)] {
            #expect(try await replica.call("members", Self.path, as: caller).status == 404)
        }
    }

    @Test func `where everyone may look, members are listed to who has logged in alone`() async throws {
        let told = Town.told()
        let replica = try await Town.replica(told, access: .open)
        told.change { $0.list = [ListedMember(card: Town.card(2), roles: [])] }
        let nobody = try await replica.call("members", Self.path, as: .nobody)
        #expect(nobody.status == 401 && !nobody.text.contains("U 2"))
        let member = try await replica.call("members", Self.path, as: Town.session(of: 6))
        #expect(member.ids("members") == ["2"])
    }

    @Test func `a cursor that is none of this list is refused`() async throws {
        let replica = try await Town.replica(Town.told())
        for cursor in ["g4", "c4", "4", "m", "m0", "m04", "m-4", "m99999999999999999999", "m4%00", "m4'--"] {
            let path = "\(Self.path)?cursor=\(cursor)"
            #expect(
                try await replica.call("members", path, as: Town.session(of: 6)).status == 400,
                "\(cursor)"
            )
        }
    }

    @Test func `before the gateway knows everyone nobody is listed`() async throws {
        let replica = try await Town.replica(Town.told())
        let answer = try await replica.call("members", Self.path, as: Town.session(of: 6))
        #expect(answer.status == 503 && answer.text.contains("does not know all members"))
    }

    @Test func `a page goes over the link and comes out as it went in`() throws {
        let page = MemberPage(
            members: [ListedMember(card: Town.card(4), roles: [Snowflake(50), Snowflake(60)])],
            isEnd: false
        )
        var writer = JSONWriter()
        writer.beginObject()
        page.write(into: &writer)
        writer.endObject()
        #expect(MemberPage(decoding: writer.takeBytes()) == page)
        for text in ["", "[]", #"{"members":[]}"#, #"{"isEnd":true}"#, #"{"members":[{}],"isEnd":true}"#] {
            #expect(MemberPage(decoding: Array(text.utf8)) == nil)
        }
    }
}
