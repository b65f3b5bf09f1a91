import Base
import EventModels
import Testing
import Web

/// How many groups one user may have made.
@Suite struct OpeningAllowanceTests {
    private static func filter(_ number: Int) -> StreamFilter {
        StreamFilter(channels: [Snowflake(UInt64(1000 + number))])
    }

    @Test func `who asks for ever new filters is sent away, and others are not`() {
        var stage = Stage()
        let (greedy, other) = (Subject.user(Snowflake(7)), Subject.user(Snowflake(8)))
        stage.members = [Snowflake(7): MemberFacts(), Snowflake(8): MemberFacts()]
        for number in 0..<OpeningAllowance.groupsMax { _ = stage.come(greedy, Self.filter(number)) }
        #expect(stage.sentAway.isEmpty && stage.groups.overAllowance == 0)
        let refused = stage.come(greedy, Self.filter(-1))
        #expect(stage.sentAway == [refused] && stage.groups.overAllowance == 1)
        // A group that is there costs nothing, and another user has an allowance of their own.
        _ = stage.come(greedy, Self.filter(0))
        _ = stage.come(other, Self.filter(-1))
        #expect(stage.sentAway == [refused])
        for _ in 0..<OpeningAllowance.ticksPerTurn { stage.groups.tick() }
        _ = stage.come(greedy, Self.filter(-2))
        #expect(stage.sentAway == [refused])
    }

    @Test func `everyone has no allowance to use up, and users past the bound begin anew`() {
        var allowance = OpeningAllowance()
        func taken(_ subject: Subject, _ count: Int) -> Int {
            (0..<count).count { _ in allowance.take(subject) }
        }
        let most = OpeningAllowance.groupsMax
        #expect(taken(.everyone, most + 1) == most + 1)
        let one = Subject.user(Snowflake(1))
        #expect(taken(one, most + 1) == most)
        for user in 2...UInt64(OpeningAllowance.subjectsMax) + 1 { _ = taken(.user(Snowflake(user)), 1) }
        #expect(taken(one, 1) == 1)
    }
}
