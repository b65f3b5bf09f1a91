import Base
import Telemetry
import Testing

@Suite struct LogTests {
    private let lines = Locked<[String]>([])

    private func log(_ level: LogLevel = .trace, _ format: LogFormat = .json) -> Log {
        let lines = lines
        return Log(
            service: "web",
            level: level,
            format: format,
            sink: { line in lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } },
            clock: { 1_763_704_680_123_456 }
        )
    }

    private var written: [String] { lines.withLock { $0 } }

    @Test func `a line is one JSON object with its fields in order`() {
        log().notice("gateway resumed", [.shard: "0/1", .count: 3, .gapSeconds: 1.5, .state: true])
        let start =
            #"{"ts":"2025-11-21T05:58:00.123Z","level":"notice","service":"web","msg":"gateway resumed""#
        #expect(written == [start + #","shard":"0/1","count":3,"gap_seconds":1.5,"state":true}"# + "\n"])
    }

    @Test func `whatever a field holds, a line stays one line of valid JSON`() {
        let odd = "a\"b\\c\nd\u{1}\u{2028}é\u{7F}"
        log().info("odd", [.error: .string(odd), .count: .double(.infinity)])
        #expect(written[0].hasSuffix(#""error":"a\"b\\c\nd\u0001\u2028é\u007f","count":"inf"}"# + "\n"))
        #expect(written[0].filter { $0 == "\n" }.count == 1)
    }

    @Test func `long values are cut`() {
        log().info("long", [.error: .string(String(repeating: "é", count: 5000))])
        #expect(written[0].utf8.count < 2200)
        #expect(written[0].hasSuffix("é…\"}\n"))
    }

    @Test func `secrets come out redacted`() {
        let token = Secret("hunter2")
        log().info(
            "login",
            [.session: .secret(token), .error: "refused \(token)", .name: .string("\([token])")]
        )
        #expect(written[0].contains("<redacted 7 bytes>"))
        #expect(!written[0].contains("hunter2"))
    }

    @Test func `lines below the level cost nothing and are not written`() {
        var asked = false
        func fields() -> LogFields {
            asked = true
            return [:]
        }
        let log = log(.warning)
        log.info("quiet", fields())
        log.warning("loud")
        log.error("louder")
        #expect(written.count == 2)
        #expect(!asked)
    }

    @Test func `a child adds its facts, the line's own win`() {
        log(.info, .text).with([.shard: "0/1", .attempt: 1]).info("retry", [.attempt: 2])
        #expect(written == [#"2025-11-21T05:58:00.123Z INFO web: retry  shard="0/1"  attempt=2"# + "\n"])
    }

    @Test func `time stamps follow the calendar`() {
        let table: [(Int64, String)] = [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999_999, "2024-02-29T23:59:59.999Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"),
            (1_798_761_599_000_000, "2026-12-31T23:59:59.000Z"),
        ]
        for (microseconds, text) in table { #expect(Timestamp.text(unixMicroseconds: microseconds) == text) }
    }
}
