import Configuration
import DiscordProtocol
import EventLoop
import EventModels
import Gateway
import Testing

/// `GUILDWIRE_FIGURES=100000 swift test -c release --filter FiguresTests` prints what the spec says.
@Suite struct FiguresTests {
    @Test func `the figures can be taken`() throws {
        let members = Environment.process["GUILDWIRE_FIGURES"].flatMap { Int($0) } ?? 2000
        let lines = try Figures(members: members, now: MonotonicClock.now).measure()
        #expect(lines.count == 11)
        if members > 2000 { for line in lines { Issue.record(Comment(rawValue: line), severity: .warning) } }
    }

    /// The bound is 300 at 100,000; what is held of one does not depend on how many there are.
    @Test(arguments: [1000, 5000, 20_000])
    func `a member with presence is held in few bytes`(count: Int) throws {
        let fold = Fold(cdn: CDN(base: "https://cdn.example"), guildFilter: nil)
        var folded = FoldedShard(shard: .only)
        var crowd = Crowd(count)
        for record in try crowd.records(online: count) { _ = folded.apply(record, fold: fold) }
        let memory = try #require(folded.state.memory[FoldFixture.guild])
        #expect(memory.members.count == count && memory.presences.count == count && memory.hasAllMembers)
        #expect(100...200 ~= memory.allocatedBytes / count, "bytes of a member with presence")
    }
}
