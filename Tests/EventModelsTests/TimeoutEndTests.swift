import EventModels
import Testing

@Suite struct TimeoutEndTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-01-01T00:00:00+00:00", 1_767_225_600_000),
            ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
            ("2024-03-01T01:00:00.5+01:30", 1_709_249_400_500),
            ("2026-01-01T00:00:00.123000+00:00", 1_767_225_600_123), ("1969-12-31T23:59:59-00:00", -1000),
            ("2026-01-01T00:00:00.1230001Z", 1_767_225_600_124), ("2000-12-31t12:00:00z", 978_264_000_000),
        ] as [(String, Int64)]
    )
    func `times are read to the millisecond, rounded up`(_ text: String, _ expected: Int64) {
        #expect(MemberFacts.timeoutEnd(text) == expected)
    }

    @Test func `nothing is nothing, and what is no time never ends`() {
        #expect(MemberFacts.timeoutEnd(nil) == nil)
        for text in [
            "", "never", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+0000", "2026-01-01 00:00:00Z",
            "2o26-01-01T00:00:00Z",
            "2026-01-01T00:00:00Zjunk",
        ] {
            #expect(MemberFacts.timeoutEnd(text) == .max, "\(text)")
        }
    }
}
