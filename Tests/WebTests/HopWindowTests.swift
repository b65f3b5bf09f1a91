import Testing
import Web

/// How long a step took in the last minute.
@Suite struct HopWindowTests {
    private static func near(_ value: Double?, _ wanted: Double) -> Bool {
        value.map { wanted <= $0 * 1.0001 && $0 <= wanted * 1.19 } ?? false
    }

    @Test func `nothing measured is no figure`() {
        var window = HopWindow()
        #expect(window.figures(now: .seconds(100)) == .init(p50: nil, p95: nil, p99: nil, count: 0))
    }

    @Test func `figures are the measurements', to 19 percent`() {
        var window = HopWindow()
        for milliseconds in 1...100 as ClosedRange<Int64> {
            window.observe(microseconds: milliseconds * 1_000, now: .seconds(1_000))
        }
        let figures = window.figures(now: .seconds(1_001))
        #expect(figures.count == 100)
        #expect(Self.near(figures.p50, 50), "\(figures)")
        #expect(Self.near(figures.p95, 95), "\(figures)")
        #expect(Self.near(figures.p99, 99), "\(figures)")
    }

    @Test func `what is past the bounds counts at them`() {
        var window = HopWindow()
        window.observe(microseconds: -5, now: .zero)
        window.observe(microseconds: .max, now: .zero)
        let figures = window.figures(now: .zero)
        #expect(figures.count == 2 && figures.p50 == 0.01)
        #expect((figures.p99 ?? 0) > 60_000)
        var exact = HopWindow()
        exact.observe(microseconds: 10, now: .zero)
        #expect(exact.figures(now: .zero).p99 == 0.01, "a bound belongs to what is below it")
    }

    @Test func `what is older than the window is forgotten, slot by slot`() {
        var window = HopWindow()
        window.observe(microseconds: 1_000, now: .seconds(1_000))
        window.observe(microseconds: 9_000, now: .seconds(1_030))
        #expect(window.figures(now: .seconds(1_059)).count == 2)
        #expect(window.figures(now: .seconds(1_060)).count == 1)
        #expect(Self.near(window.figures(now: .seconds(1_060)).p50, 9))
        #expect(window.figures(now: .seconds(1_090)).count == 0)
        window.observe(microseconds: 1, now: .seconds(2_000))
        #expect(window.figures(now: .seconds(2_070)).count == 0, "all slots of a silence, not the last alone")
        window.observe(microseconds: 1, now: .seconds(100_000))
        #expect(window.figures(now: .seconds(100_000)).count == 1, "after a long silence too")
    }

    @Test func `a clock that goes back loses nothing`() {
        var window = HopWindow()
        window.observe(microseconds: 1, now: .seconds(1_000))
        window.observe(microseconds: 1, now: .seconds(500))
        #expect(window.figures(now: .seconds(1_000)).count == 2)
    }
}
