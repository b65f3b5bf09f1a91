import Base
import EventBus
import EventLoop
import EventModels
import LinkProtocol
import Telemetry
import TestSupport
import Testing
import Web

/// Members asked of a gateway over real links.
@Suite struct LinkMembersTests {
    private static let guild = Snowflake(8)

    private static func answer(_ role: UInt64) -> MemberAnswer {
        MemberAnswer(facts: MemberFacts(roles: [Snowflake(role)]), at: EventID(epoch: 5, number: role))
    }

    private func ask(_ receivers: [LinkReceiver], _ user: UInt64 = 7) async -> MemberAnswer? {
        await LinkMembers(links: receivers).member(Snowflake(user), of: Self.guild, in: .only)
    }

    @Test func `any linked replica gets its answers, each its own`() async throws {
        try await withLinkedStack { stack async throws in
            let (one, two) = (try await stack.replica("one"), try await stack.replica("two"))
            await stack.gateway.answers { request in
                guard case .fetchMember(let user, Self.guild, .only) = request else {
                    return .failed(LinkFailure(.unknownCommand, "what?"))
                }
                return .member(Self.answer(user.rawValue))
            }
            try await stack.run([one, two]) {
                for replica in [one, two] {
                    try await eventually("a link") { await !replica.receiver.shards.isEmpty }
                }
                let found = await withTaskGroup(of: (UInt64, MemberAnswer?).self) { group in
                    for user in 1...200 as ClosedRange<UInt64> {
                        let replica = user.isMultiple(of: 2) ? one : two
                        group.addTask { (user, await self.ask([replica.receiver], user)) }
                    }
                    return await group.reduce(into: [UInt64: MemberAnswer?]()) { $0[$1.0] = $1.1 }
                }
                for user in 1...200 as ClosedRange<UInt64> {
                    #expect(found[user] == Self.answer(user), "user \(user)")
                }
                #expect(await one.receiver.published != two.receiver.published, "only one is the publisher")
                #expect(one.metrics.commandsSent.value == 100 && one.metrics.commandsAnswered.value == 100)
                let other = try #require(ShardName("1/2"))
                let members = LinkMembers(links: [one.receiver])
                #expect(await members.member(Snowflake(7), of: Self.guild, in: other) == nil)
                #expect(await stack.gateway.asked == 200, "a shard that no gateway has is asked of none")
            }
        }
    }

    @Test func `an error, a link that ends and a time that is over are no answers`() async throws {
        try await withLinkedStack { stack async throws in
            let replica = try await stack.replica("one")
            let hasty = try await stack.replica(
                "two",
                commands: OpenCommands(answerWithin: .milliseconds(20))
            )
            try await stack.run([replica, hasty]) {
                for receiver in [replica.receiver, hasty.receiver] {
                    try await eventually("a link") { await !receiver.shards.isEmpty }
                }
                await stack.gateway.answers { _ in .failed(LinkFailure(.incomplete, "no")) }
                #expect(await ask([replica.receiver]) == nil && replica.metrics.commandsRefused.value == 1)
                await stack.gateway.answers { _ in nil }
                #expect(await ask([hasty.receiver]) == nil && hasty.metrics.commandsTimedOut.value == 1)
                async let lost = ask([replica.receiver])
                try await eventually("the command") { await stack.gateway.asked == 3 }
                await stack.gateway.cutAll()
                #expect(await lost == nil && replica.metrics.commandsLost.value == 1)
                #expect(replica.metrics.commandsTimedOut.value == 0)
            }
            #expect(await ask([replica.receiver]) == nil, "a replica that is stopped asks nobody")
            #expect(replica.metrics.commandsSent.value == 2)
        }
    }

    @Test func `the next link is asked where one refuses, the publisher's first`() async throws {
        try await withLinkedStack { stack async throws in
            let other = TestGateway(loop: stack.loop)
            try await other.start()
            let first = try await stack.replica("first")
            // At the first gateway this one publishes nothing, at the other one it does.
            let (behind, publishing) = (
                try await stack.replica("one"), try await stack.replica("one", at: other)
            )
            let links = [behind.receiver, publishing.receiver]
            for receiver in links + [first.receiver] {
                try await eventually("a link") { await !receiver.shards.isEmpty }
            }
            await stack.gateway.answers { _ in .member(Self.answer(1)) }
            await other.answers { _ in .member(Self.answer(2)) }
            #expect(await ask(links) == Self.answer(2))
            #expect(await stack.gateway.asked == 0)
            await other.answers { _ in .failed(LinkFailure(.superseded, "not any more")) }
            #expect(await ask(links) == Self.answer(1))
            #expect(await stack.gateway.asked == 1)
            #expect(await other.asked == 2)
            for replica in [first, behind, publishing] {
                await replica.receiver.stop()
                await replica.bus.close()
            }
            await other.stop()
        }
    }
}
