import Base
import EventModels
import Testing
import Web

/// Who may look at a guild is asked of the gateway each time.
@Suite struct GuildDeskTests {
    private struct Members: MemberSource {
        let answer: MemberAnswer?
        func isLinked(to shard: ShardName) async -> Bool { true }
        func member(_ user: Snowflake, of guild: Snowflake, in shard: ShardName) async -> MemberAnswer? {
            answer
        }
    }

    private static func status(_ answer: MemberAnswer?, _ guild: Snowflake = Guild.id) async throws -> Int {
        let replica = try await Replica(access: .login)
        try await replica.begin()
        let desk = GuildDesk(hub: replica.hub, members: Members(answer: answer), access: .login)
        do throws(Problem) {
            _ = try await desk.look(at: guild, as: Snowflake(7), now: 1)
            return 200
        } catch {
            return error.status
        }
    }

    @Test func `a session whose user left the guild finds it no more`() async throws {
        let at = EventID(epoch: 5, number: 1)
        #expect(try await Self.status(MemberAnswer(facts: MemberFacts(), at: at)) == 200)
        #expect(try await Self.status(MemberAnswer(facts: nil, at: at)) == 404)
        #expect(try await Self.status(MemberAnswer(facts: MemberFacts(), at: at), Snowflake(99)) == 404)
        #expect(try await Self.status(nil) == 503)
    }
}
