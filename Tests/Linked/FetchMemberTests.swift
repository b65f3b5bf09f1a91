import Base
import EventModels
import JSON
import LinkProtocol
import Simulator
import TestSupport
import Testing
import Web

/// The command `fetch member` all the way: a Discord stand-in, a real gateway, and replicas that ask it.
@Suite struct FetchMemberTests {
    @Test func `who is a member, and what they have, comes as Discord has it`() async throws {
        try await LinkedWorld.run(churn: 0) { world in
            let guild = try #require(world.given.guilds.first)
            #expect(guild.members.values.count > 250, "so many that the guild arrives in part")
            for (index, member) in guild.members.values.enumerated() {
                let links = [world.links[index % 2]]
                let answer = try await world.answer(member.id, of: guild.id, links)
                let facts = MemberFacts(roles: Set(member.roles), timedOutUntil: member.timedOutUntil)
                #expect(answer.facts == facts, "\(member.id)")
            }
            #expect(try await world.answer(Snowflake(4), of: guild.id, world.links).facts == nil)
            let members = LinkMembers(links: world.links)
            #expect(await members.member(guild.members.values[0].id, of: Snowflake(4), in: .only) == nil)
        }
    }

    @Test func `two answers differ by what the log says between their events, and by nothing else`()
        async throws
    {
        try await LinkedWorld.run(churn: 150) { world in
            let guild = try #require(world.given.guilds.first)
            let users = guild.watched + guild.members.values.map(\.id).suffix(8)
            var answers: [(user: Snowflake, answer: MemberAnswer)] = []
            for round in 0..<12 {
                let seen = world.heard.events.count
                try await eventually("changes") { world.heard.events.count >= seen + 15 }
                for user in users {
                    let answer = try await world.answer(user, of: guild.id, [world.links[round % 2]])
                    answers.append((user, answer))
                }
            }
            let last = try #require(answers.map(\.answer.at).max())
            try await eventually("the log to come there") { (world.heard.events.last?.id ?? last) >= last }
            let log = world.heard.events
            var changes = 0
            for user in users {
                let told = answers.filter { $0.user == user }.map(\.answer)
                for (before, after) in zip(told, told.dropFirst()) {
                    var facts = before.facts
                    for event in log where before.at < event.id && event.id <= after.at {
                        Self.follow(&facts, user, event)
                    }
                    #expect(facts == after.facts, "\(user) from \(before.at) to \(after.at)")
                    if after.facts != before.facts { changes += 1 }
                }
            }
            #expect(changes > 10, "the test must have had something to see")
        }
    }

    /// What a replica does to keep a member's facts current.
    private static func follow(_ facts: inout MemberFacts?, _ user: Snowflake, _ event: StreamEvent) {
        let role = event.payload?["roleId"]?.snowflake
        if event.kind == .roleDeleted, let role { facts?.roles.remove(role) }
        guard event.payload?["userId"]?.snowflake == user else { return }
        switch event.kind {
        case .memberJoined: facts = MemberFacts()
        case .memberLeft: facts = nil
        case .roleGranted: if let role { facts?.roles.insert(role) }
        case .roleRevoked: if let role { facts?.roles.remove(role) }
        case .memberTimeout:
            facts?.timedOutUntil = MemberFacts.timeoutEnd(event.payload?["timeoutUntil"]?.string)
        default: break
        }
    }
}
