import Configuration
import EventLoop
import Testing

/// `GUILDWIRE_FIGURES=100000 swift test -c release --filter FiguresTests` prints what the spec says.
@Suite struct FiguresTests {
    @Test func `the figures can be taken`() throws {
        let members = Environment.process["GUILDWIRE_FIGURES"].flatMap { Int($0) } ?? 2000
        let lines = try Figures(members: members, now: MonotonicClock.now).measure()
        #expect(lines.count == 10)
        if members > 2000 { for line in lines { Issue.record(Comment(rawValue: line), severity: .warning) } }
    }
}
